import ChaosHistory
import Foundation
import Testing

/// `gauntlet trend --html` of a history with all that such a page can have: shifts both ways, versions, a limit, values that never
/// move, equal seeds that changed, a second scenario with few runs.
enum TrendSample {
    static let page = Result { try make() }

    private static func make() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gauntlet-trend-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let history = try History(path: "\(folder)/\(History.fileName)")
        try history.record(
            (0..<40).map { run("hub-failover", "live", $0) } + (0..<12).map { run("hub-failover", "simulated", $0) }
                + (0..<3).map { run("partition@2min", "live", $0) })
        let process = Process()
        process.executableURL = program
        process.arguments = ["trend", "--out", folder, "--html", "\(folder)/trend.html"]
        process.standardOutput = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return try String(contentsOfFile: "\(folder)/trend.html", encoding: .utf8)
    }

    /// The hub's failover gets slower with the second version and quicker with the third.
    private static func run(_ scenario: String, _ world: String, _ index: Int) -> RunEntry {
        let version = ["0.9.0", "1.0.0-with-a-long-name", "1.1.0"][min(2, index / 15)]
        let wobble = Double((index * 7) % 5) / 10
        let seconds = (index / 15 == 1 ? 6.1 : 2.3) + wobble
        let isHeld = seconds < 5
        let verdict = index == 4 ? "inconclusive" : isHeld ? "held" : "deviated"
        // Simulated ones come in pairs of one seed, and the last pair's histories differ.
        let seed = world == "simulated" ? UInt64(1 + index / 2) : UInt64(index + 1)
        let hash = String(repeating: index == 11 ? "b" : "a", count: 15) + "\(seed % 10)"
        func objective(_ id: String, _ metric: String, _ value: Double?, limit: Double, isMinimum: Bool)
            -> ObjectiveEntry
        {
            ObjectiveEntry(
                id: id, metric: metric, promise: nil,
                judgement: value.map { isMinimum ? $0 >= limit : $0 <= limit } == true ? "held" : "missed",
                value: value, isCensored: false, limit: limit, isMinimum: isMinimum, isInvariant: false,
                isAdvisory: false)
        }
        return RunEntry(
            directory: "\(scenario)/202611\(index < 9 ? "0" : "")\(index + 1)-0000\(world.count)-\(index)",
            scenario: scenario, fleet: "two-machine", world: world, seed: seed, seedCount: 1,
            planDigest: "0123456789abcdef", fleetDigest: "fedcba9876543210", journalHash: hash, version: version,
            started: 1_795_000_000 + Int64(index) * 86_400, ending: "completed", exitCode: isHeld ? 0 : 1,
            verdict: verdict, score: isHeld ? 99.5 - wobble : 71 + wobble, coverage: 100,
            availability: isHeld ? 0.9991 - wobble / 10_000 : 0.9952,
            objectives: [
                objective(
                    "failover-time-kill-edge-hub", "failover-time", index == 4 ? nil : seconds * 1e9, limit: 5e9,
                    isMinimum: false),
                objective("availability-budget", "availability", 0.9993 - wobble / 1e4, limit: 0.999, isMinimum: true),
                objective("acknowledged-loss", "acknowledged-loss", 0, limit: 0, isMinimum: false),
            ])
    }

    /// Built beside the tests.
    private static let program: URL = {
        let bundle =
            Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundlePath ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appending(path: "gauntlet")
    }()
}
