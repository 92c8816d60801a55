/// Which occurrences can be in force together.
enum Concurrency {
    /// Of all sets together; beyond it, checks would take seconds.
    static let maximumWork = 2_000_000

    /// For each instant at which one can begin: the indices of all that can then be in force. Ends are exclusive, but one
    /// without a length counts at its own instant. Nil when too many are in force together too often.
    static func sets(of occurrences: [Occurrence]) -> [[Int]]? {
        let order = occurrences.indices.sorted { (occurrences[$0].earliest, $0) < (occurrences[$1].earliest, $1) }
        var active: [Int] = []
        var sets: [[Int]] = []
        var work = 0
        for (position, index) in order.enumerated() {
            let now = occurrences[index].earliest
            active.removeAll { occurrences[$0].end <= now && occurrences[$0].earliest < now }
            active.append(index)
            work += active.count
            guard work <= maximumWork else { return nil }
            // Those that begin together belong together.
            let isLast = position + 1 == order.count || occurrences[order[position + 1]].earliest > now
            if isLast { sets.append(active) }
        }
        return sets
    }
}
