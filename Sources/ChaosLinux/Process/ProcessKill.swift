/// Kills processes and keeps them down.
enum ProcessKill {
    static func payStartUnit(_ unit: String) -> Payment { .owed("not built yet") }

    static func payStartCommand(arguments: [String], directory: String, listening: Int?) -> Payment {
        .owed("not built yet")
    }
}
