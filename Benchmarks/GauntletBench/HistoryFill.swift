import ChaosHistory
import ChaosPlan
import Foundation

/// Makes a history of runs that never were, with eight objectives each.
enum HistoryFill {
    static func run(_ folder: String, count: Int, scenarios: Int) throws {
        let draw = Draw(seed: 1, purpose: .init("history"), entity: 0)
        let entries = (0..<count).map { entry($0, of: count, scenarios: scenarios, chance: draw[UInt64($0)]) }
        let path = "\(folder)/\(History.fileName)"
        let began = ContinuousClock.now
        do { try History(path: path).record(entries) }
        print("wall=\(Machine.seconds(since: began))")
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        print("size=\(Double(size) / 1e6)")
    }

    private static func entry(_ number: Int, of count: Int, scenarios: Int, chance: UInt64) -> RunEntry {
        let scenario = number % scenarios
        let isLive = number / scenarios % 2 == 1
        // Late enough to lie within the runs that a trend is drawn of.
        let isShifted = scenario % 5 == 0 && number > count - min(count, 200 * scenarios) / 2
        let noise = Double(chance >> 11) * 0x1p-53
        let time = ((isShifted ? 7 : 3) + noise) * 1e9
        return RunEntry(
            directory: "scenario-\(scenario)/run-\(number)", scenario: "scenario-\(scenario)", fleet: "two-machine",
            world: isLive ? "live" : "simulated", seed: UInt64(number), seedCount: 1, planDigest: "00000000000000aa",
            fleetDigest: "00000000000000bb", journalHash: JournalHash.text(chance),
            version: isShifted ? "0.2.0" : "0.1.0",
            started: 1_700_000_000 + Int64(number) * 600, ending: "completed", exitCode: 0, verdict: "held",
            score: 100 - noise * (isShifted ? 20 : 5), coverage: 100, availability: 1 - noise / 1000,
            objectives: (0..<8).map { index in
                ObjectiveEntry(
                    id: "failover-time-fault-\(index)", metric: "failover-time", promise: "hub-failover",
                    judgement: "held", value: time + Double(index) * 1e8, isCensored: false, limit: 9e9,
                    isMinimum: false, isInvariant: false, isAdvisory: false)
            })
    }
}
