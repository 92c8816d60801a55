internal import Foundation

/// Evidence gathered run by run about a long promise: available for 99.9 % of 168 hours.
///
/// Time of which nothing is known, because nothing ran or because a run was inconclusive, is missing coverage; it is taken
/// neither for up nor for down.
public struct Validation: Codable, Hashable, Sendable {
    /// One run.
    public struct Piece: Codable, Hashable, Sendable {
        public var directory: String
        public var seed: UInt64
        /// Seconds since 1970, UTC.
        public var started: Int64
        /// Seconds of the fleet's time that it took, and those of them that it measured.
        public var length: Int64
        public var measured: Int64
        /// Agent-seconds of downtime.
        public var lost: Double
        /// The same at the rate of faults that the plan assumes, for runs with more faults than that.
        public var judgedLost: Double
        public var verdict: String

        public init(
            directory: String, seed: UInt64, started: Int64, length: Int64, measured: Int64, lost: Double,
            judgedLost: Double, verdict: String
        ) {
            self.directory = directory
            self.seed = seed
            self.started = started
            self.length = length
            self.measured = measured
            self.lost = lost
            self.judgedLost = judgedLost
            self.verdict = verdict
        }
    }

    public static let format = 1

    public var gauntletValidation = format
    public var name: String
    /// With its variant.
    public var scenario: String
    public var world: String
    /// What a continued validation must have kept.
    public var planDigest: String
    public var agents: Int
    /// Seconds.
    public var wanted: Int64
    /// 0...1.
    public var promised: Double
    /// 0...100.
    public var minimumCoverage: Double
    /// Seconds since 1970, UTC.
    public var begun: Int64
    public var pieces: [Piece] = []

    public init(
        name: String, scenario: String, world: String, planDigest: String, agents: Int, wanted: Int64, promised: Double,
        minimumCoverage: Double, begun: Int64
    ) {
        self.name = name
        self.scenario = scenario
        self.world = world
        self.planDigest = planDigest
        self.agents = agents
        self.wanted = wanted
        self.promised = promised
        self.minimumCoverage = minimumCoverage
        self.begun = begun
    }

    /// Seconds with evidence.
    public var gathered: Int64 { pieces.reduce(0) { $0 + $1.measured } }

    /// Seconds of the promised window that have passed: in the real world by the clock, in the simulator what was simulated.
    public func passed(at now: Int64) -> Int64 {
        world == "live" ? max(0, min(wanted, now - begun)) : min(wanted, pieces.reduce(0) { $0 + $1.length })
    }

    /// Whether the window is over.
    public func isComplete(at now: Int64) -> Bool { passed(at: now) >= wanted }

    /// 0...100, of the time that has passed.
    public func coverage(at now: Int64) -> Double {
        let passed = passed(at: now)
        return passed == 0 ? 0 : min(100, 100 * Double(gathered) / Double(max(passed, min(gathered, wanted))))
    }

    /// User-uptime of the measured time, 0...1, at the rate of faults that was run; nil without evidence.
    public var availability: Double? { share(of: pieces.reduce(0) { $0 + $1.lost }) }

    /// The same at the assumed rate of faults: what the promise is about.
    public var judgedAvailability: Double? { share(of: pieces.reduce(0) { $0 + $1.judgedLost }) }

    private func share(of lost: Double) -> Double? {
        gathered == 0 || agents == 0 ? nil : 1 - lost / (Double(gathered) * Double(agents))
    }

    /// `held`, `deviated` or `inconclusive`; nil while it may still become any of them.
    ///
    /// It has deviated as soon as the whole window's budget is spent, or a run has; else it is held only with enough coverage.
    public func verdict(at now: Int64) -> String? {
        let lost = pieces.reduce(0) { $0 + $1.judgedLost }
        if lost > (1 - promised) * Double(wanted) * Double(agents) { return "deviated" }
        guard isComplete(at: now) else { return nil }
        if pieces.contains(where: { $0.verdict == "deviated" }) { return "deviated" }
        guard coverage(at: now) >= minimumCoverage, let judgedAvailability else { return "inconclusive" }
        return judgedAvailability >= promised ? "held" : "deviated"
    }

    // MARK: Files

    /// Below the folder of reports.
    public static func file(_ name: String, in reports: String) -> String { "\(reports)/validations/\(name).json" }

    public var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        guard let data = try? encoder.encode(self) else { preconditionFailure("a validation could not be encoded") }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    /// Nil for a damaged file, or one of another version.
    public static func read(_ json: String) -> Validation? {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let found = try? decoder.decode(Validation.self, from: Data(json.utf8)) else { return nil }
        return found.gauntletValidation == format ? found : nil
    }
}
