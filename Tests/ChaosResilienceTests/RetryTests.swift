import ChaosResilience
import Testing

@Suite struct RetryTests {
    static func policy(_ jitter: RetryPolicy.Jitter, maxAttempts: Int = 6) -> RetryPolicy {
        RetryPolicy(maxAttempts: maxAttempts, base: 100 * ms, multiplier: 2, cap: 1 * s, jitter: jitter)
    }

    @Test func `the back-off doubles up to its cap and ends with the attempts`() {
        let policy = Self.policy(.none)
        let delays = (1...6).map { policy.nextDelay(attempt: $0, random: 0, deadline: .max, now: 0) }
        #expect(delays == [100 * ms, 200 * ms, 400 * ms, 800 * ms, 1 * s, nil])
    }

    @Test func `a back-off that would overflow stays at its cap`() {
        let policy = RetryPolicy(
            maxAttempts: .max,
            base: 1 * s,
            multiplier: 1_000_000_000,
            cap: .longestSpan,
            jitter: .none
        )
        let delay = policy.nextDelay(attempt: 1_000_000, random: 0, deadline: .max, now: 0)
        #expect(delay == .longestSpan)
    }

    @Test func `full jitter spans nothing to the back-off, equal jitter its upper half`() {
        let full = Self.policy(.full)
        #expect(full.nextDelay(attempt: 2, random: 0, deadline: .max, now: 0) == 0)
        #expect(full.nextDelay(attempt: 2, random: .max, deadline: .max, now: 0) == 200 * ms)
        #expect(full.nextDelay(attempt: 2, random: 1 << 63, deadline: .max, now: 0) == 100 * ms)
        let equal = Self.policy(.equal)
        #expect(equal.nextDelay(attempt: 2, random: 0, deadline: .max, now: 0) == 100 * ms)
        #expect(equal.nextDelay(attempt: 2, random: .max, deadline: .max, now: 0) == 200 * ms)
    }

    @Test func `a retry that could not start before the deadline is not made`() {
        let policy = Self.policy(.none)
        #expect(policy.nextDelay(attempt: 1, random: 0, deadline: 1 * s + 1, now: 900 * ms) == 100 * ms)
        #expect(policy.nextDelay(attempt: 1, random: 0, deadline: 1 * s, now: 900 * ms) == nil)
    }

    @Test func `a budget of ten per cent grants one retry for ten requests`() {
        var budget = RetryBudget(policy: RetryBudgetPolicy(percent: 10, reserve: 0, ceiling: 100))
        for _ in 0..<9 { budget.countRequest() }
        #expect(budget.withdraw() == false)
        budget.countRequest()
        #expect(budget.withdraw() == true)
        #expect(budget.withdraw() == false)
        #expect(budget.requests == 10 && budget.retries == 1 && budget.refused == 2)
    }

    @Test func `the reserve serves a caller that has earned nothing, the ceiling forgets a quiet time`() {
        var budget = RetryBudget(policy: RetryBudgetPolicy(percent: 10, reserve: 3, ceiling: 5))
        #expect(budget.balance == 3000)
        for _ in 0..<3 { #expect(budget.withdraw() == true) }
        #expect(budget.withdraw() == false)
        for _ in 0..<1_000 { budget.countRequest() }
        #expect(budget.balance == 5000)
    }

    @Test func `when everything fails the budget bounds the amplification of every layer`() {
        for seed: UInt64 in 0..<200 {
            var random = Random(seed: seed)
            let percent = random.below(30)
            let reserve = random.below(10)
            let retry = Self.policy(.full, maxAttempts: 1 + random.below(5))
            var budget = RetryBudget(
                policy: RetryBudgetPolicy(percent: percent, reserve: reserve, ceiling: 1000)
            )
            let requests = 1000
            var calls = 0
            for _ in 0..<requests {
                budget.countRequest()
                var attempt = 1
                calls += 1
                while retry.nextDelay(attempt: attempt, random: random.next(), deadline: .max, now: 0) != nil,
                    budget.withdraw()
                {
                    attempt += 1
                    calls += 1
                }
            }
            let bound = requests + requests * percent / 100 + reserve
            #expect(calls <= bound, "seed \(seed)")
            if retry.maxAttempts > 1 { #expect(calls == bound, "seed \(seed)") }
        }
    }

    @Test func `without a budget three attempts in three layers make twenty-seven calls`() {
        let retry = Self.policy(.none, maxAttempts: 3)
        func calls(layers: Int) -> Int {
            guard layers > 0 else { return 1 }
            var total = 0
            var attempt = 0
            repeat {
                attempt += 1
                total += calls(layers: layers - 1)
            } while retry.nextDelay(attempt: attempt, random: 0, deadline: .max, now: 0) != nil
            return total
        }
        #expect(calls(layers: 3) == 27)
    }
}

@Suite struct AdaptiveThrottleTests {
    static let policy = AdaptiveThrottlePolicy(multiplierPerMille: 2000, bucketWidth: 10 * s, buckets: 12)

    @Test func `while the server accepts half of the requests nothing is held back`() {
        var throttle = AdaptiveThrottle(policy: Self.policy)
        for call in 0..<1000 {
            // After each odd call, two requests face at least one accept.
            if call % 2 == 0 { throttle.accepted(now: 0) }
            #expect(throttle.admit(random: 0, now: 0) == true, "call \(call)")
        }
    }

    @Test func `with nothing accepted the chance to pass is one in requests plus one`() {
        var throttle = AdaptiveThrottle(policy: Self.policy)
        for _ in 0..<99 { _ = throttle.admit(random: .max, now: 0) }
        // 99 requests, no accepts: p = 99/100.
        var other = throttle
        #expect(throttle.admit(random: UInt64.max / 100 * 98, now: 0) == false)
        #expect(other.admit(random: UInt64.max / 1000 * 991, now: 0) == true)
    }

    @Test func `a dead server sees few requests, and after the window has rolled on all pass again`() {
        var random = Random(seed: 1)
        var throttle = AdaptiveThrottle(policy: Self.policy)
        var passed = 0
        for _ in 0..<10_000 where throttle.admit(random: random.next(), now: 0) { passed += 1 }
        #expect(passed < 30, "seed 1")
        #expect(throttle.admit(random: 0, now: 120 * s - 1) == false)
        #expect(throttle.admit(random: 0, now: 240 * s) == true)
    }
}
