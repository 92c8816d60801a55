/// Why a host could not do what it was asked: one message, what would be right, and a word for scripts.
public struct HostError: Error, Hashable, Sendable {
    public enum Code: String, CaseIterable, Hashable, Sendable {
        /// The request cannot be read.
        case malformed
        /// No such fault, run or record.
        case unknown
        /// This host, kernel or build has no way to do it.
        case unsupported
        /// What it names is not there: a device, a process, a file.
        case missing
        case privilege
        /// It would hit what keeps the host safe, or what is not ours.
        case protected
        /// Another run holds this host, or another fault this thing.
        case busy
        /// No room: the file system, the undo log's reserve.
        case full
        /// The kernel or a program refused.
        case failed
    }

    public var code: Code
    /// What is wrong.
    public var message: String
    /// What would be right; empty where nothing useful can be said.
    public var hint: String

    public init(_ code: Code, _ message: String, hint: String = "") {
        self.code = code
        self.message = message
        self.hint = hint
    }

    public var text: String { hint.isEmpty ? message : "\(message); \(hint)" }
}
