import Glibc

/// Pays every debt found on disk: after a crash of executor and guardian together, and after a reboot.
public enum Recovery {
    public struct Outcome: Hashable, Sendable {
        /// Paths of the records paid.
        public var paid: [String] = []
        /// What is still owed, why, and what to do.
        public var owed: [String] = []
        /// Runs that still hold the host.
        public var live: [String] = []
    }

    /// Idempotent. Leaves the debts of live runs alone.
    public static func recover(in directories: StateDirectories) -> Outcome {
        var outcome = Outcome()
        let (records, unreadable) = UndoLog.records(in: directories, run: nil)
        outcome.owed = unreadable
        for record in records.reversed() {
            if record.header.executor.isAlive {
                if !outcome.live.contains(record.header.run) { outcome.live.append(record.header.run) }
                continue
            }
            let owed = Undo.pay(record)
            if owed.isEmpty {
                unlink(record.path)
                outcome.paid.append(record.path)
            } else {
                outcome.owed += owed
            }
        }
        return outcome
    }

    /// Removes a run's paid records and empty directories.
    static func forget(run: String, in directories: StateDirectories) {
        for root in [directories.volatile, directories.durable] {
            let directory = "\(root)/runs/\(run)"
            for name in SmallFile.names(in: directory) where name.hasSuffix(".undo") { unlink("\(directory)/\(name)") }
            rmdir(directory)
        }
    }
}
