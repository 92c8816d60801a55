import ChaosHistory
import ChaosReport
import ChaosScore
import Foundation

/// The history beside the reports, as the commands use it.
enum RunHistory {
    /// Where a run lies: `root/scenario/run`.
    struct Place {
        var root: String
        /// Relative to the root.
        var directory: String
    }

    static func path(in root: String) -> String { "\(root)/\(History.fileName)" }

    // MARK: Writing

    /// Writes a scored run down. A history that cannot be written costs the run nothing but a note.
    static func record(_ card: Scorecard, of store: RunStore, _ record: RunRecord, exit: ExitCode) {
        // What lies elsewhere, such as an example that was copied out, belongs to no history.
        guard let place = place(of: store, scenario: record.scenario) else { return }
        do throws(HistoryError) {
            try History(path: path(in: place.root), patience: .seconds(5)).record(
                RunEntry(
                    card, directory: place.directory, started: seconds(record.started) ?? 0, ending: record.ending,
                    exitCode: exit.rawValue))
        } catch {
            Terminal.note("gauntlet: the run is not in the history: \(error.message)")
        }
    }

    /// Nil for a directory that no run of the scenario was given by us.
    static func place(of store: RunStore, scenario: String) -> Place? {
        var path = store.path
        var parts = path.split(separator: "/")
        if parts.count < 2 || parts.suffix(2).contains(where: { $0 == "." || $0 == ".." }) {
            path = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
            parts = path.split(separator: "/")
        }
        guard parts.count >= 2, let directory = RunDirectory(scenario: scenario, runID: String(parts[parts.count - 1])),
            directory.scenario == parts[parts.count - 2]
        else { return nil }
        let above = parts.dropLast(2).joined(separator: "/")
        let root = path.hasPrefix("/") ? "/" + above : above.isEmpty ? "." : above
        return Place(root: root, directory: "\(directory.scenario)/\(directory.runID)")
    }

    /// Since 1970, from a run record's `started`.
    static func seconds(_ started: String) -> Int64? {
        (try? Date(started, strategy: .iso8601)).map { Int64($0.timeIntervalSince1970) }
    }

    // MARK: Reading

    /// The history of a folder that has one.
    static func open(_ root: String) throws(Failure) -> History {
        guard TextFile.exists(path(in: root)) else {
            throw Failure(
                .unavailable,
                "no history in \(root): no run was recorded there yet; `gauntlet runs --import` takes in those on disk")
        }
        return try make(root)
    }

    /// The same, made where there is none.
    static func make(_ root: String) throws(Failure) -> History {
        try ask { try History(path: path(in: root)) }
    }

    /// What a call to the history gives.
    static func ask<Value>(_ body: () throws -> Value) throws(Failure) -> Value {
        do {
            return try body()
        } catch let error as HistoryError {
            throw Failure(error)
        } catch {
            throw Failure(.internalError, "\(error)")
        }
    }

    /// Refuses a scenario that never ran, and names those that did.
    static func check(_ scenario: String?, in history: History) throws(Failure) {
        guard let scenario else { return }
        let known = try ask { try history.series() }.map(\.scenario)
        guard !known.contains(scenario) else { return }
        let names = known.reduce(into: [String]()) { if $0.last != $1 { $0.append($1) } }
        let hint = names.isEmpty ? "nothing is recorded" : "recorded are \(names.joined(separator: ", "))"
        throw Failure(.unavailable, "no run of \(scenario) in \(history.path); \(hint)")
    }
}

extension Failure {
    init(_ error: HistoryError) {
        let code: ExitCode =
            switch error.code {
            case .damaged, .newerFormat, .notAHistory: .invalidPlan
            case .locked, .notWritable, .failed: .toolFailure
            }
        self.init(code, error.message)
    }
}
