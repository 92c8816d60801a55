import ChaosPlan

/// The subjects that an objective is restricted to.
struct SubjectSelection {
    /// Ascending.
    let subjects: [Int]
    /// Of each subject of the run.
    let contains: [Bool]
    /// The groups that it is made of; nil for the whole fleet, and empty when it is no union of groups.
    let groups: [Int]?

    /// `name`: a group; else an agent; else a hub, which stands for the agents it is the primary of (those on its host,
    /// whose first hub it is); else a host, for the agents on it. Nil when nobody is meant by it.
    init?(_ name: String?, header: JournalHeader, fleet: Fleet) {
        let all = Array(header.subjects.indices)
        guard let name else {
            self = .whole(header)
            return
        }
        let chosen: [Int]
        if let group = header.groups.firstIndex(of: name) {
            chosen = all.filter { header.subjects[$0].group == group }
        } else if let subject = header.subjects.firstIndex(where: { $0.name == name }) {
            chosen = [subject]
        } else if let hub = fleet.hubs.firstIndex(where: { $0.name == name }) {
            let host = fleet.hubs[hub].host
            guard fleet.hubs.firstIndex(where: { $0.host == host }) == hub else { return nil }
            chosen = all.filter { header.hosts[header.subjects[$0].host] == fleet.hosts[host].name }
        } else if let host = header.hosts.firstIndex(of: name) {
            chosen = all.filter { header.subjects[$0].host == host }
        } else {
            return nil
        }
        if chosen.isEmpty { return nil }
        self.init(chosen, header: header, groups: Self.union(of: chosen, header: header))
    }

    static func whole(_ header: JournalHeader) -> SubjectSelection {
        SubjectSelection(Array(header.subjects.indices), header: header, groups: nil)
    }

    private init(_ subjects: [Int], header: JournalHeader, groups: [Int]?) {
        self.subjects = subjects
        var contains = Array(repeating: false, count: header.subjects.count)
        for subject in subjects { contains[subject] = true }
        self.contains = contains
        self.groups = groups
    }

    private static func union(of subjects: [Int], header: JournalHeader) -> [Int] {
        let groups = Set(subjects.map { header.subjects[$0].group })
        let members = header.subjects.filter { groups.contains($0.group) }.count
        return members == subjects.count ? groups.sorted() : []
    }
}
