import ChaosPlan

/// `trials.json`: which runs of a scenario are trials, and of what. Written anew after each trial, so that nothing that was
/// run is run again.
struct TrialIndex: Codable {
    enum Model: String, Codable {
        case full
        /// Of a simpler fleet file, for comparison.
        case naive
    }

    struct Entry: Codable {
        var world: String
        var model: Model
        var seed: UInt64
        /// Relative to the directory that fidelity was given.
        var run: String
    }

    static let format = 1
    static let file = "trials.json"

    var gauntletTrials = format
    /// With its variant.
    var scenario: String
    /// Of the plan that live trials ran, and simulated ones without a measured fleet: trials of two plans are no sample.
    var planDigest: String
    /// Of the same plan on the measured fleet, which the simulated trials ran.
    var measuredPlanDigest: String?
    var naivePlanDigest: String?
    var trials: [Entry] = []

    func has(_ world: String, _ model: Model, _ seed: UInt64) -> Bool {
        trials.contains { $0.world == world && $0.model == model && $0.seed == seed }
    }

    static func read(_ file: String) throws(Failure) -> TrialIndex {
        let index = try JSONText.decode(TrialIndex.self, from: TextFile.read(file), file: file)
        guard index.gauntletTrials == format else {
            throw Failure(.invalidPlan, "\(file): format \(index.gauntletTrials); this version reads \(format)")
        }
        return index
    }

    func write(to file: String) throws(Failure) { try TextFile.write(JSONText.encode(self) + "\n", to: file) }
}
