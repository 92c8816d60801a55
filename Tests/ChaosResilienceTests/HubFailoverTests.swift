import ChaosResilience
import Testing

@Suite struct HubFailoverTests {
    static let policy = HubFailoverPolicy(
        detectAfter: 2 * s,
        failuresToLose: 3,
        switchDelay: 1 * s,
        switchLimit: 3 * s,
        failBackAfter: 30 * s
    )

    /// An agent on its secondary since 3 s, its primary silent since 0.
    static func onSecondary() -> HubFailover {
        var agent = HubFailover(policy: policy, now: 0)
        agent.tick(now: 2 * s)
        agent.registered(hub: .secondary, now: 3 * s)
        return agent
    }

    @Test func `silence of the primary for the detection time decides to switch, registration completes it`() {
        var agent = HubFailover(policy: Self.policy, now: 0)
        agent.reportSucceeded(hub: .primary, now: 1 * s)
        #expect(agent.nextDeadline == 3 * s)
        #expect(agent.tick(now: 3 * s - 1) == nil)
        #expect(agent.tick(now: 3 * s) == Transition(from: .onPrimary, to: .switching(until: 6 * s)))
        #expect(agent.registrationDue == 4 * s)
        #expect(agent.servingHub == nil)
        let done = agent.registered(hub: .secondary, now: 4 * s)
        #expect(done == Transition(from: .switching(until: 6 * s), to: .onSecondary))
        #expect(agent.servingHub == .secondary)
    }

    @Test func `the third failed report in a row decides to switch before the silence does`() {
        var agent = HubFailover(policy: Self.policy, now: 0)
        #expect(agent.reportFailed(hub: .primary, now: 100 * ms) == nil)
        #expect(agent.reportFailed(hub: .primary, now: 200 * ms) == nil)
        #expect(agent.reportSucceeded(hub: .primary, now: 250 * ms) == nil)
        #expect(agent.reportFailed(hub: .primary, now: 300 * ms) == nil)
        #expect(agent.reportFailed(hub: .primary, now: 400 * ms) == nil)
        #expect(agent.reportFailed(hub: .primary, now: 500 * ms)?.to == .switching(until: 3500 * ms))
    }

    @Test func `a switch without a registration within its limit isolates the agent`() {
        var agent = HubFailover(policy: Self.policy, now: 0)
        agent.tick(now: 2 * s)
        #expect(agent.tick(now: 5 * s - 1) == nil)
        #expect(agent.tick(now: 5 * s)?.to == .isolated)
        #expect(agent.servingHub == nil && agent.nextDeadline == nil)
    }

    @Test func `an isolated agent goes to whichever hub answers first`() {
        var agent = HubFailover(policy: Self.policy, now: 0)
        agent.tick(now: 2 * s)
        agent.tick(now: 5 * s)
        var other = agent
        #expect(agent.reportSucceeded(hub: .primary, now: 60 * s)?.to == .failingBack(until: 63 * s))
        #expect(agent.servingHub == nil)
        #expect(agent.registered(hub: .primary, now: 61 * s)?.to == .onPrimary)
        #expect(other.reportSucceeded(hub: .secondary, now: 60 * s)?.to == .switching(until: 63 * s))
        #expect(other.registered(hub: .secondary, now: 61 * s)?.to == .onSecondary)
    }

    @Test func `an agent fails back only after the primary has been healthy long enough`() {
        var agent = Self.onSecondary()
        for second: Int64 in 4...39 {
            agent.reportSucceeded(hub: .secondary, now: second * s)
            // The primary answers from second 10 on.
            if second >= 10 { #expect(agent.reportSucceeded(hub: .primary, now: second * s) == nil) }
        }
        #expect(agent.nextDeadline == 40 * s)
        #expect(agent.tick(now: 40 * s)?.to == .failingBack(until: 43 * s))
        #expect(agent.servingHub == .secondary)
        #expect(agent.registered(hub: .primary, now: 41 * s)?.to == .onPrimary)
        #expect(agent.decisions == 2)
    }

    @Test func `a failure or a silence of the primary starts its probation anew`() {
        for silence in [false, true] {
            var agent = Self.onSecondary()
            for second: Int64 in 4...60 {
                agent.reportSucceeded(hub: .secondary, now: second * s)
                if second == 25 || second == 26 {
                    if !silence { agent.reportFailed(hub: .primary, now: second * s) }
                } else if agent.state == .onSecondary {
                    agent.reportSucceeded(hub: .primary, now: second * s)
                }
                // Probation began at 4 and again at 27.
                let expected: HubFailover.State = second < 57 ? .onSecondary : .failingBack(until: 60 * s)
                if second < 60 { #expect(agent.state == expected, "second \(second), silence \(silence)") }
            }
        }
    }

    @Test func `a failed fail-back leaves the agent on its secondary and the primary on probation`() {
        var agent = Self.onSecondary()
        for second: Int64 in 4...34 {
            agent.reportSucceeded(hub: .secondary, now: second * s)
            agent.reportSucceeded(hub: .primary, now: second * s)
        }
        #expect(agent.state == .failingBack(until: 37 * s))
        agent.reportSucceeded(hub: .secondary, now: 36 * s)
        #expect(agent.tick(now: 37 * s)?.to == .onSecondary)
        #expect(agent.tick(now: 37 * s) == nil)
        #expect(agent.nextDeadline == 38 * s)
    }

    @Test func `losing the secondary while the primary answers goes home without probation`() {
        var agent = Self.onSecondary()
        agent.reportSucceeded(hub: .primary, now: 4500 * ms)
        #expect(agent.tick(now: 5 * s)?.to == .failingBack(until: 8 * s))
        #expect(agent.servingHub == nil)

        agent = Self.onSecondary()
        #expect(agent.tick(now: 5 * s)?.to == .isolated)
    }

    @Test func `ticking at the next deadline always moves it on, however late and whatever is reported`() {
        let hasty = HubFailoverPolicy(
            detectAfter: 2 * s,
            failuresToLose: 3,
            switchDelay: 1 * s,
            switchLimit: 3 * s,
            failBackAfter: 1 * s
        )
        var isolations = 0
        for seed: UInt64 in 0..<200 {
            var random = Random(seed: seed)
            var agent = HubFailover(policy: hasty, now: 0)
            var now: Nanoseconds = 0
            for _ in 0..<300 {
                now += Int64(random.below(Int(2 * s)))
                let hub: HubFailover.Hub = random.below(2) == 0 ? .primary : .secondary
                switch random.below(10) {
                case 0...5: agent.reportSucceeded(hub: hub, now: now)
                case 6...7: agent.reportFailed(hub: hub, now: now)
                case 8: agent.registered(hub: hub, now: now)
                default: break
                }
                var ticks = 0
                while let due = agent.nextDeadline, due <= now, ticks < 5 {
                    agent.tick(now: now)
                    ticks += 1
                }
                #expect(ticks < 5, "seed \(seed)")
                if agent.state == .isolated { isolations += 1 }
            }
        }
        #expect(isolations > 0)
    }

    @Test func `a primary that fell silent before its probation ended is not due for a fail-back`() {
        var agent = Self.onSecondary()
        for second: Int64 in 4...33 {
            agent.reportSucceeded(hub: .secondary, now: second * s)
            agent.reportSucceeded(hub: .primary, now: second * s)
        }
        // Probation would end at 34, but the driver looks only at 36, when the primary has been silent for 3 s.
        agent.reportSucceeded(hub: .secondary, now: 36 * s)
        #expect(agent.state == .onSecondary)
        #expect(agent.nextDeadline == 38 * s)
    }
}
