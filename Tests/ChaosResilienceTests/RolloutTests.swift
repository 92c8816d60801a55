import ChaosResilience
import Testing

@Suite struct RollbackTriggerTests {
    static func trigger(
        _ better: RollbackTriggerPolicy.Better = .lower,
        consecutive: Int = 2
    ) -> RollbackTrigger {
        let policy = RollbackTriggerPolicy(
            tolerancePerMille: 100,
            better: better,
            interval: 5 * s,
            consecutive: consecutive
        )
        return RollbackTrigger(policy: policy, baseline: 200, now: 0)
    }

    @Test func `exactly ten per cent worse is tolerated, more in two checks triggers`() {
        var trigger = Self.trigger()
        #expect(trigger.check(220, now: 5 * s) == nil)
        #expect(trigger.check(221, now: 10 * s) == Transition(from: .watching, to: .degraded(checks: 1)))
        #expect(trigger.check(221, now: 15 * s) == Transition(from: .degraded(checks: 1), to: .triggered))
        #expect(trigger.check(100, now: 20 * s) == nil)
        #expect(trigger.state == .triggered)
    }

    @Test func `where higher is better a fall triggers and a rise does not`() {
        var trigger = Self.trigger(.higher, consecutive: 1)
        #expect(trigger.check(400, now: 5 * s) == nil)
        #expect(trigger.check(180, now: 10 * s) == nil)
        #expect(trigger.check(179, now: 15 * s)?.to == .triggered)
    }

    @Test func `a good check ends the run, a missing value neither ends nor lengthens it`() {
        var trigger = Self.trigger()
        trigger.check(300, now: 5 * s)
        #expect(trigger.check(200, now: 10 * s)?.to == .watching)
        trigger.check(300, now: 15 * s)
        #expect(trigger.check(nil, now: 20 * s) == nil)
        #expect(trigger.state == .degraded(checks: 1))
        #expect(trigger.check(300, now: 25 * s)?.to == .triggered)
    }

    @Test func `samples between checks are not looked at, and a late check does not shift the grid`() {
        var trigger = Self.trigger()
        #expect(trigger.check(900, now: 5 * s - 1) == nil)
        #expect(trigger.state == .watching)
        trigger.check(200, now: 17 * s)
        #expect(trigger.nextCheck == 20 * s)
    }
}

@Suite struct HealthGateTests {
    static let policy = HealthGatePolicy(healthyChecks: 3, limit: 60 * s)

    @Test func `three healthy checks in a row pass, an unhealthy one starts over`() {
        var gate = HealthGate(policy: Self.policy, now: 0)
        for (second, healthy) in [(10, true), (20, true), (30, false), (40, true), (50, true)] {
            #expect(gate.observe(healthy: healthy, now: Int64(second) * s) == nil)
        }
        #expect(gate.healthyInARow == 2)
        #expect(gate.observe(healthy: true, now: 60 * s - 1) == Transition(from: .pending, to: .passed))
        #expect(gate.tick(now: 100 * s) == nil)
    }

    @Test func `a gate not passed at its limit fails for good`() {
        var gate = HealthGate(policy: Self.policy, now: 0)
        gate.observe(healthy: true, now: 1 * s)
        gate.observe(healthy: true, now: 2 * s)
        #expect(gate.tick(now: 60 * s - 1) == nil)
        #expect(gate.observe(healthy: true, now: 60 * s) == Transition(from: .pending, to: .failed))
        #expect(gate.observe(healthy: true, now: 61 * s) == nil)
        #expect(gate.state == .failed)
    }
}
