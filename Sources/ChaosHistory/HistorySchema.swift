internal import GRDB

/// The tables, by migrations: one that has been released never changes, a new version appends another.
enum HistorySchema {
    /// `GNTL` in SQLite's header: a database of something else is never written to.
    static let applicationID = 0x474E_544C

    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1-runs") { db in
            try db.execute(sql: runs)
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
        }
        return migrator
    }()

    /// Seeds are the 64 bits of the unsigned number. Each index serves one question of `runs` and the order of its answer.
    private static let runs = """
        CREATE TABLE run (
            id INTEGER PRIMARY KEY,
            directory TEXT NOT NULL UNIQUE,
            scenario TEXT NOT NULL,
            fleet TEXT NOT NULL,
            world TEXT NOT NULL,
            seed INTEGER NOT NULL,
            seed_count INTEGER NOT NULL,
            plan_digest TEXT NOT NULL,
            fleet_digest TEXT NOT NULL,
            journal_hash TEXT NOT NULL,
            version TEXT NOT NULL,
            started INTEGER NOT NULL,
            ending TEXT NOT NULL,
            exit_code INTEGER NOT NULL,
            verdict TEXT NOT NULL,
            score REAL,
            coverage REAL NOT NULL,
            availability REAL NOT NULL,
            pruned INTEGER
        ) STRICT;
        CREATE INDEX run_start ON run (started);
        CREATE INDEX run_scenario ON run (scenario, started);
        CREATE INDEX run_series ON run (scenario, world, started);
        CREATE INDEX run_world ON run (world, started);
        CREATE INDEX run_verdict ON run (verdict, started);
        CREATE INDEX run_version ON run (version, started);
        CREATE TABLE objective (
            run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            id TEXT NOT NULL,
            metric TEXT NOT NULL,
            promise TEXT,
            judgement TEXT NOT NULL,
            value REAL,
            is_censored INTEGER NOT NULL,
            limit_value REAL NOT NULL,
            is_minimum INTEGER NOT NULL,
            is_invariant INTEGER NOT NULL,
            is_advisory INTEGER NOT NULL,
            PRIMARY KEY (run, position)
        ) STRICT, WITHOUT ROWID;
        """
}
