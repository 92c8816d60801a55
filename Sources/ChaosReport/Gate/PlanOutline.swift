public import ChaosPlan
import ChaosScore

/// What a plan does and demands, without its fleet's insides: what a baseline keeps of it.
public struct PlanOutline: Hashable, Sendable {
    /// Of everything that decides the outcome but the seed.
    public var digest: UInt64
    public var fleetDigest: UInt64
    public var phases: Phases
    /// For how long everyone must stay up before a fault counts as recovered from.
    public var hold: Nanoseconds
    public var workload: Workload
    public var faultsPerHour: Int
    /// Mechanisms that must fire.
    public var expect: [String]
    /// Nil where the plan says that none decides.
    public var exercises: String?
    public var safety: String
    public var faults: [FaultOutline]
    public var objectives: [Objective]

    public init(
        digest: UInt64, fleetDigest: UInt64, phases: Phases, hold: Nanoseconds, workload: Workload, faultsPerHour: Int,
        expect: [String], exercises: String?, safety: String, faults: [FaultOutline], objectives: [Objective]
    ) {
        self.digest = digest
        self.fleetDigest = fleetDigest
        self.phases = phases
        self.hold = hold
        self.workload = workload
        self.faultsPerHour = faultsPerHour
        self.expect = expect
        self.exercises = exercises
        self.safety = safety
        self.faults = faults
        self.objectives = objectives
    }

    /// As runs of the plan are scored today.
    public init(_ plan: Plan) {
        digest = plan.digest
        fleetDigest = plan.fleet.digest
        phases = plan.phases
        hold = Scorer.holdTime
        workload = plan.workload
        faultsPerHour = plan.faultsPerHour
        expect = plan.expect.map(\.rawValue)
        exercises = plan.exercises?.rawValue
        safety = Self.words(plan.safety)
        faults = plan.faults.map { FaultOutline($0, in: plan.fleet) }
        objectives = plan.objectives
    }

    private static func words(_ safety: Safety) -> String {
        var parts: [String] = []
        if let hosts = safety.hosts { parts.append("at most \(hosts) hosts") }
        if let agents = safety.agents { parts.append("at most \(agents.text) of the agents") }
        parts += safety.abortWhen.map {
            "ends when \($0.metric.rawValue) over \(ScalarText.show($0.over, .duration)) is below \($0.below.text)"
        }
        return parts.joined(separator: "; ")
    }
}
