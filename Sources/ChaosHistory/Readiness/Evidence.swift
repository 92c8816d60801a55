import ChaosPlan
import ChaosScore

extension Readiness {
    /// What one world's newest run says of one demand, or that there is none.
    public struct Evidence: Hashable, Sendable {
        public enum State: String, CaseIterable, Codable, Hashable, Sendable {
            /// And fresh.
            case held
            /// The newest word is a miss, however old.
            case missed
            /// The newest run could not tell.
            case open = "inconclusive"
            /// Held, but too long ago.
            case stale
            /// No run of the scenario as it is today.
            case none
        }

        public var scenario: String
        public var objective: String
        public var isAdvisory: Bool
        public var state: State
        /// The run's directory; nil without one.
        public var run: String?
        public var world: String?
        public var seedCount: Int?
        /// Seconds.
        public var age: Int64?
        /// `4.2 s ≤ 5 s`; empty without a run.
        public var measured: String
        /// What would make it, or make it anew.
        public var command: String
        /// What the state does not say: a run of another plan. Empty where there is nothing to add.
        public var note: String
        /// Kinds of the scenario's faults.
        public var faults: [String]

        static func find(
            _ demand: Demand, in runs: [RunEntry], now: Int64, maxAge: Int64, world: String?
        ) -> [Evidence] {
            let wanted = demand.world ?? world
            let possible = runs.filter { wanted == nil || $0.world == wanted }
            let current = possible.filter { run in
                run.planDigest == demand.planDigest && run.objectives.contains { $0.id == demand.objective }
            }
            let valid = current.filter { $0.ending == "completed" }
            guard !valid.isEmpty else {
                var none = Evidence(demand, state: .none, world: wanted)
                if !current.isEmpty {
                    none.note = "\(current.count) recorded, none that completed"
                } else if !possible.isEmpty {
                    none.note = "\(possible.count) recorded, of another plan than today's"
                }
                return [none]
            }
            return Dictionary(grouping: valid, by: \.world).sorted { $0.key < $1.key }.compactMap { _, runs in
                // Of two that started within one second the one whose directory sorts last is the newer.
                runs.max { ($0.started, $0.directory) < ($1.started, $1.directory) }
                    .flatMap { Evidence(demand, of: $0, now: now, maxAge: maxAge) }
            }
        }

        private init(_ demand: Demand, state: State, world: String?) {
            scenario = demand.scenario
            objective = demand.objective
            isAdvisory = demand.isAdvisory
            self.state = state
            self.world = world
            measured = ""
            command = "gauntlet run \(demand.scenario)" + (world == "live" ? " --world live" : "")
            note = ""
            faults = demand.faults
        }

        private init?(_ demand: Demand, of run: RunEntry, now: Int64, maxAge: Int64) {
            guard let objective = run.objectives.first(where: { $0.id == demand.objective }) else { return nil }
            // A clock that was set back makes no evidence older than new.
            let age = max(0, now - run.started)
            let state: State =
                switch objective.judgement {
                case "held": age <= maxAge ? .held : .stale
                case "missed": .missed
                default: .open
                }
            self.init(demand, state: state, world: run.world)
            self.run = run.directory
            self.seedCount = run.seedCount
            self.age = age
            measured = Self.words(objective)
        }

        private static func words(_ objective: ObjectiveEntry) -> String {
            let sign = objective.isMinimum ? "≥" : "≤"
            guard let unit = Metric(rawValue: objective.metric)?.unit else { return "" }
            guard let value = objective.value else {
                return "no value, \(sign) \(Quantity.text(objective.limit, unit: unit)) demanded"
            }
            let pair = Quantity.pair(value, objective.limit, unit: unit)
            let relation = objective.judgement == "missed" ? (objective.isMinimum ? "<" : ">") : sign
            return "\(objective.isCensored ? "≥ " : "")\(pair.value) \(relation) \(pair.limit)"
        }

        /// `3 d`, `5 h`, `12 min`; empty without a run.
        public var ageText: String { age.map { Self.words(age: $0) } ?? "" }

        public static func words(age: Int64) -> String {
            switch age {
            case ..<120: "\(age) s"
            case ..<7200: "\(age / 60) min"
            case ..<172_800: "\(age / 3600) h"
            default: "\(age / 86_400) d"
            }
        }
    }
}
