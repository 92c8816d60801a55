import ChaosHistory
import ChaosReport
import ChaosScore
import Foundation

/// Takes runs into the history that lie on disk and are not in it: of an older version, or copied from another machine.
struct RunImport {
    var recorded = 0
    /// Runs that died before they were scored, or that still go on.
    var unfinished = 0
    /// Why others were left out.
    var problems: [String] = []

    /// Those that are recorded already are not read again.
    mutating func run(root: String, into history: History) throws(Failure) {
        let known = try RunHistory.ask { try history.directories() }
        var entries: [RunEntry] = []
        for store in Self.stores(under: root) {
            do throws(Failure) {
                let record = try store.readRecord()
                guard let place = RunHistory.place(of: store, scenario: record.scenario) else { continue }
                // One whose directory was gone and is back is recorded as there again.
                if known[place.directory] == false { continue }
                guard let entry = try Self.entry(store, record, at: place) else {
                    unfinished += 1
                    continue
                }
                entries.append(entry)
            } catch {
                problems.append(error.message)
            }
        }
        recorded = entries.count
        try RunHistory.ask { try history.record(entries) }
    }

    /// `root/SCENARIO/RUN` with a `run.json`, by name; links are not followed.
    static func stores(under root: String) -> [RunStore] {
        names(in: root).flatMap { scenario in
            names(in: "\(root)/\(scenario)").map { RunStore(path: "\(root)/\(scenario)/\($0)") }
        }.filter { TextFile.exists($0.path(of: RunStore.record)) }
    }

    private static func names(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().filter { PlainFile.kind("\(folder)/\($0)") == .directory }
    }

    private static func entry(
        _ store: RunStore, _ record: RunRecord, at place: RunHistory.Place
    ) throws(Failure) -> RunEntry? {
        let file = store.path(of: RunDirectory.scorecard)
        guard TextFile.exists(file) else { return nil }
        let isRepeated = (record.seeds?.count ?? 1) > 1
        var ending = record.ending
        if ending == RunRecord.running {
            // Of many seeds the scorecard is there before the journal; of one it is there only when somebody scored a run that died.
            guard !isRepeated, !store.isGoingOn else { return nil }
            ending = RunRecord.died
        }
        let card = try StoredScorecard.read(file)
        let verdict = ExitCode.gravest([ExitCode(record.outcome), ExitCode(card.verdict)])
        guard let started = RunHistory.seconds(record.started) else {
            throw Failure(.invalidPlan, "\(store.path(of: RunStore.record)): \(record.started) is no time")
        }
        return RunEntry(
            card, directory: place.directory, started: started, ending: ending,
            // Of many seeds only the record knows how each went.
            exitCode: isRepeated ? record.exitCode ?? verdict.rawValue : verdict.rawValue)
    }
}
