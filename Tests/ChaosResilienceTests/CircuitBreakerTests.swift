import ChaosResilience
import Testing

@Suite struct CircuitBreakerTests {
    static func policy(
        _ window: CircuitBreakerPolicy.Window = .time(failures: 5, window: 60 * s),
        permits: Int = 1,
        maxWait: Nanoseconds? = 10 * s
    ) -> CircuitBreakerPolicy {
        CircuitBreakerPolicy(
            window: window,
            openFor: 30 * s,
            successesToClose: 3,
            halfOpenPermits: permits,
            halfOpenMaxWait: maxWait
        )
    }

    /// A breaker opened by five failures at `now`.
    static func opened(at now: Nanoseconds, _ policy: CircuitBreakerPolicy = policy()) -> CircuitBreaker {
        var breaker = CircuitBreaker(policy: policy)
        for _ in 0..<5 { breaker.call(.failure, now: now) }
        return breaker
    }

    @Test func `five failures inside sixty seconds open the breaker`() {
        var breaker = CircuitBreaker(policy: Self.policy())
        for second: Int64 in [0, 10, 20, 30] {
            #expect(breaker.call(.failure, now: second * s) == nil)
            #expect(breaker.call(.success, now: second * s) == nil)
        }
        #expect(breaker.call(.failure, now: 60 * s) == Transition(from: .closed, to: .open))
        #expect(breaker.transitions == 1)
    }

    @Test func `a fifth failure one nanosecond late does not open the breaker, a sixth in time does`() {
        var breaker = CircuitBreaker(policy: Self.policy())
        for second: Int64 in [0, 10, 20, 30] { breaker.call(.failure, now: second * s) }
        #expect(breaker.call(.failure, now: 60 * s + 1) == nil)
        #expect(breaker.state == .closed)
        #expect(breaker.call(.failure, now: 70 * s) == Transition(from: .closed, to: .open))
    }

    @Test func `an open breaker refuses for its time and turns half-open lazily at the next call`() {
        var breaker = Self.opened(at: 0)
        #expect(breaker.probeDue == 30 * s)
        #expect(breaker.admit(now: 30 * s - 1) == .refused)
        #expect(breaker.state(at: 30 * s) == .halfOpen)
        #expect(breaker.state == .open)
        #expect(breaker.admit(now: 30 * s) == .probe(generation: 2))
        #expect(breaker.state == .halfOpen)
        #expect(breaker.lastTransition == Transition(from: .open, to: .halfOpen))
    }

    @Test func `a half-open breaker closes after exactly three successes and has forgotten the failures`() {
        var breaker = Self.opened(at: 0)
        #expect(breaker.call(.success, now: 30 * s) == nil)
        #expect(breaker.call(.success, now: 31 * s) == nil)
        #expect(breaker.call(.success, now: 32 * s) == Transition(from: .halfOpen, to: .closed))
        for _ in 0..<4 { #expect(breaker.call(.failure, now: 33 * s) == nil) }
        #expect(breaker.call(.failure, now: 33 * s) != nil)
    }

    @Test func `one failed probe re-opens for the full time and starts the count of successes anew`() {
        var breaker = Self.opened(at: 0)
        breaker.call(.success, now: 30 * s)
        breaker.call(.success, now: 31 * s)
        #expect(breaker.call(.failure, now: 32 * s) == Transition(from: .halfOpen, to: .open))
        #expect(breaker.admit(now: 62 * s - 1) == .refused)
        breaker.call(.success, now: 62 * s)
        breaker.call(.success, now: 62 * s)
        #expect(breaker.state == .halfOpen)
        breaker.call(.success, now: 62 * s)
        #expect(breaker.state == .closed)
    }

    @Test func `only as many probes as permits pass at once, and an ignored outcome frees its permit`() {
        var breaker = Self.opened(at: 0, Self.policy(permits: 2))
        let first = breaker.admit(now: 30 * s)
        let second = breaker.admit(now: 30 * s)
        #expect(first == .probe(generation: 2) && second == first)
        #expect(breaker.admit(now: 30 * s) == .refused)
        #expect(breaker.record(.ignored, for: first, now: 31 * s) == nil)
        #expect(breaker.admit(now: 31 * s) == .probe(generation: 2))
        #expect(breaker.state == .halfOpen)
    }

    @Test func `a hung probe re-opens the breaker after the longest wait, and its late answer is ignored`() {
        var breaker = Self.opened(at: 0)
        let hung = breaker.admit(now: 30 * s)
        #expect(breaker.admit(now: 40 * s - 1) == .refused)
        #expect(breaker.state == .halfOpen)
        #expect(breaker.state(at: 40 * s) == .open)
        #expect(breaker.admit(now: 40 * s) == .refused)
        #expect(breaker.state == .open)
        #expect(breaker.admit(now: 70 * s) != .refused)
        #expect(breaker.record(.failure, for: hung, now: 71 * s) == nil)
        #expect(breaker.state == .halfOpen)
    }

    @Test func `without a longest wait a hung probe leaves the breaker half-open for good`() {
        var breaker = Self.opened(at: 0, Self.policy(maxWait: nil))
        _ = breaker.admit(now: 30 * s)
        #expect(breaker.admit(now: 1_000_000 * s) == .refused)
        #expect(breaker.state == .halfOpen)
    }

    @Test func `late results of calls admitted before the opening move nothing`() {
        var breaker = CircuitBreaker(policy: Self.policy())
        let early = breaker.admit(now: 0)
        for _ in 0..<5 { breaker.call(.failure, now: 1 * s) }
        let probe = breaker.admit(now: 31 * s)
        #expect(breaker.record(.failure, for: early, now: 31 * s) == nil)
        #expect(breaker.record(.success, for: early, now: 31 * s) == nil)
        #expect(breaker.state == .halfOpen)
        breaker.record(.success, for: probe, now: 32 * s)
        breaker.call(.success, now: 32 * s)
        #expect(breaker.call(.success, now: 32 * s) == Transition(from: .halfOpen, to: .closed))
        // Nor do they count in the window of the closed breaker that follows.
        for _ in 0..<4 { breaker.call(.failure, now: 33 * s) }
        #expect(breaker.record(.failure, for: early, now: 33 * s) == nil)
        #expect(breaker.state == .closed)
    }

    @Test func `forced states win, and lifting them resumes the automatic state`() {
        var breaker = CircuitBreaker(policy: Self.policy())
        #expect(breaker.setOverride(.forceOpen, now: 0) == Transition(from: .closed, to: .forcedOpen))
        #expect(breaker.setOverride(.forceOpen, now: 0) == nil)
        #expect(breaker.admit(now: 1000 * s) == .refused)
        #expect(breaker.setOverride(nil, now: 0) == Transition(from: .forcedOpen, to: .closed))
        for _ in 0..<5 { breaker.call(.failure, now: 1000 * s) }
        #expect(
            breaker.setOverride(.forceClosed, now: 1001 * s) == Transition(from: .open, to: .forcedClosed)
        )
        for _ in 0..<100 { #expect(breaker.call(.failure, now: 1002 * s) == nil) }
        #expect(breaker.setOverride(nil, now: 1003 * s) == Transition(from: .forcedClosed, to: .open))
        #expect(breaker.admit(now: 1030 * s - 1) == .refused)
        #expect(breaker.admit(now: 1030 * s) != .refused)
    }

    @Test func `an override during half-open starts the probes anew`() {
        var breaker = Self.opened(at: 0)
        let probe = breaker.admit(now: 30 * s)
        breaker.setOverride(.forceClosed, now: 31 * s)
        breaker.setOverride(nil, now: 32 * s)
        #expect(breaker.record(.failure, for: probe, now: 33 * s) == nil)
        #expect(breaker.admit(now: 33 * s) != .refused)
    }

    @Test func `a count window opens at its percentage, and never below its minimum of calls`() {
        var breaker = CircuitBreaker(
            policy: Self.policy(.count(size: 10, minimumCalls: 10, failurePercent: 50))
        )
        for _ in 0..<9 { #expect(breaker.call(.failure, now: 0) == nil) }
        #expect(breaker.call(.success, now: 0) == Transition(from: .closed, to: .open))
    }

    @Test func `a count window forgets what lies more than its size back`() {
        var breaker = CircuitBreaker(
            policy: Self.policy(.count(size: 100, minimumCalls: 100, failurePercent: 50))
        )
        for _ in 0..<51 { breaker.call(.success, now: 0) }
        for _ in 0..<49 { #expect(breaker.call(.failure, now: 0) == nil) }
        // Ring full with 49 failures; the next overwrite successes.
        #expect(breaker.call(.success, now: 0) == nil)
        #expect(breaker.call(.failure, now: 0) == Transition(from: .closed, to: .open))
    }

    @Test func `a count window agrees with a plain list of outcomes`() {
        for seed: UInt64 in 0..<50 {
            var random = Random(seed: seed)
            let size = 1 + random.below(130)
            let minimum = 1 + random.below(size)
            let percent = 30 + random.below(50)
            var breaker = CircuitBreaker(
                policy: Self.policy(.count(size: size, minimumCalls: minimum, failurePercent: percent))
            )
            var outcomes: [Bool] = []
            for step in 0..<300 {
                let failed = random.below(100) < 40
                outcomes.append(failed)
                let recent = outcomes.suffix(size)
                let failures = recent.reduce(0) { $0 + ($1 ? 1 : 0) }
                let trips = recent.count >= minimum && failures * 100 >= percent * recent.count
                let change = breaker.call(failed ? .failure : .success, now: 0)
                #expect((change != nil) == trips, "seed \(seed), step \(step)")
                if trips { break }
            }
        }
    }

    @Test func `a rate window at low volume never trips: twenty calls in ten seconds are not reached`() {
        var breaker = CircuitBreaker(
            policy: Self.policy(
                .rate(bucketWidth: 1 * s, buckets: 10, minimumCalls: 20, failurePercent: 50)
            )
        )
        for call: Int64 in 0..<1000 { breaker.call(.failure, now: call * s) }
        #expect(breaker.state == .closed)
    }

    @Test func `a rate window trips at its volume and percentage, and forgets whole buckets`() {
        let window = CircuitBreakerPolicy.Window.rate(
            bucketWidth: 1 * s,
            buckets: 10,
            minimumCalls: 20,
            failurePercent: 50
        )
        var breaker = CircuitBreaker(policy: Self.policy(window))
        for _ in 0..<10 { breaker.call(.success, now: 0) }
        for _ in 0..<9 { #expect(breaker.call(.failure, now: 9 * s) == nil) }
        #expect(breaker.call(.failure, now: 10 * s - 1) == Transition(from: .closed, to: .open))

        breaker = CircuitBreaker(policy: Self.policy(window))
        for _ in 0..<10 { breaker.call(.success, now: 0) }
        for _ in 0..<9 { breaker.call(.failure, now: 9 * s) }
        // The bucket with the ten successes is gone, and the volume with it.
        #expect(breaker.call(.failure, now: 10 * s) == nil)
        for _ in 0..<9 { #expect(breaker.call(.failure, now: 10 * s) == nil) }
        #expect(breaker.call(.failure, now: 10 * s) != nil)
    }

    @Test func `values that cannot work trap`() async {
        await #expect(processExitsWith: .failure) {
            _ = CircuitBreakerPolicy.init(
                window: .count(size: 10, minimumCalls: 11, failurePercent: 50),
                openFor: 1,
                successesToClose: 1,
                halfOpenPermits: 1,
                halfOpenMaxWait: nil
            )
        }
    }
}

extension CircuitBreaker {
    /// A call that is answered at once.
    @discardableResult
    mutating func call(_ outcome: Outcome, now: Nanoseconds) -> Transition<State>? {
        let admission = admit(now: now)
        return record(outcome, for: admission, now: now)
    }
}
