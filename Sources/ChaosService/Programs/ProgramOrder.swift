/// A program to be started and looked after.
struct ProgramOrder: Sendable {
    /// As `execve` takes it: no shell.
    var command: [String]
    /// Besides the service's own.
    var environment: [String: String] = [:]
    /// Its descriptor 3; not closed. Negative: none.
    var inherited: Int32 = -1
    /// Seconds of the host after which it is interrupted.
    var limit: Int64
    /// Seconds that it then has before it is killed.
    var healing: Int64
}

/// How it ended.
struct ProgramEnd: Hashable, Sendable {
    /// 128 + n for signal n; 127 if it could not be started.
    var code: Int32
    var output: String
    /// The last of what it wrote to its standard error.
    var errors: String
    var isTimedOut = false
    /// It was told to end, did not in the time it had for that, and was killed.
    var isOverdue = false
    /// Why it never ran.
    var failure: String?

    /// The last line that says something.
    var lastWords: String {
        if isOverdue { return "it was interrupted, did not end in time and was killed" }
        return failure ?? errors.split(separator: "\n").last.map(String.init) ?? "it ended with \(code)"
    }
}
