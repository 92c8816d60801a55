import ChaosPlan
import ChaosRun
import ChaosSim
import Testing

/// The engine against closed forms: over consecutive seeds the 99 % intervals must contain the truth 96 to 100 times in 100.
///
/// Arrivals. A client sends one request per interval at a uniform place in it, which is not Poisson. 500 clients at one
/// request a minute that all call one store are nearly so: on the time scale of the queue (its relaxation time is some tens
/// of services, here a few seconds) each client contributes an arrival with a probability of a few per cent, independently
/// of the others, and the superposition of many sparse independent streams is Poisson in the limit (Palm, Khintchine). The
/// remaining regularity lowers the variance of counts over a time τ by about τ/interval, here a few per cent, which the
/// intervals (± 10 to 20 %) do not see. The test `arrivals … are Poisson` checks this on its own.
///
/// What is measured is the clients' latency as the journal has it. Everything but the store is constant (two local delays,
/// no work of the agents' own, two local delays to the store and back), so latency = sojourn + 400 µs.
@Suite struct QueueingTests {
    private static let clients = 500
    private static let warmUp = 120 * s
    private static let local = 100 * Nanoseconds.microsecond

    /// `workers` servers of exponential service around `service` ms; λ = 500 a minute.
    private func plan(workers: Int, service: Int) throws -> Plan {
        let names = (0..<Self.clients).map { "c\($0)" }.joined(separator: ", ")
        let fleet = FleetText(
            groups: ["{ group: callers, host: A, profile: idle, members: [ \(names) ] }"],
            stores: ["{ name: store, kind: redis, host: A, profile: station, writes: false }"],
            calls: ["{ from: all, to: store, share: 100% (assumed 0%..100%), class: database, fallback: false }"],
            profiles: [
                "idle: { time: 0ms (assumed 0ms..1ms), spread: constant, workers: 64 (assumed 1..64), queue: 64 (assumed 1..64), startup: 0s (assumed 0s..1s), memory: 1B (assumed 1B..2B) }",
                "station: { time: \(service)ms (assumed 1ms..1s), spread: exponential, workers: \(workers) (assumed 1..64), queue: 4000 (assumed 1..4000), startup: 0s (assumed 0s..1s), memory: 1B (assumed 1B..2B) }",
            ],
            set: ["policies.logs.check=10h", "policies.call-classes.database.timeout=1h"],
            disabled: [.breaker, .retry, .agentFailover])
        var plan = try readPlan(fleet, phases: (1, 1, 1), rate: "1/min", timeout: "1h")
        plan.phases = Phases(baseline: Self.warmUp, faults: 780 * s, recovery: 0)
        return plan
    }

    /// Mean sojourn in the stationary M/M/c queue (Erlang C), in seconds.
    private func sojourn(_ lambda: Double, _ mu: Double, _ c: Int) -> Double {
        let a = lambda / mu
        var term = 1.0
        var sum = 1.0
        for k in 1..<max(c, 2) where k < c {
            term *= a / Double(k)
            sum += term
        }
        let last = (c == 1 ? 1 : term) * a / Double(c) * Double(c) / (Double(c) - a)
        let waits = last / (sum + last)
        return waits / (Double(c) * mu - lambda) + 1 / mu
    }

    @Test func `the closed form is Erlang's`() {
        // M/M/1: 1 / (μ − λ). M/M/2 with ρ = 1/2: C = 1/3, T = 1/μ·(1 + 1/3).
        #expect(abs(sojourn(0.5, 1, 1) - 2) < 1e-12)
        #expect(abs(sojourn(1, 1, 2) - 4.0 / 3) < 1e-12)
    }

    @Test(arguments: [(1, 60), (3, 250)])
    func `sojourn times agree with Erlang's formula`(workers: Int, service: Int) async throws {
        let plan = try plan(workers: workers, service: service)
        let truth = sojourn(Double(Self.clients) / 60, 1000 / Double(service), workers)
        let seeds = count(60, full: 200)
        var inside = 0
        var total = 0.0
        for seed in 0..<UInt64(seeds) {
            let means = try await batchMeans(plan, seed: seed)
            let (mean, half) = interval(means)
            if abs(mean - truth) <= half { inside += 1 }
            total += mean
        }
        let share = Double(inside) / Double(seeds)
        #expect(share >= 0.96, "\(inside) of \(seeds) intervals contain \(truth) s")
        // All runs together leave no room for a bias.
        #expect(abs(total / Double(seeds) / truth - 1) < 0.03, "\(total / Double(seeds)) against \(truth) s")
    }

    /// Means of the latency, less what is constant, over 26 batches of half a minute: 250 arrivals each, many relaxation times.
    private func batchMeans(_ plan: Plan, seed: UInt64) async throws -> [Double] {
        let batches = 26
        var sums = Array(repeating: 0.0, count: batches)
        var counts = Array(repeating: 0, count: batches)
        let run = try await simulate(plan, seed: seed)
        for record in run.records {
            guard case .window(let window) = record.event, window.kind == .requests, record.time >= Self.warmUp else {
                continue
            }
            let batch = min(batches - 1, Int((record.time - Self.warmUp) / (30 * s)))
            #expect(window.succeeded == window.requests)
            for pair in window.latency {
                // The middle of a bucket of 3 % at most: over hundreds of latencies the error is below 0.1 %.
                let low = pair.bucket == 0 ? 0 : LatencyHistogram.upperBound(of: pair.bucket - 1)
                let middle = Double(low + LatencyHistogram.upperBound(of: pair.bucket)) / 2 - Double(4 * Self.local)
                sums[batch] += middle / 1e9 * Double(pair.count)
                counts[batch] += pair.count
            }
        }
        return zip(sums, counts).map { $0 / Double($1) }
    }

    /// Student's 99 % interval of a mean of 26 batches (t = 2.787) or 20 (t = 2.861).
    private func interval(_ values: [Double]) -> (mean: Double, half: Double) {
        let n = Double(values.count)
        let mean = values.reduce(0, +) / n
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
        return (mean, (values.count == 26 ? 2.787 : 2.861) * (variance / n).squareRoot())
    }

    @Test func `arrivals of many sparse clients are Poisson on the queue's time scale`() async throws {
        let plan = try plan(workers: 1, service: 60)
        var counts: [Double] = []
        var gaps: [Double] = []
        for seed in 0..<UInt64(10) {
            let all = (0..<Self.clients).flatMap { client in
                intendedStarts(of: "c\(client)", plan: plan, seed: seed).prefix(16)
                    .filter { $0 >= Self.warmUp && $0 < 900 * s }
            }.sorted()
            for window in 0..<390 {
                let start = Self.warmUp + Int64(window) * 2 * s
                counts.append(Double(all.count { $0 >= start && $0 < start + 2 * s }))
            }
            for (a, b) in zip(all, all.dropFirst()) { gaps.append(Double(b - a) / 1e9 * Double(Self.clients) / 60) }
        }
        let mean = counts.reduce(0, +) / Double(counts.count)
        let variance = counts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(counts.count - 1)
        #expect(abs(mean / (500.0 / 30) - 1) < 0.02)
        #expect(abs(variance / mean - 1) < 0.08, "index of dispersion over 2 s: \(variance / mean)")
        // Exponential gaps: P(gap > 1) = 1/e, P(gap > 3) = e^-3, and their square has mean 2.
        #expect(abs(Double(gaps.count { $0 > 1 }) / Double(gaps.count) - 0.36788) < 0.01)
        #expect(abs(Double(gaps.count { $0 > 3 }) / Double(gaps.count) - 0.04979) < 0.005)
        #expect(abs(gaps.reduce(0) { $0 + $1 * $1 } / Double(gaps.count) - 2) < 0.06)
    }

    // MARK: k of n

    /// Three agents, each killed and let go in turn after exponential times: up 20 s on average, down 5 s. The supervisor starts
    /// at once and the start takes no time, so an agent's availability is A = 20 / 25, and that at least two of three are up
    /// has the probability 3A²(1 − A) + A³.
    ///
    /// It is seen through the clients' chains. A chain shows the agent as it was at the last request; requests fall at
    /// times of their own, so a chain is down with probability 1 − A at any instant, like the agent.
    @Test(arguments: [2, 3])
    func `two (and three) of three repairable agents are up as often as the binomial says`(k: Int) async throws {
        let fleet = FleetText(
            groups: ["{ group: front, host: A, profile: swift, members: [ Alpha, Beta, Gamma ] }"],
            profiles: [
                "swift: { time: 0ms (assumed 0ms..1ms), spread: constant, workers: 64 (assumed 1..64), queue: 64 (assumed 1..64), startup: 0s (assumed 0s..1s), memory: 1B (assumed 1B..2B) }"
            ],
            set: ["policies.restart.delay=0s", "policies.restart.cap=0s", "policies.restart.limit=1000000"])
        var plan = try readPlan(fleet, phases: (1, 1, 1), rate: "4/s")
        plan.phases = Phases(baseline: 0, faults: 2060 * s, recovery: 0)
        let a = 0.8
        let truth = k == 3 ? a * a * a : 3 * a * a * (1 - a) + a * a * a
        let seeds = count(60, full: 200)
        var inside = 0
        for seed in 0..<UInt64(seeds) {
            let run = try await simulate(plan, seed: seed, schedule: renewals(plan, seed: seed))
            let (mean, half) = interval(shares(run, k: k))
            if abs(mean - truth) <= half { inside += 1 }
        }
        #expect(Double(inside) / Double(seeds) >= 0.96, "\(inside) of \(seeds) intervals contain \(truth)")
    }

    private func renewals(_ plan: Plan, seed: UInt64) -> Schedule {
        var instances: [FaultInstance] = []
        for agent in 0..<3 {
            let stream = Stream(seed: seed, purpose: .startup, entity: UInt64(agent))
            var now: Nanoseconds = 0
            var draw: UInt64 = 0
            while true {
                let up = Distribution.exponential.sample(mean: 20 * s, random: stream[draw])
                let down = max(1, Distribution.exponential.sample(mean: 5 * s, random: stream[draw + 1]))
                draw += 2
                guard now + up < plan.phases.faultsEnd else { break }
                let id = "a\(agent)#\(draw / 2)"
                instances.append(
                    FaultInstance(
                        id: id, faultID: "a\(agent)", fault: .kill, targets: .members([.agent(agent)]),
                        start: .at(now + up), duration: down))
                now += up + down
            }
        }
        return Schedule(seed: seed, instances: instances, blastRadius: RandomPlan.nobody)
    }

    /// The share of time with at least `k` chains up, in 20 batches of 100 s after a minute.
    private func shares(_ run: Run, k: Int) -> [Double] {
        var up = 3
        var since = 60 * s
        var good = Array(repeating: Nanoseconds(0), count: 20)
        func pass(to time: Nanoseconds) {
            while since < time {
                let batch = Int((since - 60 * s) / (100 * s))
                guard batch < good.count else { return }
                let end = min(time, 60 * s + Int64(batch + 1) * 100 * s)
                if up >= k { good[batch] += end - since }
                since = end
            }
        }
        for record in run.records {
            guard case .availability(_, let isUp) = record.event else { continue }
            if record.time > 60 * s { pass(to: record.time) }
            up += isUp ? 1 : -1
        }
        pass(to: 2060 * s)
        return good.map { Double($0) / Double(100 * s) }
    }
}
