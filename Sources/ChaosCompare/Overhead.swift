public import ChaosPlan
public import ChaosRun
import ChaosScore
import ChaosSim

/// What the fleet's mechanisms cost while nothing is wrong: the same seeds without faults, mechanisms on and off.
public struct Overhead: Sendable {
    /// The promise: less than this in percent.
    public static let limit = 10.0

    /// A fleet without faults over all seeds together.
    public struct Load: Hashable, Sendable {
        /// From the intended start, of the successful requests of the whole run; nil without any.
        public var latencyP50: Nanoseconds?
        public var latencyP95: Nanoseconds?
        public var requests: Int
        public var succeeded: Int
        /// Calls between members, retries included.
        public var callsSent: Int
    }

    public var seeds: [UInt64]
    public var with: Load
    public var without: Load

    /// - Parameters:
    ///   - plan: with mechanisms as the fleet has them; its faults are left out.
    ///   - without: the same plan, read with mechanisms disabled.
    public static func measure(
        _ plan: Plan, without: Plan, seeds: [UInt64] = [1]
    ) async throws(WorldError) -> Overhead {
        Overhead(seeds: seeds, with: try await load(plan, seeds), without: try await load(without, seeds))
    }

    private static func load(_ plan: Plan, _ seeds: [UInt64]) async throws(WorldError) -> Load {
        var latency = LatencyHistogram()
        var sum = Totals()
        for seed in seeds {
            var schedule = Schedule.draw(plan, seed: seed)
            schedule.instances = []
            _ = try await SimulatedRun.run(plan, seed: seed, schedule: schedule) { _ in
                [
                    { record in
                        switch record.event {
                        case .window(let window) where window.kind == .requests: latency.add(window.latency)
                        case .totals(let totals):
                            sum.requests += totals.requests
                            sum.succeeded += totals.succeeded
                            sum.callsSent += totals.callsSent
                        default: break
                        }
                    }
                ]
            }
        }
        return Load(
            latencyP50: latency.quantile(0.5), latencyP95: latency.quantile(0.95), requests: sum.requests,
            succeeded: sum.succeeded, callsSent: sum.callsSent)
    }

    /// In percent; negative where mechanisms save time. Nil without evidence.
    public var latencyP50: Double? { Self.percent(with.latencyP50, without.latencyP50) }
    public var latencyP95: Double? { Self.percent(with.latencyP95, without.latencyP95) }
    public var callsSent: Double? { Self.percent(Int64(with.callsSent), Int64(without.callsSent)) }

    /// The largest of the three.
    public var worst: Double? { [latencyP50, latencyP95, callsSent].compactMap { $0 }.max() }

    /// Nil without evidence.
    public var isWithinPromise: Bool? { worst.map { $0 < Self.limit } }

    private static func percent(_ with: Int64?, _ without: Int64?) -> Double? {
        guard let with, let without, without > 0 else { return nil }
        return (Double(with) / Double(without) - 1) * 100
    }

    /// For the terminal.
    public var text: String {
        var table = TextTable(["", "with", "without", "overhead"])
        table.add(["latency p50"] + Self.times(with.latencyP50, without.latencyP50) + [Self.words(latencyP50)])
        table.add(["latency p95"] + Self.times(with.latencyP95, without.latencyP95) + [Self.words(latencyP95)])
        table.add(["calls sent", "\(with.callsSent)", "\(without.callsSent)", Self.words(callsSent)])
        let verdict =
            switch isWithinPromise {
            case nil: "no evidence: nothing was asked or answered"
            case true?:
                "\(Self.words(worst)) at worst, within the promised \(Quantity.decimal(Self.limit, places: 1)) %"
            case false?:
                "\(Self.words(worst)) at worst, against the promised \(Quantity.decimal(Self.limit, places: 1)) %"
            }
        return
            "Mechanisms without faults, \(seeds.count == 1 ? "seed \(seeds[0])" : "\(seeds.count) seeds"): \(verdict)\n"
            + table.text + "  (latencies are read from buckets 3 % wide)\n"
    }

    private static func times(_ with: Nanoseconds?, _ without: Nanoseconds?) -> [String] {
        guard let with, let without else {
            return [with, without].map { $0.map { Quantity.text(duration: $0) } ?? "none" }
        }
        let pair = Quantity.pair(Double(with), Double(without), unit: .time)
        return [pair.value, pair.limit]
    }

    private static func words(_ percent: Double?) -> String {
        percent.map { ($0 > 0 ? "+" : "") + Quantity.decimal($0, places: 2) + " %" } ?? "none"
    }
}
