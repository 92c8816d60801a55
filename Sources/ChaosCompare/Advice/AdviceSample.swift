import ChaosPlan
import ChaosRun
import ChaosScore

/// What one run tells an adviser, and no more: thousands of them are kept.
struct AdviceSample: Sendable {
    struct Result: Hashable, Sendable {
        var judgement: Judgement
        var value: Double?
        var isCensored: Bool
        /// It went wrong whatever its value.
        var isFailed: Bool
    }

    var seed: UInt64
    var hash: JournalHash
    /// In the plan's order.
    var objectives: [Result]
    /// Why the run as a whole cannot be judged; nil if it can.
    var doubt: String?
    /// By `AdviceFact`, in its order; nil where there is no evidence.
    var facts: [Double?]

    func fact(_ fact: AdviceFact) -> Double? { facts[AdviceFact.allCases.firstIndex(of: fact)!] }

    /// - Parameter isControl: without faults: only its false detections are of interest.
    static func take(_ plan: Plan, seed: UInt64, isControl: Bool) async throws(WorldError) -> AdviceSample {
        var counts = Counts()
        var schedule = Schedule.draw(plan, seed: seed)
        if isControl { schedule.instances = [] }
        let trial = try await Trial.run(plan, seed: seed, schedule: schedule) { _ in [{ counts.consume($0) }] }
        let card = trial.scorecard
        return AdviceSample(
            seed: seed, hash: trial.hash,
            objectives: card.objectives.map { result in
                let isWithin = result.value.map { isHeld($0, result.objective.limit) } ?? false
                return Result(
                    judgement: result.judgement, value: result.value, isCensored: result.censored,
                    isFailed: result.judgement == .missed && isWithin)
            },
            doubt: isControl ? nil : card.inconclusiveReasons.first,
            facts: AdviceFact.allCases.map { value($0, card.facts, counts, plan) })
    }

    private static func isHeld(_ value: Double, _ limit: Objective.Limit) -> Bool {
        switch limit {
        case .max(let limit): value <= limit
        case .min(let limit): value >= limit
        }
    }

    /// Reactions by what they are.
    private struct Counts {
        var openings = 0
        var detections = 0
        var restarts = 0

        mutating func consume(_ record: JournalRecord) {
            guard case .mechanism(let event) = record.event else { return }
            switch (event.mechanism, event.role) {
            case (.breaker, .detect): openings += 1
            case (.agentFailover, .detect), (.hubFailover, .detect), (.partitionDetector, .detect),
                (.brokerElection, .detect):
                detections += 1
            case (.restart, _) where event.to == "starting": restarts += 1
            default: break
            }
        }
    }

    private static func value(_ fact: AdviceFact, _ facts: Facts, _ counts: Counts, _ plan: Plan) -> Double? {
        let totals = facts.totals
        switch fact {
        case .traffic:
            return Double(totals.callsSent + totals.published + totals.redelivered) + heartbeats(plan, facts.duration)
        case .callsSent: return Double(totals.callsSent)
        case .published: return Double(totals.published)
        case .heartbeats: return heartbeats(plan, facts.duration)
        case .availability: return facts.availability
        case .successRatio: return facts.successRatio
        case .latencyP50: return facts.latencyP50.map { Double($0) }
        case .latencyP95: return facts.latencyP95.map { Double($0) }
        case .latencyP99: return facts.latencyP99.map { Double($0) }
        case .downtime: return Double(facts.downtime.reduce(Int64(0)) { $0 + $1.down }) / 1e9
        case .breakerOpenings: return Double(counts.openings)
        // Of a control run it is what is false; the search puts it in its place.
        case .detections, .falseDetections: return Double(counts.detections)
        case .restarts: return Double(counts.restarts)
        case .lost: return Double(totals.lost)
        case .bufferDropped: return Double(totals.bufferDropped)
        case .bufferHighWater: return Double(totals.bufferHighWater)
        case .redelivered: return Double(totals.redelivered)
        case .diskHighWater: return totals.diskHighWater.fraction
        }
    }

    /// Every agent to every hub, every hub to every other, and leaders of the broker to their followers.
    private static func heartbeats(_ plan: Plan, _ length: Nanoseconds) -> Double {
        let fleet = plan.fleet
        let hubs = Double(fleet.hubs.count)
        let pairs = hubs * max(0, hubs - 1)
        func count(_ senders: Double, every period: Nanoseconds) -> Double {
            period > 0 ? senders * Double(length) / Double(period) : 0
        }
        let servers = fleet.broker.mode == .cluster ? Double(max(0, fleet.broker.servers.count - 1)) : 0
        return count(Double(fleet.agents.count) * hubs + pairs, every: fleet.policies.heartbeat.period)
            + count(pairs, every: fleet.policies.partition.syncPeriod) + count(servers, every: fleet.broker.heartbeat)
    }
}
