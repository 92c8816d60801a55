public import ChaosPlan

/// Go or no-go: every promise with the recorded runs that speak for it.
///
/// A pure function of the catalogue, the runs and the time. An objective that cites a promise demands evidence: a completed run
/// of its scenario, of the plan as it is today. The newest run of each world counts. A promise is *go* when each of its
/// demands has held evidence that is fresh, and in no world the newest says otherwise; advisory objectives decide nothing.
public struct Readiness: Hashable, Sendable {
    /// An objective of the catalogue that cites a promise.
    public struct Demand: Hashable, Sendable {
        public var scenario: String
        public var objective: String
        public var promise: String
        /// Of the scenario's plan today, 16 hex digits.
        public var planDigest: String
        /// Where alone it can be shown; nil: in either world.
        public var world: String?
        public var isAdvisory: Bool
        /// Kinds of the scenario's faults; what evidence of the simulated world is worth depends on them.
        public var faults: [String]

        public init(
            scenario: String, objective: String, promise: String, planDigest: String, world: String?, isAdvisory: Bool,
            faults: [String] = []
        ) {
            self.scenario = scenario
            self.objective = objective
            self.promise = promise
            self.planDigest = planDigest
            self.world = world
            self.isAdvisory = isAdvisory
            self.faults = faults
        }
    }

    public enum Decision: String, CaseIterable, Codable, Hashable, Sendable {
        case go
        case noGo = "no-go"
        /// Only advisory objectives cite it: shown, and decides nothing.
        case aim
        /// No run can show it; the book of promises says why.
        case outside
    }

    public struct Row: Hashable, Sendable {
        public var promise: PromiseBook.Promise
        public var decision: Decision
        /// By scenario, then world.
        public var evidence: [Evidence]
    }

    /// In the book's order.
    public var rows: [Row]
    /// Seconds since 1970.
    public var now: Int64
    /// Seconds after which evidence is too old.
    public var maxAge: Int64

    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - maxAge: in seconds.
    ///   - world: where everything has to be shown; nil: wherever its objective allows.
    public init(
        promises: [PromiseBook.Promise], demands: [Demand], runs: [RunEntry], now: Int64, maxAge: Int64,
        world: String? = nil
    ) {
        self.now = now
        self.maxAge = maxAge
        let runs = Dictionary(grouping: runs, by: \.scenario)
        rows = promises.map { promise in
            let demands = demands.filter { $0.promise == promise.id }.sorted {
                ($0.scenario, $0.objective) < ($1.scenario, $1.objective)
            }
            let found = demands.map { demand in
                (demand, Evidence.find(demand, in: runs[demand.scenario] ?? [], now: now, maxAge: maxAge, world: world))
            }
            return Row(
                promise: promise, decision: Self.decide(promise, found), evidence: found.flatMap(\.1))
        }
    }

    /// Nothing is no-go, and something is go.
    public var isGo: Bool { count(.noGo) == 0 && count(.go) > 0 }

    public func count(_ decision: Decision) -> Int { rows.count { $0.decision == decision } }

    /// What would make the evidence that is missing, too old or not held, each command once.
    public var commands: [String] {
        var seen: Set<String> = []
        return rows.filter { $0.decision == .noGo }.flatMap(\.evidence)
            .filter { $0.state != .held && !$0.isAdvisory && seen.insert($0.command).inserted }.map(\.command)
    }

    /// Kinds of the faults behind the evidence that was measured in the simulated world, by name.
    public var simulatedFaults: [String] {
        Set(rows.flatMap(\.evidence).filter { $0.world == "simulated" && $0.run != nil }.flatMap(\.faults)).sorted()
    }

    private static func decide(_ promise: PromiseBook.Promise, _ found: [(Demand, [Evidence])]) -> Decision {
        let binding = found.filter { !$0.0.isAdvisory }
        guard !binding.isEmpty else {
            if !found.isEmpty { return .aim }
            return promise.tested ? .noGo : .outside
        }
        let isShown = binding.allSatisfy { _, evidence in
            evidence.contains { $0.state == .held } && !evidence.contains { $0.state == .missed || $0.state == .open }
        }
        return isShown ? .go : .noGo
    }
}
