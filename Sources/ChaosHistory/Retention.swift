/// Which runs' directories `gauntlet prune` leaves on disk. A run stays if any rule keeps it.
public struct Retention: Hashable, Sendable {
    public enum Reason: String, CaseIterable, Codable, Hashable, Sendable {
        /// Among the last so many of its scenario and world.
        case newest
        /// Younger than so many days.
        case recent
        /// The worst of its scenario and world: what one wants to look at a year on.
        case worst
        /// A baseline rests on it.
        case baseline
        case deviated
    }

    /// Of each scenario and world; nil keeps none for being new.
    public var keepLast: Int?
    /// Nil keeps none for being young.
    public var keepDays: Int?
    public var keepsDeviated = true

    public init(keepLast: Int?, keepDays: Int?, keepsDeviated: Bool = true) {
        self.keepLast = keepLast
        self.keepDays = keepDays
        self.keepsDeviated = keepsDeviated
    }

    /// Why each run stays, the same order as given; nil for those that go.
    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - isBaseline: whether a baseline rests on it.
    public func decide(_ runs: [RunEntry], now: Int64, isBaseline: (RunEntry) -> Bool) -> [Reason?] {
        var groups: [RunSeries: [Int]] = [:]
        for (index, run) in runs.enumerated() {
            groups[RunSeries(scenario: run.scenario, world: run.world), default: []].append(index)
        }
        var newest: Set<Int> = []
        var worst: Set<Int> = []
        for indices in groups.values {
            let ordered = indices.sorted { Self.isNewer(runs[$0], runs[$1]) }
            newest.formUnion(ordered.prefix(keepLast ?? 0))
            // Of equals the newest, which the order puts first.
            if let first = ordered.first {
                worst.insert(ordered.dropFirst().reduce(first) { Self.isWorse(runs[$1], runs[$0]) ? $1 : $0 })
            }
        }
        return runs.enumerated().map { index, run in
            if newest.contains(index) { return .newest }
            if let keepDays, run.started > now - Int64(keepDays) * 86_400 { return .recent }
            if isBaseline(run) { return .baseline }
            if keepsDeviated, run.verdict == "deviated" { return .deviated }
            return worst.contains(index) ? .worst : nil
        }
    }

    private static func isNewer(_ a: RunEntry, _ b: RunEntry) -> Bool {
        (a.started, a.directory) > (b.started, b.directory)
    }

    /// By verdict, then by score; without evidence there is none to be worse.
    private static func isWorse(_ a: RunEntry, _ b: RunEntry) -> Bool {
        let gravity = ["held", "inconclusive", "deviated"]
        let (left, right) = (gravity.firstIndex(of: a.verdict) ?? 0, gravity.firstIndex(of: b.verdict) ?? 0)
        return left == right ? (a.score ?? 100) < (b.score ?? 100) : left > right
    }
}
