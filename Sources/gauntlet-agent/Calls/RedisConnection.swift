import ChaosFleet
package import ChaosHTTP
package import ChaosPlan
import NIOCore
import NIOPosix

/// One pipelined connection to a redis server: made when it is needed, made anew when it breaks or when the credential that it
/// shows is another.
package final class RedisConnection: @unchecked Sendable {
    private final class Command: @unchecked Sendable {
        let isAuthentication: Bool
        let bytes: ByteBuffer
        private var done: (@Sendable (Bool) -> Void)?
        var deadline: Scheduled<Void>?

        init(_ words: [String], isAuthentication: Bool = false, done: (@Sendable (Bool) -> Void)?) {
            self.isAuthentication = isAuthentication
            self.done = done
            bytes = RESP.command(words)
        }

        /// Somebody still wants to know.
        var isAwaited: Bool { done != nil }

        func finish(_ succeeded: Bool) {
            deadline?.cancel()
            deadline = nil
            let done = self.done
            self.done = nil
            done?(succeeded)
        }
    }

    private enum State { case idle, connecting, open(any Channel), closed }

    /// One attempt to connect takes no longer; commands may wait through several.
    private static let connectTimeout = TimeAmount.seconds(2)

    private let endpoint: Endpoint
    private let path: String
    private let reloadEvery: Nanoseconds?
    /// User and password; nil for a server that asks for none.
    private var credential: [String]?
    private var isOutdated = false
    private var reload: Scheduled<Void>?
    private let clock: LoopClock
    private var state = State.idle
    /// Waiting for a connection, and for their replies, in order.
    private var waiting: [Command] = []
    private var asked = CircularBuffer<Command>()
    /// Asked on connections that were given up: each has its own time, and no answer will come.
    private var abandoned: [Command] = []
    private var writes = false

    /// - Parameters:
    ///   - credential: the path of its file, read now and then every `reloadEvery`; nil: never again.
    package init(endpoint: Endpoint, credential: String, reloadEvery: Nanoseconds?, clock: LoopClock) {
        self.endpoint = endpoint
        path = credential
        self.reloadEvery = reloadEvery
        self.clock = clock
        self.credential = Self.read(path)
    }

    func start() {
        guard let reloadEvery else { return }
        reload = clock.after(max(.millisecond, reloadEvery)) { [weak self] in
            self?.lookAtCredential()
            self?.start()
        }
    }

    /// Reads or writes `key`, in turn; `done` hears whether the server answered in time and without an error.
    package func command(key: String, timeout: Nanoseconds, done: @escaping @Sendable (Bool) -> Void) {
        writes.toggle()
        let command = Command(writes ? ["SET", key, "1"] : ["GET", key], done: done)
        command.deadline = clock.after(timeout) { [weak self] in self?.gaveUp(command) }
        switch state {
        case .open(let channel) where !(isOutdated && asked.isEmpty): send([command], on: channel)
        case .open:
            drop()
            waiting.append(command)
            connect()
        case .connecting: waiting.append(command)
        case .idle:
            waiting.append(command)
            connect()
        case .closed: command.finish(false)
        }
    }

    package func close() {
        let channel: (any Channel)? = if case .open(let channel) = state { channel } else { nil }
        state = .closed
        reload?.cancel()
        channel?.close(promise: nil)
        failAll()
        let lost = abandoned
        abandoned = []
        for command in lost { command.finish(false) }
    }

    // MARK: The connection

    private func connect() {
        guard let address = try? SocketAddress(ipAddress: endpoint.address, port: endpoint.port) else {
            return failAll()
        }
        state = .connecting
        ClientBootstrap(group: clock.loop).connectTimeout(Self.connectTimeout)
            .channelInitializer { [weak self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        ByteToMessageHandler(RESP.Replies()), RedisReplies(self),
                    ])
                }
            }
            .connect(to: address)
            .whenComplete { [weak self] result in self?.connected(result) }
    }

    private func connected(_ result: Result<any Channel, any Error>) {
        switch (result, state) {
        case (.success(let channel), .connecting):
            state = .open(channel)
            channel.closeFuture.whenComplete { [weak self] _ in self?.disconnected(channel) }
            var commands = waiting
            waiting = []
            isOutdated = false
            if let words = credential {
                commands.insert(Command(["AUTH"] + words, isAuthentication: true, done: nil), at: 0)
            }
            send(commands, on: channel)
        case (.success(let channel), _):
            channel.close(promise: nil)
        case (.failure(let error), .connecting):
            // Silence: those that wait do so until their own time is over.
            if case .connectTimeout = error as? ChannelError, !waiting.isEmpty { return connect() }
            state = .idle
            failAll()
        case (.failure, _): break
        }
    }

    private func disconnected(_ channel: any Channel) {
        guard case .open(let present) = state, present === channel else { return }
        state = .idle
        failAll()
    }

    private static func read(_ path: String) -> [String]? { Credential.read(path).map { [$0.user, $0.password] } }

    /// A credential is shown when a connection is made: to show a new one, it is made anew as soon as nobody waits for a reply.
    private func lookAtCredential() {
        guard let now = Self.read(path), now != credential else { return }
        credential = now
        isOutdated = true
    }

    private func send(_ commands: [Command], on channel: any Channel) {
        for command in commands {
            asked.append(command)
            channel.write(command.bytes, promise: nil)
        }
        channel.flush()
    }

    fileprivate func replied(_ isError: Bool) {
        guard let command = asked.popFirst() else { return }
        command.finish(!isError)
        if command.isAuthentication, isError { drop() }
    }

    private func gaveUp(_ command: Command) {
        waiting.removeAll { $0 === command }
        abandoned.removeAll { $0 === command }
        command.finish(false)
        if asked.contains(where: { $0 === command }) { abandon() }
    }

    /// An answer that late means that the connection is dead, or as good as dead: the next command is asked on another. Those that
    /// wait have each their own time, like everything else that waits for a silent peer; as in the simulator, one call's end is not
    /// the others'.
    private func abandon() {
        guard case .open(let channel) = state else { return }
        state = .idle
        abandoned += asked.filter(\.isAwaited)
        asked = []
        channel.close(promise: nil)
    }

    fileprivate func drop() {
        guard case .open(let channel) = state else { return }
        state = .idle
        channel.close(promise: nil)
        failAll()
    }

    private func failAll() {
        let lost = waiting + asked
        waiting = []
        asked = []
        for command in lost { command.finish(false) }
    }
}

/// From the channel to its connection.
private final class RedisReplies: ChannelInboundHandler {
    typealias InboundIn = RESP.Reply

    private weak var connection: RedisConnection?

    init(_ connection: RedisConnection?) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection?.replied(unwrapInboundIn(data) == .error)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
