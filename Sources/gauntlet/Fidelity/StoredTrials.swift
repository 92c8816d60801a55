import ChaosCompare
import ChaosPlan
import ChaosScore
import Foundation

/// Trials on disk, and the report made of them.
enum StoredTrials {
    static let json = "fidelity.json"
    static let page = "fidelity.html"
    static let summary = "fidelity.md"
    static let calibration = "calibration.json"

    /// Of every scenario that has an index below `root`, by name.
    static func read(_ root: String) throws(Failure) -> [FidelityTrials] {
        guard TextFile.isDirectory(root), let names = try? FileManager.default.contentsOfDirectory(atPath: root) else {
            throw Failure(.invalidPlan, "\(root) is no directory of trials")
        }
        let files = names.sorted().map { "\(root)/\($0)/\(TrialIndex.file)" }.filter(TextFile.exists)
        guard !files.isEmpty else {
            throw Failure(.invalidPlan, "\(root) has no trials: no \(TrialIndex.file) in a directory below it")
        }
        var all: [FidelityTrials] = []
        for file in files {
            let index = try TrialIndex.read(file)
            var trials = FidelityTrials(scenario: index.scenario, simulated: [], live: [])
            for entry in index.trials {
                let card = try StoredRun.scorecard("\(root)/\(entry.run)")
                guard card.world == entry.world else {
                    throw Failure(
                        .invalidPlan, "\(file): \(entry.run) is a \(card.world) run, listed as \(entry.world)")
                }
                let trial = FidelityTrial(seed: entry.seed, run: entry.run, scorecard: card)
                switch (entry.model, entry.world) {
                case (.naive, _): trials.naive.append(trial)
                case (.full, "live"): trials.live.append(trial)
                case (.full, _): trials.simulated.append(trial)
                }
            }
            all.append(trials)
        }
        return all
    }

    /// Writes JSON, page and summary; returns the report.
    static func report(_ root: String) throws(Failure) -> FidelityReport {
        let file = "\(root)/\(calibration)"
        let record = TextFile.exists(file) ? try readCalibration(file) : nil
        let report = FidelityReport(try read(root), calibration: record)
        try TextFile.write(JSONText.encode(report) + "\n", to: "\(root)/\(json)")
        try TextFile.write(FidelityPage.render(report), to: "\(root)/\(page)")
        try TextFile.write(report.summary, to: "\(root)/\(summary)")
        return report
    }

    static func readCalibration(_ file: String) throws(Failure) -> CalibrationRecord {
        let record = try JSONText.decode(CalibrationRecord.self, from: TextFile.read(file), file: file)
        guard record.gauntletCalibration == CalibrationRecord.format else {
            throw Failure(
                .invalidPlan,
                "\(file): format \(record.gauntletCalibration); this version reads \(CalibrationRecord.format)")
        }
        return record
    }
}
