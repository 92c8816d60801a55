import ChaosPlan
import Testing
import gauntlet_agent

@Suite struct HeartbeatScheduleTests {
    @Test(
        "Heartbeats keep their distance before, across and after the start of a run that is announced ahead",
        arguments: UInt64(0)..<50)
    func neverSilent(seed: UInt64) {
        let policy = Policies.Heartbeat()
        let origin: Int64 = 1_000_000_000_000
        let schedule = HeartbeatSchedule(from: "Agent\(seed)", to: "Hub", policy: policy, seed: seed, origin: origin)
        var last = schedule.next(after: origin - 10 * .second)
        #expect(last - (origin - 10 * .second) <= policy.period + policy.jitter, "seed \(seed)")
        while last < origin + 10 * .second {
            let next = schedule.next(after: last)
            #expect(next > last && next - last <= policy.period + policy.jitter, "seed \(seed)")
            last = next
        }
    }
}
