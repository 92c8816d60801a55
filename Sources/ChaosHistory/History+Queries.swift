internal import GRDB

extension History {
    /// The runs that a filter lets through, newest first.
    public func runs(_ filter: RunFilter = RunFilter()) throws(HistoryError) -> [RunEntry] {
        let query = Query(filter)
        return try read { db in
            try Self.entries(db, query, includesObjectives: filter.includesObjectives)
        }
    }

    /// The newest run of each scenario and world, by their names.
    public func latest(scenario: String? = nil, world: String? = nil) throws(HistoryError) -> [RunEntry] {
        try read { db in
            var newest: [RunEntry] = []
            for series in try Self.series(db) {
                if let scenario, series.scenario != scenario { continue }
                if let world, series.world != world { continue }
                let filter = RunFilter(scenario: series.scenario, world: series.world, limit: 1)
                newest += try Self.entries(db, Query(filter), includesObjectives: true)
            }
            return newest
        }
    }

    /// The run of a directory, where it is recorded.
    public func run(_ directory: String) throws(HistoryError) -> RunEntry? {
        try read { db in
            let query = Query(condition: "directory = ?", arguments: [directory])
            return try Self.entries(db, query, includesObjectives: true).first
        }
    }

    /// Every recorded directory, and whether it is gone.
    public func directories() throws(HistoryError) -> [String: Bool] {
        try read { db in
            var directories: [String: Bool] = [:]
            let rows = try Row.fetchCursor(db, sql: "SELECT directory, pruned IS NOT NULL FROM run")
            while let row = try rows.next() {
                directories[try row.decode(atIndex: 0)] = try row.decode(Bool.self, atIndex: 1)
            }
            return directories
        }
    }

    /// Scenarios and the worlds in which they ran, by their names.
    public func series() throws(HistoryError) -> [RunSeries] { try read(Self.series) }

    /// What SQLite says of how it answers `runs`, a line a step.
    package func queryPlan(_ filter: RunFilter) throws(HistoryError) -> [String] {
        let query = Query(filter)
        return try read { db in
            let steps =
                try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + query.sql, arguments: query.arguments)
                + Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + RunRow.objectives, arguments: [1])
            return try steps.map { try $0.decode(atIndex: 3) }
        }
    }

    /// From one pair's first row to the next pair's, by the index: the pairs are few, the runs are many.
    private static func series(_ db: Database) throws -> [RunSeries] {
        let next = try db.cachedStatement(
            sql: """
                SELECT scenario, world FROM run WHERE (scenario, world) > (?, ?) ORDER BY scenario, world LIMIT 1
                """)
        var found: [RunSeries] = []
        var last: StatementArguments = ["", ""]
        while let row = try Row.fetchOne(next, arguments: last) {
            let series = RunSeries(scenario: try row.decode(atIndex: 0), world: try row.decode(atIndex: 1))
            found.append(series)
            last = [series.scenario, series.world]
        }
        return found
    }

    private static func entries(_ db: Database, _ query: Query, includesObjectives: Bool) throws -> [RunEntry] {
        let objectives = try db.cachedStatement(sql: RunRow.objectives)
        var entries: [RunEntry] = []
        let rows = try Row.fetchCursor(db, sql: query.sql, arguments: query.arguments)
        while let row = try rows.next() {
            var entry = try RunRow.entry(row)
            if includesObjectives {
                let id = try row.decode(Int64.self, atIndex: 0)
                let own = try Row.fetchCursor(objectives, arguments: [id])
                while let row = try own.next() { entry.objectives.append(try RunRow.objective(row)) }
            }
            entries.append(entry)
        }
        return entries
    }

    /// A question to the table of runs.
    private struct Query {
        var sql: String
        var arguments: StatementArguments

        init(condition: String, arguments: StatementArguments, limit: Int? = nil) {
            // By start, then as recorded: the order of an index on `started`, so nothing is sorted.
            sql =
                "SELECT id, \(RunRow.columns.joined(separator: ", ")) FROM run WHERE \(condition) "
                + "ORDER BY started DESC, id DESC"
            if let limit { sql += " LIMIT \(max(0, limit))" }
            self.arguments = arguments
        }

        init(_ filter: RunFilter) {
            var conditions: [String] = []
            var arguments = StatementArguments()
            for (column, value) in [
                ("scenario", filter.scenario), ("world", filter.world), ("version", filter.version),
                ("verdict", filter.verdict),
            ] {
                guard let value else { continue }
                conditions.append("\(column) = ?")
                arguments += [value]
            }
            // Also without a start: a range of the index, not the whole table.
            conditions.append("started >= ?")
            arguments += [filter.since ?? .min]
            if !filter.includesPruned { conditions.append("pruned IS NULL") }
            self.init(condition: conditions.joined(separator: " AND "), arguments: arguments, limit: filter.limit)
        }
    }
}
