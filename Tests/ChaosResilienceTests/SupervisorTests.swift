import ChaosResilience
import Testing

@Suite struct SupervisorTests {
    static func policy(
        _ mode: RestartPolicy.Mode = .onFailure,
        burst: Int = 5,
        interval: Nanoseconds = 10 * s
    ) -> RestartPolicy {
        RestartPolicy(
            mode: mode,
            delay: 100 * ms,
            multiplier: 2,
            maxDelay: 1 * s,
            startBurst: burst,
            startInterval: interval,
            stableAfter: 60 * s
        )
    }

    @Test(arguments: [
        (RestartPolicy.Mode.always, true, true), (.onFailure, false, true), (.never, false, false),
    ])
    func `the mode decides which ends lead to a restart`(mode: RestartPolicy.Mode, clean: Bool, failure: Bool) {
        for (exit, restarts) in [(Supervisor.Exit.clean, clean), (.failure, failure)] {
            var supervisor = Supervisor(policy: Self.policy(mode), now: 0)
            let change = supervisor.exited(exit, now: 1 * s)
            #expect(change?.to == (restarts ? .waiting(until: 1100 * ms) : .stopped))
            #expect(supervisor.exited(exit, now: 1 * s) == nil)
        }
    }

    @Test func `the wait doubles up to its cap, and a stable run makes it short again`() {
        var supervisor = Supervisor(policy: Self.policy(interval: 0), now: 0)
        var now: Nanoseconds = 0
        var waits: [Nanoseconds] = []
        for _ in 0..<6 {
            supervisor.exited(.failure, now: now)
            waits.append(supervisor.nextDeadline! - now)
            #expect(supervisor.tick(now: supervisor.nextDeadline! - 1) == nil)
            now = supervisor.nextDeadline!
            #expect(supervisor.tick(now: now)?.to == .running)
        }
        #expect(waits == [100 * ms, 200 * ms, 400 * ms, 800 * ms, 1 * s, 1 * s])
        supervisor.exited(.failure, now: now + 60 * s - 1)
        #expect(supervisor.nextDeadline == now + 61 * s - 1)
        now = supervisor.nextDeadline!
        supervisor.tick(now: now)
        supervisor.exited(.failure, now: now + 60 * s)
        #expect(supervisor.nextDeadline == now + 60 * s + 100 * ms)
        #expect(supervisor.restarts == 7)
    }

    @Test func `the sixth start within the interval is refused for good, until a human resets`() {
        var supervisor = Supervisor(policy: Self.policy(), now: 0)
        var now: Nanoseconds = 0
        for _ in 0..<4 {
            supervisor.exited(.failure, now: now)
            now = supervisor.nextDeadline!
            #expect(supervisor.tick(now: now)?.to == .running)
        }
        supervisor.exited(.failure, now: now)
        now = supervisor.nextDeadline!
        #expect(supervisor.tick(now: now)?.to == .gaveUp)
        #expect(supervisor.tick(now: now + 3600 * s) == nil)
        #expect(supervisor.nextDeadline == nil)
        #expect(supervisor.reset(now: now)?.to == .running)
        supervisor.exited(.failure, now: now)
        #expect(supervisor.nextDeadline == now + 100 * ms)
    }

    @Test func `starts are counted in fixed windows as in systemd`() {
        var supervisor = Supervisor(policy: Self.policy(burst: 2), now: 0)
        func restart(endingAt end: Nanoseconds) -> Supervisor.State? {
            supervisor.exited(.failure, now: end)
            return supervisor.tick(now: supervisor.nextDeadline!)?.to
        }
        // Window from 0 with starts at 0 and 9.1; the start after 10 opens the next although 9.1 is near.
        #expect(restart(endingAt: 9 * s) == .running)
        #expect(restart(endingAt: 10 * s) == .running)
        #expect(restart(endingAt: 11 * s) == .running)
        #expect(restart(endingAt: 12 * s) == .gaveUp)
    }
}
