public import ChaosPlan
import ChaosScore

extension Explanation {
    /// What one planned fault, all its repetitions together, cost a run; with it what was to follow it.
    public struct Cost: Sendable {
        /// Of the planned fault.
        public var fault: String
        public var instances: Int
        /// Planned faults that went with it, because they were to follow it.
        public var dependents: [String]
        public var with: Summary
        public var without: Summary
        /// Of the run without it, fault lines left out (`HistoryHash`).
        public var historyWithout: JournalHash
        /// The run's history is the same without it, to the nanosecond.
        public var changedNothing: Bool
        /// Who was down for longer with it than without, worst first.
        public var hurt: [Hurt]
        /// What mechanisms did about its targets with it and not without; one clause each.
        public var reactions: [String]

        /// One subject that a fault hurt.
        public struct Hurt: Hashable, Sendable {
            public var subject: String
            public var lost: Nanoseconds
            /// Hit by the fault itself, or by one that went with it.
            public var isTarget: Bool
            /// One clause; empty where nothing in the journal explains it.
            public var because: String
        }

        /// How many of the hurt are named in the sentence.
        static let named = 3

        init(of fault: String, in context: CostContext, dependents: [String]) {
            self.fault = fault
            self.dependents = dependents
            instances = context.schedule.instances.count { $0.faultID == fault }
            with = context.base.summary
            without = context.without.summary
            historyWithout = context.without.history
            changedNothing = context.base.history == context.without.history
            let evidence = Evidence(of: Set([fault] + dependents), in: context)
            reactions = evidence.clauses
            hurt = context.hurt.map { subject, lost in
                let name = context.plan.fleet.agents[subject].name
                return Hurt(
                    subject: name, lost: lost, isTarget: evidence.concern.names.contains(name),
                    because: evidence.why(subject))
            }
        }

        /// Everything above in one line.
        public var sentence: String {
            let gone =
                dependents.isEmpty
                ? "" : " (\(dependents.joined(separator: ", ")) \(dependents.count == 1 ? "goes" : "go") with it)"
            if changedNothing { return "nothing changes\(gone)" }
            var clauses = [Explanation.compare(without, with) + gone]
            clauses += hurt.prefix(Self.named).map { hurt in
                "\(hurt.subject) lost \(Quantity.text(duration: hurt.lost))"
                    + (hurt.because.isEmpty ? "" : ": \(hurt.because)")
            }
            if hurt.isEmpty { clauses.append("it hurt nobody") }
            if hurt.count > Self.named { clauses.append("\(hurt.count - Self.named) others lost less") }
            clauses.append(reactions.isEmpty ? "no mechanism reacted" : reactions.joined(separator: ", "))
            return clauses.joined(separator: "; ")
        }
    }
}
