internal import GRDB

/// Why a history cannot be read or written: one sentence that names the file and says what would help.
public struct HistoryError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// Another process held it for longer than we wait.
        case locked
        case damaged
        /// Written by a newer version of Gauntlet.
        case newerFormat
        /// A database of something else.
        case notAHistory
        /// The file, its directory or the disk does not let us write.
        case notWritable
        case failed
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }

    init(_ error: any Error, path: String) {
        if let error = error as? HistoryError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            // A value of another type than its column's: SQLite would not have stored it.
            self.init(.damaged, "\(path) is damaged (\(error)); \(Self.remedy)")
            return
        }
        let said = error.message ?? "SQLite's error \(error.extendedResultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(.locked, "\(path) is locked by another process; try again when it is done")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(.damaged, "\(path) is damaged (\(said)); \(Self.remedy)")
        case .SQLITE_READONLY, .SQLITE_PERM:
            self.init(.notWritable, "\(path) cannot be written: \(said); its directory must be writable too")
        case .SQLITE_CANTOPEN:
            self.init(
                .notWritable, "\(path) cannot be opened: its directory must exist and be writable, and it be a file")
        case .SQLITE_FULL: self.init(.notWritable, "\(path) cannot be written: the disk is full")
        case .SQLITE_IOERR: self.init(.notWritable, "\(path) cannot be read or written: \(said)")
        default: self.init(.failed, "\(path): \(said)")
        }
    }

    private static let remedy = "move it away, and `gauntlet runs --import` makes a new one from the runs on disk"
}
