internal import ChaosCalendar
internal import Foundation
internal import GRDB

/// What the service must still know after a crash: claims, ends, the pause, what operators asked for meanwhile.
///
/// `service.sqlite` in the folder of reports. Every write is synced before it returns.
struct ServiceStore: Sendable {
    private let database: DatabaseQueue

    /// - Parameter path: made where it is not there.
    init(_ path: String) throws(ServiceError) {
        var configuration = Configuration()
        // The command line may be writing a wish of an operator's.
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        do {
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            database = try DatabaseQueue(path: path, configuration: configuration)
            try Self.migrator.migrate(database)
        } catch {
            throw ServiceError("cannot open \(path): \(error)")
        }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            try database.execute(
                sql: """
                    CREATE TABLE job (
                        id TEXT PRIMARY KEY, entry TEXT NOT NULL, due INTEGER NOT NULL, stage TEXT NOT NULL,
                        ended INTEGER, record TEXT NOT NULL, UNIQUE (entry, due, id));
                    CREATE INDEX jobByEnd ON job (ended);
                    CREATE INDEX jobByStage ON job (stage);
                    CREATE TABLE considered (entry TEXT PRIMARY KEY, due INTEGER NOT NULL);
                    CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL);
                    CREATE TABLE wish (id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, actor TEXT NOT NULL);
                    """)
        }
        migrator.registerMigration("2") { database in
            try database.execute(
                sql: """
                    CREATE TABLE toldBudget (
                        fleet TEXT NOT NULL, world TEXT NOT NULL, week INTEGER NOT NULL, PRIMARY KEY (fleet, world));
                    """)
        }
        migrator.registerMigration("3") { database in
            try database.execute(
                sql: "CREATE TABLE notice (id INTEGER PRIMARY KEY AUTOINCREMENT, record TEXT NOT NULL)")
        }
        return migrator
    }

    // MARK: The past

    func past(weekStart: Int64) throws(ServiceError) -> CalendarMachine.Past {
        try perform { database in
            var past = CalendarMachine.Past()
            for row in try Row.fetchAll(database, sql: "SELECT entry, due FROM considered") {
                past.considered[row["entry"]] = row["due"]
            }
            past.open = try Self.jobs(database, "WHERE stage != 'ended' ORDER BY due, id")
            // Enough of them to know what each scenario costs.
            past.ended = try Self.jobs(
                database, "WHERE ended >= ? OR id IN (SELECT id FROM job ORDER BY ended DESC LIMIT 500) ORDER BY ended",
                [weekStart])
            past.paused = try Self.paused(database)
            for row in try Row.fetchAll(database, sql: "SELECT fleet, world, week FROM toldBudget") {
                past.toldBudgets[.init(fleet: row["fleet"], world: row["world"])] = row["week"]
            }
            return past
        }
    }

    /// Why nothing starts; nil while the calendar is in force.
    func paused() throws(ServiceError) -> String? { try perform { try Self.paused($0) } }

    private static func paused(_ database: Database) throws -> String? {
        try String.fetchOne(database, sql: "SELECT value FROM state WHERE name = 'paused'")
    }

    /// The latest first; of those that ended.
    func recent(_ count: Int) throws(ServiceError) -> [CalendarJob] {
        try perform { try Self.jobs($0, "WHERE stage = 'ended' ORDER BY ended DESC, rowid DESC LIMIT ?", [count]) }
    }

    func all() throws(ServiceError) -> [CalendarJob] { try perform { try Self.jobs($0, "ORDER BY due, id") } }

    private static func jobs(_ database: Database, _ clause: String, _ arguments: StatementArguments = []) throws
        -> [CalendarJob]
    {
        try String.fetchAll(database, sql: "SELECT record FROM job \(clause)", arguments: arguments).map {
            try JSONDecoder().decode(CalendarJob.self, from: Data($0.utf8))
        }
    }

    // MARK: Writing

    /// What of these actions must outlive the service, all or nothing: jobs as they stand, due times dealt with, the pause, and what
    /// people are to be told of it.
    ///
    /// - Returns: the number of the last notice; nil without one.
    func write(_ actions: [CalendarAction]) throws(ServiceError) -> Int64? {
        guard actions.contains(where: \.isKept) else { return nil }
        return try perform(writing: true) { database in
            var last: Int64?
            for action in actions {
                switch action {
                case .record(let job, let considered): try Self.record(database, job, considered)
                case .consider(let entry, let due): try Self.consider(database, entry, due)
                case .pause(let why): try Self.pause(database, why)
                case .toldBudget(let budget, let week): try Self.toldBudget(database, budget, week)
                case .tell(let notice):
                    let record = String(decoding: try JSONEncoder().encode(ServiceNotice(notice)), as: UTF8.self)
                    try database.execute(sql: "INSERT INTO notice (record) VALUES (?)", arguments: [record])
                    last = database.lastInsertedRowID
                case .lock, .unlock, .preflight, .rehearse, .start, .interrupt, .abandon: break
                }
            }
            return last
        }
    }

    /// A job as it stands now, and how far its entry's due times are dealt with.
    private static func record(_ database: Database, _ job: CalendarJob, _ considered: Int64?) throws {
        let record = String(decoding: try JSONEncoder().encode(job), as: UTF8.self)
        try database.execute(
            sql: """
                INSERT INTO job (id, entry, due, stage, ended, record) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET stage = excluded.stage, ended = excluded.ended, record = excluded.record
                """,
            arguments: [job.id, job.entry, job.due, job.stage.rawValue, job.ended, record])
        if let considered { try consider(database, job.entry, considered) }
    }

    /// The first sight of an entry.
    func begin(_ entry: String, at now: Int64) throws(ServiceError) {
        try perform(writing: true) {
            try $0.execute(sql: "INSERT OR IGNORE INTO considered VALUES (?, ?)", arguments: [entry, now])
        }
    }

    private static func consider(_ database: Database, _ entry: String, _ due: Int64) throws {
        try database.execute(
            sql: "INSERT INTO considered VALUES (?, ?) ON CONFLICT (entry) DO UPDATE SET due = max(due, excluded.due)",
            arguments: [entry, due])
    }

    private static func pause(_ database: Database, _ why: String?) throws {
        try database.execute(sql: "DELETE FROM state WHERE name = 'paused'")
        if let why { try database.execute(sql: "INSERT INTO state VALUES ('paused', ?)", arguments: [why]) }
    }

    /// The week of which people were told that something of a budget is spent; nil: they were told that it is over.
    private static func toldBudget(_ database: Database, _ budget: WeeklyBudget.ID, _ week: Int64?) throws {
        if let week {
            try database.execute(
                sql: "INSERT OR REPLACE INTO toldBudget VALUES (?, ?, ?)",
                arguments: [budget.fleet, budget.world, week])
        } else {
            try database.execute(
                sql: "DELETE FROM toldBudget WHERE fleet = ? AND world = ?", arguments: [budget.fleet, budget.world])
        }
    }

    /// What is not known to be told, in order; of another version's, what this one can read.
    func notices() throws(ServiceError) -> [(id: Int64, notice: ServiceNotice?)] {
        try perform { database in
            try Row.fetchAll(database, sql: "SELECT id, record FROM notice ORDER BY id").map { row in
                let record: String = row["record"]
                return (row["id"], try? JSONDecoder().decode(ServiceNotice.self, from: Data(record.utf8)))
            }
        }
    }

    /// These and all before were told.
    func forgetNotices(upTo id: Int64) throws(ServiceError) {
        try perform(writing: true) { try $0.execute(sql: "DELETE FROM notice WHERE id <= ?", arguments: [id]) }
    }

    /// Forgets ends beyond the latest so many.
    func trim(to count: Int) throws(ServiceError) {
        try perform(writing: true) { database in
            try database.execute(
                sql: """
                    DELETE FROM job WHERE stage = 'ended'
                    AND ended < (SELECT min(ended) FROM (SELECT ended FROM job WHERE stage = 'ended' ORDER BY ended DESC LIMIT ?))
                    """, arguments: [count])
        }
    }

    // MARK: Wishes

    /// Left for the service by another process.
    struct Wish: Hashable {
        var kind: String
        var actor: String
    }

    func wish(_ wish: Wish) throws(ServiceError) {
        try perform(writing: true) {
            try $0.execute(sql: "INSERT INTO wish (kind, actor) VALUES (?, ?)", arguments: [wish.kind, wish.actor])
        }
    }

    /// Each once.
    func takeWishes() throws(ServiceError) -> [Wish] {
        let open = try perform { try Int.fetchOne($0, sql: "SELECT count(*) FROM wish") ?? 0 }
        guard open > 0 else { return [] }
        return try perform(writing: true) { database in
            let rows = try Row.fetchAll(database, sql: "SELECT kind, actor FROM wish ORDER BY id")
            try database.execute(sql: "DELETE FROM wish")
            return rows.map { Wish(kind: $0["kind"], actor: $0["actor"]) }
        }
    }

    private func perform<Value>(
        writing: Bool = false, _ body: @Sendable (Database) throws -> Value
    ) throws(ServiceError) -> Value {
        do {
            return writing ? try database.write(body) : try database.read(body)
        } catch {
            throw ServiceError("the service's records: \(error)")
        }
    }
}

extension CalendarAction {
    fileprivate var isKept: Bool {
        switch self {
        case .record, .consider, .pause, .toldBudget, .tell: true
        case .lock, .unlock, .preflight, .rehearse, .start, .interrupt, .abandon: false
        }
    }
}
