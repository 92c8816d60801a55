import ChaosHistory
import Foundation

/// A folder that is gone when the test is over.
final class Scratch: Sendable {
    let folder: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("history-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        folder = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var path: String { "\(folder)/\(History.fileName)" }

    func open() throws -> History { try History(path: path) }
}

extension RunEntry {
    /// The `number`-th run of a scenario: an hour later than the one before.
    static func sample(
        _ number: Int, scenario: String = "hub-failover", world: String = "simulated", seed: UInt64? = nil,
        version: String = "0.1.0", verdict: String = "held", score: Double? = 98.5, failover: Double? = 3.4e9,
        hash: String? = nil
    ) -> RunEntry {
        RunEntry(
            directory: "\(scenario)/\(world)-\(number)", scenario: scenario, fleet: "two-machine", world: world,
            seed: seed ?? UInt64(number), seedCount: 1, planDigest: "00000000000000aa",
            fleetDigest: "00000000000000bb", journalHash: hash ?? String(number, radix: 16), version: version,
            started: 1_800_000_000 + Int64(number) * 3600, ending: "completed",
            exitCode: verdict == "held" ? 0 : verdict == "deviated" ? 1 : 2, verdict: verdict, score: score,
            coverage: 100, availability: 0.9995,
            objectives: [
                ObjectiveEntry(
                    id: "availability", metric: "availability", promise: "availability", judgement: "held",
                    value: 0.9995, isCensored: false, limit: 0.999, isMinimum: true, isInvariant: false,
                    isAdvisory: false),
                ObjectiveEntry(
                    id: "failover-time-kill", metric: "failover-time", promise: nil,
                    judgement: failover == nil ? "inconclusive" : "held", value: failover, isCensored: false,
                    limit: 5e9, isMinimum: false, isInvariant: true, isAdvisory: true),
            ])
    }
}
