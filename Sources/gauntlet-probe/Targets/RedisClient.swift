import ChaosHTTP
import ChaosPlan
import NIOCore
import NIOPosix

/// One client of a Redis server: a connection on which commands are sent one after the other without waiting. When a reply
/// is overdue, the next command goes over a new connection.
final class RedisClient {
    private let endpoint: Endpoint
    private let command: RedisCommand
    private let eventLoop: any EventLoop
    private var connection: RedisConnection?

    init(_ endpoint: Endpoint, _ command: RedisCommand, on eventLoop: any EventLoop) {
        self.endpoint = endpoint
        self.command = command
        self.eventLoop = eventLoop
    }

    func ask(timeout: Nanoseconds, _ done: @escaping (Bool) -> Void) {
        if connection?.isUsable != true {
            connection = RedisConnection(command)
            connection?.open(endpoint, on: eventLoop, timeout: timeout)
        }
        connection?.ask(eventLoop, timeout: timeout, done)
    }
}

private final class RedisConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private final class Asked {
        var done: ((Bool) -> Void)?
        var timer: Scheduled<Void>?

        func finish(_ isOK: Bool) {
            timer?.cancel()
            timer = nil
            let done = done
            self.done = nil
            done?(isOK)
        }
    }

    private let command: RedisCommand
    private var channel: (any Channel)?
    /// In the order of their replies.
    private var asked: [Asked] = []
    private var unread = ByteBuffer()
    private var owesLogin: Bool
    private(set) var isUsable = true

    init(_ command: RedisCommand) {
        self.command = command
        owesLogin = !command.credential.isEmpty
    }

    func open(_ endpoint: Endpoint, on eventLoop: any EventLoop, timeout: Nanoseconds) {
        guard let address = try? SocketAddress(ipAddress: endpoint.address, port: endpoint.port) else {
            return eventLoop.assumeIsolated().execute { self.end() }
        }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        ClientBootstrap(group: eventLoop)
            .connectTimeout(.nanoseconds(max(1, timeout)))
            .channelInitializer { channel in
                bound.value.channel = channel
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(bound.value)
                }
            }
            .connect(to: address).assumeIsolated().whenFailure { _ in self.end() }
    }

    func ask(_ eventLoop: any EventLoop, timeout: Nanoseconds, _ done: @escaping (Bool) -> Void) {
        let next = Asked()
        next.done = done
        next.timer = eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(timeout)) {
            self.isUsable = false
            next.finish(false)
            if self.asked.allSatisfy({ $0.done == nil }) { self.channel?.close(promise: nil) }
        }
        asked.append(next)
        if let channel, channel.isActive { channel.writeAndFlush(bytes([command.words]), promise: nil) }
    }

    private func bytes(_ commands: [[String]]) -> ByteBuffer {
        var buffer = ByteBuffer()
        for words in commands {
            buffer.writeString("*\(words.count)\r\n")
            for word in words { buffer.writeString("$\(word.utf8.count)\r\n\(word)\r\n") }
        }
        return buffer
    }

    func channelActive(context: ChannelHandlerContext) {
        let login = owesLogin ? [["AUTH"] + command.credential] : []
        context.writeAndFlush(wrapOutboundOut(bytes(login + asked.map { _ in command.words })), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        unread.writeBuffer(&bytes)
        do {
            while unread.readableBytes > 0, let (reply, length) = try RedisReply.read(unread.readableBytesView) {
                unread.moveReaderIndex(forwardBy: length)
                take(reply, context)
            }
            unread.discardReadBytes()
        } catch {
            context.close(promise: nil)
        }
    }

    private func take(_ reply: RedisReply, _ context: ChannelHandlerContext) {
        if owesLogin {
            owesLogin = false
            if reply.isError { context.close(promise: nil) }
            return
        }
        guard !asked.isEmpty else { return context.close(promise: nil) }
        let isOK = !reply.isError && (command.expect == nil || command.expect == reply.text)
        asked.removeFirst().finish(isOK)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) { end() }

    private func end() {
        isUsable = false
        let all = asked
        asked = []
        for one in all { one.finish(false) }
    }
}
