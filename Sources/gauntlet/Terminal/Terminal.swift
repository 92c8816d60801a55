import Foundation

/// Where the command writes. Plain writes, so that a full disk is noticed and nothing waits in a buffer when a signal comes.
enum Terminal {
    /// A line on standard output: results.
    static func say(_ text: String = "") throws(Failure) { try write(text + "\n") }

    /// Text on standard output as it is.
    static func write(_ text: String) throws(Failure) {
        if let failure = send(text, to: STDOUT_FILENO) {
            throw Failure(.toolFailure, "cannot write to standard output: \(SystemError.text(failure))")
        }
    }

    /// A line on standard error: progress, warnings, failures. There is nobody left to tell if it cannot be written.
    static func note(_ text: String) { _ = send(text + "\n", to: STDERR_FILENO) }

    /// Text on standard error as it is.
    static func draw(_ text: String) { _ = send(text, to: STDERR_FILENO) }

    static var isOutputTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    static var isErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Colour only on a terminal that has it and an operator who wants it (no-color.org).
    static var showsColour: Bool {
        let environment = ProcessInfo.processInfo.environment
        return isOutputTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    /// Of standard output, in columns.
    static var width: Int {
        var size = winsize()
        guard isOutputTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 100 }
        return min(Int(size.ws_col), 140)
    }

    /// errno of a failed write.
    private static func send(_ text: String, to descriptor: Int32) -> Int32? {
        var bytes = text
        return bytes.withUTF8 { buffer in
            var offset = 0
            while offset < buffer.count {
                let written = Foundation.write(descriptor, buffer.baseAddress! + offset, buffer.count - offset)
                if written < 0 {
                    if errno == EINTR { continue }
                    return errno
                }
                offset += written
            }
            return nil
        }
    }
}
