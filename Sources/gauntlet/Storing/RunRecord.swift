import ChaosPlan

/// `run.json`: what was asked for and how it ended; with the files beside it all that a replay needs.
struct RunRecord: Codable {
    struct StoredFile: Codable {
        /// As the scenario (or `--fleet`) names it.
        var path: String
        /// Where its text lies, relative to the run's directory.
        var stored: String
    }

    static let format = 1
    static let running = "running"
    static let died = "died"

    var gauntletRun = format
    var version: String
    /// With the variant: `partition@2min`.
    var scenario: String
    var variant: String?
    /// Of the journal beside it: of a repeated run, the worst seed.
    var seed: UInt64
    /// Of a repeated run.
    var seeds: [UInt64]?
    var overrides: [String]
    var disable: [String]
    /// Given with `--fleet`.
    var fleetFile: String?
    /// The scenario first.
    var files: [StoredFile]
    var planDigest: String
    var fleetDigest: String
    var world = "simulated"
    /// Present where a monitoring watched the fleet.
    var isMonitored: Bool?
    /// Present where virtual time was held to the clock: seconds of it in each real one.
    var pace: Double?
    /// UTC.
    var started: String
    /// `running` until the run is over; then `completed`, `interrupted` or `aborted: RULE`; `died` if nobody ended it, once somebody
    /// has found that out.
    var ending = running
    /// How far the run had come when it noticed the operator's first interrupt, and the second.
    var interruptsNs: [Nanoseconds] = []
    var failedInjections: [String] = []
    var failedReverts: [String] = []
    var journalHash: String?
    var exitCode: Int32?
}
