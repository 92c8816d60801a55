import CLinuxShims
import Foundation
import Glibc

/// A program of ours, started with its standard input and output as pipes and its errors where ours go (or to a file).
///
/// It ends by itself when its input is closed: that is how everything here dies with us.
final class ChildProgram: @unchecked Sendable {
    let name: String
    let pid: Int32
    /// Readable: what it says. Non-blocking.
    let output: Int32
    private let pidfd: Int32
    private var input: Int32
    /// Its end has been waited for: nothing of it is left in the kernel.
    private var isReaped = false

    /// - Parameter isApart: in a session of its own, where no Ctrl-C of our terminal reaches it.
    /// - Throws: `WorldError` that names the program.
    init(
        _ arguments: [String], environment: [String: String] = [:], errors: Int32 = 2, isApart: Bool = false
    ) throws(LiveError) {
        precondition(!arguments.isEmpty, "a program without a name")
        // Writing to one that has gone is an error to be told, not our own death; what we start begins with the default again.
        signal(SIGPIPE, SIG_IGN)
        name = String(arguments[0].split(separator: "/").last ?? "")
        var toChild: [Int32] = [-1, -1]
        var fromChild: [Int32] = [-1, -1]
        guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else {
            throw LiveError("\(name): no pipe: \(String(cString: strerror(errno)))")
        }
        // No program that somebody starts meanwhile may hold them open: what starts programs here closes all but what it passes.
        for descriptor in toChild + fromChild { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var pidfd: Int32 = -1
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var variables = ["PATH=\(Self.path)", "HOME=\(Self.home)", "LANG=C.UTF-8"]
        variables += environment.map { "\($0.key)=\($0.value)" }
        var envp: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        let flags = Int32(HOST_SPAWN_ORDINARY) | (isApart ? Int32(HOST_SPAWN_NEW_SESSION) : 0)
        let result = host_spawn(
            arguments[0], &argv, &envp, [toChild[0], fromChild[1], errors], 3, flags, &pidfd)
        close(toChild[0])
        close(fromChild[1])
        guard result > 0 else {
            close(toChild[1])
            close(fromChild[0])
            throw LiveError("\(arguments[0]) cannot be started: \(String(cString: strerror(-result)))")
        }
        pid = result
        self.pidfd = pidfd
        input = toChild[1]
        output = fromChild[0]
        _ = fcntl(output, F_SETFL, O_NONBLOCK)
    }

    deinit {
        closeInput()
        close(output)
        if isReaped { close(pidfd) } else { Self.reap(pid, pidfd) }
    }

    /// Waits for the end that nobody waited for, and behind everybody's back: the dead stay in the process table until then.
    private static func reap(_ pid: Int32, _ pidfd: Int32) {
        guard waitpid(pid, nil, WNOHANG) == 0 else {
            close(pidfd)
            return
        }
        Thread.detachNewThread {
            var wait = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
            while poll(&wait, 1, -1) < 0, errno == EINTR {}
            _ = waitpid(pid, nil, WNOHANG)
            close(pidfd)
        }
    }

    private static var path: String { getenv("PATH").map { String(cString: $0) } ?? "/usr/sbin:/usr/bin:/sbin:/bin" }
    private static var home: String { getenv("HOME").map { String(cString: $0) } ?? "/" }

    /// False when it has gone.
    @discardableResult
    func send(_ line: String) -> Bool {
        guard input >= 0 else { return false }
        let bytes = Array((line + "\n").utf8)
        return bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let count = write(input, buffer.baseAddress! + offset, buffer.count - offset)
                if count < 0 {
                    if errno == EINTR { continue }
                    return false
                }
                offset += count
            }
            return true
        }
    }

    func closeInput() {
        if input >= 0 { close(input) }
        input = -1
    }

    var isRunning: Bool {
        var wait = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
        return poll(&wait, 1, 0) == 0
    }

    /// Waits for its end; its exit code, negative for a signal, nil if it goes on after `milliseconds`.
    func end(within milliseconds: Int32) -> Int32? {
        var wait = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, milliseconds) == 1 else { return nil }
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return 0 }
        isReaped = true
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
    }

    /// Asks it to end by closing its input, then insists.
    @discardableResult
    func finish(within milliseconds: Int32) -> Int32? {
        closeInput()
        if let code = end(within: milliseconds) { return code }
        _ = host_pidfd_send_signal(pidfd, SIGKILL)
        return end(within: 2_000)
    }
}

/// Something of the live world that could not be done, in one sentence and what would help.
public struct LiveError: Error, Hashable, Sendable {
    public var message: String
    /// A program, a package or a privilege is missing.
    public var isMissing: Bool

    public init(_ message: String, isMissing: Bool = false) {
        self.message = message
        self.isMissing = isMissing
    }
}
