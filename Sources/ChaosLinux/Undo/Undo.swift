import Glibc

/// Pays what the undo log says is owed.
enum Undo {
    #if DEBUG
        /// The kill matrix sets it to learn whether its residue detector can see at all. Not in a release build.
        static let isDisabledForTest = getenv("GAUNTLET_TEST_WITHOUT_UNDO") != nil
    #else
        static let isDisabledForTest = false
    #endif

    /// Pays one fault, or with nil all of the session. Steps that may take long come last: nothing else waits for them.
    /// Returns what is still owed, in words.
    static func pay(session: String, fault: String?, in directories: StateDirectories) -> [String] {
        let (records, unreadable) = UndoLog.records(in: directories, session: session)
        var owed = unreadable
        for isSlow in [false, true] {
            for var record in records.reversed() where fault == nil || record.header.fault == fault {
                record.steps.removeAll { $0.mayTakeLong != isSlow }
                owed += pay(record)
            }
        }
        return owed
    }

    /// Steps in reverse; those of another network namespace are left to a process inside it.
    static func pay(_ record: UndoLog.Record) -> [String] {
        var owed: [String] = []
        for step in record.steps.reversed() {
            if let namespace = step.namespace, namespace != .current {
                owed.append("\(record.path): a step for another network namespace")
                continue
            }
            if case .owed(let why) = step.pay() { owed.append(why) }
        }
        return owed
    }
}
