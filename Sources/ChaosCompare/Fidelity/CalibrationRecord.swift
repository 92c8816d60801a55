/// Where a fleet file's measured values come from: written beside it by `gauntlet calibrate`, printed by every fidelity
/// report, so that what was calibrated on is never taken for what was validated.
public struct CalibrationRecord: Codable, Hashable, Sendable {
    public struct Value: Codable, Hashable, Sendable {
        /// In the fleet file: `profiles.standard.time`.
        public var path: String
        public var before: String
        public var after: String
        /// How many measurements it was made of.
        public var samples: Int
        /// How it was made of them, one sentence.
        public var method: String

        public init(path: String, before: String, after: String, samples: Int, method: String) {
            self.path = path
            self.before = before
            self.after = after
            self.samples = samples
            self.method = method
        }
    }

    /// Measured latencies of one profile's agents without faults, at 5, 10, … 95, 99 %.
    public struct Quantiles: Codable, Hashable, Sendable {
        public var profile: String
        public var samples: Int
        public var latencyNs: [Int64]

        public init(profile: String, samples: Int, latencyNs: [Int64]) {
            self.profile = profile
            self.samples = samples
            self.latencyNs = latencyNs
        }
    }

    public static let format = 1

    public var gauntletCalibration = format
    public var fleet: String
    /// Run directories, as they were given.
    public var runs: [String]
    public var worlds: [String]
    /// Of the engine.
    public var version: String
    /// Of the source, where it is known.
    public var commit: String?
    /// UTC.
    public var date: String
    public var values: [Value]
    public var quantiles: [Quantiles]
    /// What could not be measured, one sentence each.
    public var missing: [String]

    /// Whether a trial's run, whose path counts from the directory of trials, is one of those that were calibrated on.
    func used(_ run: String) -> Bool {
        runs.contains { given in
            var path = given
            while path.hasSuffix("/") { path.removeLast() }
            return path == run || path.hasSuffix("/" + run)
        }
    }

    public init(
        fleet: String, runs: [String], worlds: [String], version: String, commit: String?, date: String,
        values: [Value], quantiles: [Quantiles], missing: [String]
    ) {
        self.fleet = fleet
        self.runs = runs
        self.worlds = worlds
        self.version = version
        self.commit = commit
        self.date = date
        self.values = values
        self.quantiles = quantiles
        self.missing = missing
    }
}
