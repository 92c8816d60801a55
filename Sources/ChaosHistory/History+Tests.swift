internal import GRDB

/// What tests do to a history, since only this module knows its database.
extension History {
    package func pretendMigration(_ identifier: String) throws {
        try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES (?)", arguments: [identifier]) }
    }

    /// Runs `body` while nobody else can write.
    package func holdingWriteLock(_ body: () throws -> Void) throws { try queue.write { _ in try body() } }
}
