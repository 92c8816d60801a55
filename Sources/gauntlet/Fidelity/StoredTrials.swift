import ChaosCompare
import ChaosPlan
import ChaosReport
import ChaosScore
import Foundation

/// Trials on disk, and the report made of them.
enum StoredTrials {
    static let json = "fidelity.json"
    static let page = "fidelity.html"
    static let summary = "fidelity.md"
    static let grades = "grades.json"
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
        var fleetFiles: [UInt64: String?] = [:]
        for file in files {
            let index = try TrialIndex.read(file)
            var trials = FidelityTrials(scenario: index.scenario, simulated: [], live: [])
            trials.isMeasured = index.measuredPlanDigest != nil
            for entry in index.trials {
                let path = "\(root)/\(entry.run)"
                let card = try StoredRun.scorecard(path)
                let store = try StoredRun.store(path)
                let record = try store.readRecord()
                guard card.world == entry.world else {
                    throw Failure(
                        .invalidPlan, "\(file): \(entry.run) is a \(card.world) run, listed as \(entry.world)")
                }
                // Hundreds of trials share a fleet; its name is looked for once.
                let fleetFile = fleetFiles[card.fleetDigest] ?? self.fleetFile(of: record, in: store)
                fleetFiles[card.fleetDigest] = .some(fleetFile)
                let trial = FidelityTrial(
                    seed: entry.seed, run: entry.run, scorecard: card, fleetFile: fleetFile, started: record.started)
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

    /// The bare name of the file that a run's fleet was read from; nil where the run does not tell.
    private static func fleetFile(of record: RunRecord, in store: RunStore) -> String? {
        let file = record.fleetFile ?? record.files.first { FileKind.of(store.path(of: $0.stored)) == .fleet }?.path
        return file.map(ScenarioLocator.name(of:))
    }

    /// Writes JSON, page, summary and grades; returns the report.
    static func report(_ root: String) throws(Failure) -> FidelityReport {
        let file = "\(root)/\(calibration)"
        let record = TextFile.exists(file) ? try readCalibration(file) : nil
        let report = FidelityReport(try read(root), calibration: record)
        try TextFile.write(JSONText.encode(report) + "\n", to: "\(root)/\(json)")
        try TextFile.write(FidelityPage.render(report), to: "\(root)/\(page)")
        try TextFile.write(report.summary, to: "\(root)/\(summary)")
        try TextFile.write(GradeBookJSON.encode(report.gradeBook), to: "\(root)/\(grades)")
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
