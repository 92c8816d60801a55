import Glibc

/// How a program of ours ended.
package struct ProgramEnd: Hashable {
    /// Its exit code; nil if a signal ended it.
    var code: Int32?
    /// The signal that ended it.
    package var signal: Int32?

    /// Of what `waitpid` tells.
    init(status: Int32) {
        if status & 0x7F == 0 { code = (status >> 8) & 0xFF } else { signal = status & 0x7F }
    }

    var isSuccess: Bool { code == 0 }
    /// `exit code 2`, `ended by signal 9`.
    var text: String { code.map { "exit code \($0)" } ?? "ended by signal \(signal ?? 0)" }

    /// Waits for a killed or ended child, at most `patience` ms: one in an uninterruptible wait must not hold us. Nil if it
    /// has not ended by then.
    static func reap(_ pid: Int32, _ pidfd: Int32, patience: Int32) -> ProgramEnd? {
        var end = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
        while poll(&end, 1, patience) < 0 && errno == EINTR {}
        var status: Int32 = 0
        return waitpid(pid, &status, WNOHANG) == pid ? ProgramEnd(status: status) : nil
    }
}
