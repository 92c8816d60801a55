/// Which events get a level. All that a rule says must fit; what it leaves out fits anything.
package struct Rule: Hashable, Sendable {
    var kinds: [NotificationEvent.Kind]
    var verdicts: [String]?
    /// Of the scenario's name, with `*` for any letters.
    var scenario: String?
    var world: String?
    /// In percent.
    var atLeast: Double?
    var level: Level

    func matches(_ event: NotificationEvent) -> Bool {
        guard kinds.contains(event.kind) else { return false }
        if let verdicts, !(event.verdict.map(verdicts.contains) ?? false) { return false }
        if let scenario, !(event.scenario.map { Self.fits($0, scenario) } ?? false) { return false }
        if let world, event.world != world { return false }
        if let atLeast, !((event.percent ?? -1) >= atLeast) { return false }
        return true
    }

    /// Whether `name` fits a pattern in which `*` stands for any letters, none among them. Linear in both but for one
    /// step back to the latest star.
    package static func fits(_ name: String, _ pattern: String) -> Bool {
        let name = Array(name.unicodeScalars)
        let pattern = Array(pattern.unicodeScalars)
        var at = 0
        var inPattern = 0
        var star: (pattern: Int, name: Int)?
        while at < name.count {
            if inPattern < pattern.count, pattern[inPattern] == "*" {
                star = (inPattern + 1, at)
                inPattern += 1
            } else if inPattern < pattern.count, pattern[inPattern] == name[at] {
                at += 1
                inPattern += 1
            } else if let latest = star {
                star = (latest.pattern, latest.name + 1)
                at = latest.name + 1
                inPattern = latest.pattern
            } else {
                return false
            }
        }
        return pattern[inPattern...].allSatisfy { $0 == "*" }
    }
}
