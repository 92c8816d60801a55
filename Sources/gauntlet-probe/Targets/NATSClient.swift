import ChaosHTTP
import ChaosPlan
import FoundationEssentials
import NIOCore
import NIOPosix

/// One client of a NATS server: requests to a subject over one connection, each with its own subject for the answer. Speaks the
/// protocol itself, so that thousands of requests a second wait on one thread.
final class NATSClient {
    private let endpoint: Endpoint
    private let request: NATSRequest
    private let eventLoop: any EventLoop
    private var connection: NATSProbeConnection?

    init(_ endpoint: Endpoint, _ request: NATSRequest, on eventLoop: any EventLoop) {
        self.endpoint = endpoint
        self.request = request
        self.eventLoop = eventLoop
    }

    func ask(timeout: Nanoseconds, _ done: @escaping (Bool) -> Void) {
        if connection?.isUsable != true {
            connection = NATSProbeConnection(request, on: eventLoop)
            connection?.open(endpoint, timeout: timeout)
        }
        connection?.ask(timeout: timeout, done)
    }
}

private final class NATSProbeConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private struct Asked {
        var done: (Bool) -> Void
        var timer: Scheduled<Void>
    }

    /// Answered by none of so many in turn, it may be a server that is gone without a word.
    private static let patience = 3

    private let request: NATSRequest
    private let eventLoop: any EventLoop
    private var channel: (any Channel)?
    private var unread = ByteBuffer()
    private var hasGreeted = false
    private var isReady = false
    /// By the number in the subject of the answer.
    private var asked: [Int: Asked] = [:]
    private var number = 0
    private var silent = 0
    private(set) var isUsable = true

    init(_ request: NATSRequest, on eventLoop: any EventLoop) {
        self.request = request
        self.eventLoop = eventLoop
    }

    func open(_ endpoint: Endpoint, timeout: Nanoseconds) {
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

    func ask(timeout: Nanoseconds, _ done: @escaping (Bool) -> Void) {
        number += 1
        let number = number
        let timer = eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(timeout)) { self.timeOut(number) }
        asked[number] = Asked(done: done, timer: timer)
        if isReady { send([number]) }
    }

    private func timeOut(_ number: Int) {
        guard let one = asked.removeValue(forKey: number) else { return }
        silent += 1
        if silent >= Self.patience || !isReady {
            isUsable = false
            if asked.isEmpty { channel?.close(promise: nil) }
        }
        one.done(false)
    }

    private func send(_ numbers: [Int]) {
        var buffer = ByteBuffer()
        for number in numbers {
            buffer.writeString("PUB \(request.subject) \(inbox).\(number) \(request.payload.utf8.count)\r\n")
            buffer.writeString(request.payload)
            buffer.writeString("\r\n")
        }
        channel?.writeAndFlush(buffer, promise: nil)
    }

    /// Of this connection alone.
    private let inbox = "_INBOX.probe." + String(UInt64.random(in: .min ... .max), radix: 36)

    private struct Hello: Encodable {
        var verbose = false
        var pedantic = false
        var headers = true
        var tellsNoResponders = true
        var lang = "swift"
        var version = "1"
        var name = "gauntlet-probe"
        var user: String?
        var pass: String?
        var token: String?

        enum CodingKeys: String, CodingKey {
            case verbose, pedantic, headers, lang, version, name, user, pass
            case tellsNoResponders = "no_responders"
            case token = "auth_token"
        }
    }

    private func greet(_ context: ChannelHandlerContext) {
        var hello = Hello()
        if request.credential.count == 2 { (hello.user, hello.pass) = (request.credential[0], request.credential[1]) }
        if request.credential.count == 1 { hello.token = request.credential[0] }
        guard let json = try? JSONEncoder().encode(hello) else {
            preconditionFailure("a greeting that cannot be encoded")
        }
        var buffer = ByteBuffer()
        buffer.writeString("CONNECT \(String(decoding: json, as: UTF8.self))\r\nSUB \(inbox).* 1\r\nPING\r\n")
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        unread.writeBuffer(&bytes)
        do {
            while let line = try NATSLine.read(&unread) { take(line, context) }
            unread.discardReadBytes()
        } catch {
            context.close(promise: nil)
        }
    }

    private func take(_ line: NATSLine, _ context: ChannelHandlerContext) {
        switch line {
        // Servers tell more of themselves later, too.
        case .info:
            if !hasGreeted { greet(context) }
            hasGreeted = true
        case .ping: context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "PONG\r\n")), promise: nil)
        case .pong:
            if isReady { return }
            isReady = true
            send(asked.keys.sorted())
        case .ok: break
        case .error: context.close(promise: nil)
        case .message(let subject, let payload, let hasNoResponder):
            silent = 0
            guard let last = subject.split(separator: ".").last, let number = Int(last),
                let one = asked.removeValue(forKey: number)
            else { return }
            one.timer.cancel()
            one.done(!hasNoResponder && request.holds(payload))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) { end() }

    private func end() {
        isUsable = false
        isReady = false
        let all = asked
        asked = [:]
        for number in all.keys.sorted() {
            all[number]?.timer.cancel()
            all[number]?.done(false)
        }
    }
}
