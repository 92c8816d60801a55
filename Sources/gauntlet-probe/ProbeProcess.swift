import CLinuxShims
import Glibc
import NIOCore
import NIOPosix

/// What the commands share: one event loop on a thread of its own, whose timers fire when they should.
enum ProbeProcess {
    /// Calls `body` on the event loop, which is to end the process.
    static func run(_ body: @escaping @Sendable (any EventLoop) -> Void) -> Never {
        start(body)
        while true { pause() }
    }

    /// Also tells when standard input has closed.
    static func runUntilInputEnds(
        _ body: @escaping @Sendable (any EventLoop, _ inputEnd: EventLoopFuture<Void>) -> Void
    ) -> Never {
        let inputEnd = start { eventLoop in }.makePromise(of: Void.self)
        inputEnd.futureResult.eventLoop.execute { body(inputEnd.futureResult.eventLoop, inputEnd.futureResult) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(0, &bytes, bytes.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
        }
        inputEnd.succeed()
        while true { pause() }
    }

    @discardableResult
    private static func start(_ body: @escaping @Sendable (any EventLoop) -> Void) -> any EventLoop {
        // Before the event loop's thread is made, which inherits it.
        _ = host_least_timer_slack()
        // What it measures is not to be its own wait for a processor; where that is not allowed, it says how late it was.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, -15)
        signal(SIGPIPE, SIG_IGN)
        // A fleet that is silent holds a connection for every request of a timeout's length.
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let eventLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        eventLoop.execute { body(eventLoop) }
        return eventLoop
    }
}
