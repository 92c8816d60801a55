internal import Foundation
internal import GRDB

/// Every run's numbers, in one SQLite file beside the reports.
///
/// Several processes may write at once: each record is one transaction of a write-ahead log, and who comes second waits. A
/// process that is killed in the middle of one leaves the history as it was before.
///
///     let history = try History(path: "reports/history.sqlite")
///     try history.record(entry)
///     let newest = try history.runs(RunFilter(scenario: "hub-failover", limit: 20))
public final class History: Sendable {
    /// Its name in the folder that holds the run directories.
    public static let fileName = "history.sqlite"

    public let path: String
    let queue: DatabaseQueue

    /// Opens a history, makes it where there is none, and brings an older one up to date.
    /// - Parameter patience: how long to wait for other processes, here and in every call.
    public init(path: String, patience: Duration = .seconds(10)) throws(HistoryError) {
        self.path = path
        do {
            queue = try Self.open(path, patience: patience)
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    /// Writes a run down; one of the same directory is replaced.
    public func record(_ entry: RunEntry) throws(HistoryError) { try record([entry]) }

    /// Writes all of them down, or none.
    public func record(_ entries: [RunEntry]) throws(HistoryError) {
        try write { db in
            let insert = try db.cachedStatement(sql: RunRow.insert)
            let clear = try db.cachedStatement(sql: "DELETE FROM objective WHERE run = ?")
            let insertObjective = try db.cachedStatement(sql: RunRow.insertObjective)
            for entry in entries {
                guard let id = try Int64.fetchOne(insert, arguments: RunRow.arguments(entry)) else {
                    preconditionFailure("an insertion that returns its row returned none")
                }
                try clear.execute(arguments: [id])
                for (position, objective) in entry.objectives.enumerated() {
                    try insertObjective.execute(arguments: RunRow.arguments(objective, of: id, at: position))
                }
            }
        }
    }

    /// Forgets runs, their numbers included. Those that are not there are no error.
    public func remove(_ directories: [String]) throws(HistoryError) {
        try write { db in
            let delete = try db.cachedStatement(sql: "DELETE FROM run WHERE directory = ?")
            for directory in directories { try delete.execute(arguments: [directory]) }
        }
    }

    /// Notes that runs' directories are gone; their numbers stay.
    /// - Parameter time: seconds since 1970.
    public func markPruned(_ directories: [String], at time: Int64) throws(HistoryError) {
        try write { db in
            let mark = try db.cachedStatement(sql: "UPDATE run SET pruned = ? WHERE directory = ?")
            for directory in directories { try mark.execute(arguments: [time, directory]) }
        }
    }

    private func write(_ body: (Database) throws -> Void) throws(HistoryError) {
        do {
            try queue.write(body)
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws(HistoryError) -> Value {
        do {
            return try queue.read(body)
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    // MARK: Opening

    /// SQLite does not wait where two processes make the same file, or turn on its write-ahead log, at once; so we do.
    private static func open(_ path: String, patience: Duration) throws -> DatabaseQueue {
        let deadline = ContinuousClock.now + patience
        // What is asked before the first write would be answered in part before another's, and in part after it.
        let lock = FolderLock((path as NSString).deletingLastPathComponent)
        defer { withExtendedLifetime(lock) {} }
        while lock?.take() == false, ContinuousClock.now < deadline { Thread.sleep(forTimeInterval: 0.005) }
        while true {
            do {
                return try openOnce(path, patience: patience)
            } catch let error as DatabaseError where isRace(error) && ContinuousClock.now < deadline {
                Thread.sleep(forTimeInterval: 0.02)
            }
        }
    }

    /// Also what the slower of two processes meets that make the tables at once.
    private static func isRace(_ error: DatabaseError) -> Bool {
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: true
        case .SQLITE_ERROR:
            // Made by another between a question to it and the look whether it is there, or between that look and ours.
            error.message?.hasSuffix("already exists") ?? false || error.message == "no such table: grdb_migrations"
        case .SQLITE_CONSTRAINT: error.message?.contains("grdb_migrations") ?? false
        default: false
        }
    }

    private static func openOnce(_ path: String, patience: Duration) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "history"
        configuration.busyMode = .timeout(patience / .seconds(1))
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        let isCurrent = try queue.inDatabase { db -> Bool in
            try refuseStrangers(db, path: path)
            if try String.fetchOne(db, sql: "PRAGMA journal_mode") != "wal" {
                try db.execute(sql: "PRAGMA journal_mode = WAL")
            }
            // Killed processes lose nothing. A power failure may lose the last records, as it may lose the runs' own files, and
            // never damages the rest; `gauntlet runs --import` takes in again what is left.
            try db.execute(sql: "PRAGMA synchronous = NORMAL")
            return try HistorySchema.migrator.hasCompletedMigrations(db)
        }
        if !isCurrent { try HistorySchema.migrator.migrate(queue) }
        return queue
    }

    /// Before the first write.
    private static func refuseStrangers(_ db: Database, path: String) throws {
        let id = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let others =
            try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM sqlite_master WHERE tbl_name <> 'grdb_migrations'") ?? 0
        guard id == HistorySchema.applicationID || id == 0 && others == 0 else {
            throw HistoryError(.notAHistory, "\(path) is a database, but no history of Gauntlet's; give another folder")
        }
        guard try !HistorySchema.migrator.hasBeenSuperseded(db) else {
            throw HistoryError(
                .newerFormat, "\(path) was written by a newer version of Gauntlet; use that one, or another folder")
        }
    }
}
