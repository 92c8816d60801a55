public import ChaosPlan

/// What the page says about the plan, in words; kept as strings so that a page can be made from stored files alone.
public struct PlanSummary: Sendable {
    public struct Fact: Hashable, Sendable {
        public var name: String
        public var text: String

        public init(name: String, text: String) {
            self.name = name
            self.text = text
        }
    }

    /// The scenario's own sentence.
    public var summary: String
    public var facts: [Fact]
    /// Empty where nobody knows the fleet.
    public var dependencies: Dependencies

    public init(summary: String, facts: [Fact] = [], dependencies: Dependencies = Dependencies()) {
        self.summary = summary
        self.facts = facts
        self.dependencies = dependencies
    }

    public init(_ plan: Plan) {
        let fleet = plan.fleet
        let phases = plan.phases
        var facts = [
            Fact(
                name: "Fleet", text: "\(fleet.name): \(fleet.agents.count) agents on \(fleet.hosts.count) hosts"),
            Fact(
                name: "Phases",
                text: "baseline \(Measure.time(phases.baseline)), faults \(Measure.time(phases.faults)), "
                    + "recovery \(Measure.time(phases.recovery))"),
            Fact(name: "Load", text: Self.load(plan.workload)),
            Fact(name: "Faults", text: Self.faults(plan.faults)),
        ]
        if let mechanism = plan.exercises { facts.append(Fact(name: "Exercises", text: mechanism.rawValue)) }
        if !plan.expect.isEmpty {
            facts.append(Fact(name: "Must fire", text: plan.expect.map(\.rawValue).joined(separator: ", ")))
        }
        self.init(summary: plan.summary, facts: facts, dependencies: Dependencies(plan))
    }

    private static func load(_ workload: Workload) -> String {
        func rate(_ rate: Rate) -> String { Measure.decimal(rate.perSecond, digits: 2) + "/s" }
        let requests = "\(rate(workload.requests)) requests per agent, timeout \(Measure.time(workload.requestTimeout))"
        return workload.messages.interval == 0 ? requests : requests + "; \(rate(workload.messages)) messages per agent"
    }

    private static func faults(_ faults: [PlannedFault]) -> String {
        guard !faults.isEmpty else { return "none: a control run" }
        let texts = faults.prefix(8).map { fault in
            let times = fault.times > 1 ? " × \(fault.times)" : ""
            let length = fault.duration.map { " for \(Measure.time($0))" } ?? ""
            return "\(fault.id) (\(fault.fault.kind.rawValue)\(length)\(times))"
        }
        return texts.joined(separator: ", ") + (faults.count > 8 ? " and \(faults.count - 8) more" : "")
    }
}
