import CLinuxShims
import ChaosPlan
import Dispatch
import Glibc
import NIOCore

/// Runs a program with a time limit. Each one that runs blocks a thread: not for thousands a second.
enum CommandProbe {
    private static let queue = DispatchQueue(label: "commands", attributes: .concurrent)

    static func run(
        _ words: [String], _ timeout: Nanoseconds, on eventLoop: any EventLoop, _ done: @escaping (Bool) -> Void
    ) {
        let promise = eventLoop.makePromise(of: Bool.self)
        promise.futureResult.assumeIsolated().whenSuccess(done)
        let deadline = NIODeadline.now() + .nanoseconds(timeout)
        queue.async { promise.succeed(succeeds(words, until: deadline)) }
    }

    private static func succeeds(_ words: [String], until deadline: NIODeadline) -> Bool {
        guard let path = find(words[0]) else { return false }
        var pidfd: Int32 = -1
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        let descriptors: [Int32] = [-1, -1, -1]
        // In a session of its own, so that what it starts can be ended with it.
        let pid = host_spawn(
            path, &arguments, environ, descriptors, 3, Int32(HOST_SPAWN_NEW_SESSION | HOST_SPAWN_ORDINARY),
            &pidfd)
        guard pid > 0 else { return false }
        defer { close(pidfd) }
        let left = max(0, (deadline - .now()).nanoseconds)
        let isOver = host_await(pidfd, left) == 1
        if !isOver { kill(-pid, SIGKILL) }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return isOver && status == 0
    }

    /// As a shell would.
    static func find(_ program: String) -> String? {
        if program.contains("/") { return program }
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return path.split(separator: ":").map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }
}
