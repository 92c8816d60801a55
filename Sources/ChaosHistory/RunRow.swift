internal import GRDB

/// A run's row and its objectives': the order of the columns, in one place for both ways.
enum RunRow {
    static let columns = [
        "directory", "scenario", "fleet", "world", "seed", "seed_count", "plan_digest", "fleet_digest", "journal_hash",
        "version", "started", "ending", "exit_code", "verdict", "score", "coverage", "availability", "pruned",
    ]

    /// A run that is there already keeps its place.
    static let insert = """
        INSERT INTO run (\(columns.joined(separator: ", "))) VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")))
        ON CONFLICT (directory) DO UPDATE SET
            \(columns.dropFirst().map { "\($0) = excluded.\($0)" }.joined(separator: ", "))
        RETURNING id
        """

    static func arguments(_ entry: RunEntry) -> StatementArguments {
        [
            entry.directory, entry.scenario, entry.fleet, entry.world, Int64(bitPattern: entry.seed), entry.seedCount,
            entry.planDigest, entry.fleetDigest, entry.journalHash, entry.version, entry.started, entry.ending,
            entry.exitCode, entry.verdict, entry.score, entry.coverage, entry.availability, entry.pruned,
        ]
    }

    /// Columns behind the row's id.
    static func entry(_ row: Row) throws -> RunEntry {
        var entry = RunEntry(
            directory: try row.decode(atIndex: 1), scenario: try row.decode(atIndex: 2),
            fleet: try row.decode(atIndex: 3), world: try row.decode(atIndex: 4),
            seed: UInt64(bitPattern: try row.decode(Int64.self, atIndex: 5)), seedCount: try row.decode(atIndex: 6),
            planDigest: try row.decode(atIndex: 7), fleetDigest: try row.decode(atIndex: 8),
            journalHash: try row.decode(atIndex: 9), version: try row.decode(atIndex: 10),
            started: try row.decode(atIndex: 11), ending: try row.decode(atIndex: 12),
            exitCode: try row.decode(atIndex: 13), verdict: try row.decode(atIndex: 14),
            score: try row.decode(Double?.self, atIndex: 15), coverage: try row.decode(atIndex: 16),
            availability: try row.decode(atIndex: 17), objectives: [])
        entry.pruned = try row.decode(Int64?.self, atIndex: 18)
        return entry
    }

    static let objectives = """
        SELECT id, metric, promise, judgement, value, is_censored, limit_value, is_minimum, is_invariant, is_advisory
        FROM objective WHERE run = ? ORDER BY position
        """

    static let insertObjective = """
        INSERT INTO objective (run, position, id, metric, promise, judgement, value, is_censored, limit_value, is_minimum,
            is_invariant, is_advisory) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    static func arguments(_ objective: ObjectiveEntry, of run: Int64, at position: Int) -> StatementArguments {
        [
            run, position, objective.id, objective.metric, objective.promise, objective.judgement, objective.value,
            objective.isCensored, objective.limit, objective.isMinimum, objective.isInvariant, objective.isAdvisory,
        ]
    }

    static func objective(_ row: Row) throws -> ObjectiveEntry {
        ObjectiveEntry(
            id: try row.decode(atIndex: 0), metric: try row.decode(atIndex: 1),
            promise: try row.decode(String?.self, atIndex: 2), judgement: try row.decode(atIndex: 3),
            value: try row.decode(Double?.self, atIndex: 4), isCensored: try row.decode(atIndex: 5),
            limit: try row.decode(atIndex: 6), isMinimum: try row.decode(atIndex: 7),
            isInvariant: try row.decode(atIndex: 8), isAdvisory: try row.decode(atIndex: 9))
    }
}
