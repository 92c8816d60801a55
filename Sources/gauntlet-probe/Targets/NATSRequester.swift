import ChaosHTTP
import ChaosPlan
import FoundationEssentials
package import NIOCore
import NIOPosix

/// A request over NATS: who answers is whoever listens on the subject.
package struct NATSRequest: Hashable, Sendable {
    package var subject: String
    /// User and password; empty for none.
    package var credential: [String]
    /// A part of the answer; nil for any.
    package var expect: String?

    package init(subject: String, credential: [String] = [], expect: String? = nil) {
        self.subject = subject
        self.credential = credential
        self.expect = expect
    }
}

/// One client of a NATS server: a connection on which requests are sent without waiting for each other. When an answer is
/// overdue, the next request goes over a new connection.
///
/// The protocol's few lines are spoken here, not through libnats: that one connects again by itself, to another server, and a probe
/// must know whom it asked.
final class NATSRequester {
    private let endpoint: Endpoint
    private let request: NATSRequest
    private let eventLoop: any EventLoop
    private var connection: NATSConnection?

    init(_ endpoint: Endpoint, _ request: NATSRequest, on eventLoop: any EventLoop) {
        self.endpoint = endpoint
        self.request = request
        self.eventLoop = eventLoop
    }

    func ask(timeout: Nanoseconds, _ done: @escaping (Bool) -> Void) {
        if connection?.isUsable != true {
            connection = NATSConnection(request)
            connection?.open(endpoint, on: eventLoop, timeout: timeout)
        }
        connection?.ask(eventLoop, timeout: timeout, done)
    }
}

private final class NATSConnection: ChannelInboundHandler {
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

    private let request: NATSRequest
    private let inbox = "_INBOX.\(UInt64.random(in: .min ... .max))"
    private var channel: (any Channel)?
    private var asked: [Int: Asked] = [:]
    private var next = 0
    private var unread = ByteBuffer()
    private var isOpen = false
    private(set) var isUsable = true

    init(_ request: NATSRequest) { self.request = request }

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
        let number = next
        next += 1
        let one = Asked()
        one.done = done
        one.timer = eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(timeout)) {
            self.isUsable = false
            self.asked[number] = nil
            one.finish(false)
            if self.asked.isEmpty { self.channel?.close(promise: nil) }
        }
        asked[number] = one
        if isOpen { send(publication(number)) }
    }

    private func publication(_ number: Int) -> String { "PUB \(request.subject) \(inbox).\(number) 0\r\n\r\n" }

    private func send(_ text: String) { channel?.writeAndFlush(ByteBuffer(string: text), promise: nil) }

    // MARK: What the server says

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        unread.writeBuffer(&bytes)
        while let line = NATSLine.read(&unread) { take(line, context) }
        unread.discardReadBytes()
        if unread.readableBytes > NATSLine.maximumSize { context.close(promise: nil) }
    }

    private func take(_ line: NATSLine, _ context: ChannelHandlerContext) {
        switch line {
        case .info:
            guard !isOpen else { return }
            isOpen = true
            send(Self.greeting(request.credential) + "SUB \(inbox).* 1\r\n")
            for number in asked.keys.sorted() { send(publication(number)) }
        case .ping: send("PONG\r\n")
        case .message(let subject, let text, let isRefused):
            guard let number = subject.split(separator: ".").last.flatMap({ Int($0) }) else { return }
            let isOK = !isRefused && request.expect.map { text.contains($0) } ?? true
            asked.removeValue(forKey: number)?.finish(isOK)
        case .error: context.close(promise: nil)
        case .other: break
        }
    }

    private static func greeting(_ credential: [String]) -> String {
        struct Connect: Encodable {
            var verbose = false
            var pedantic = false
            var headers = true
            // Without it a request that nobody hears would end by its timeout only.
            var noResponders = true
            var lang = "swift"
            var version = "1"
            var user: String?
            var pass: String?
            var token: String?

            private enum CodingKeys: String, CodingKey {
                case verbose, pedantic, headers, lang, version, user, pass
                case noResponders = "no_responders"
                case token = "auth_token"
            }
        }
        var connect = Connect()
        switch credential.count {
        case 0: break
        case 1: connect.token = credential[0]
        default: (connect.user, connect.pass) = (credential[0], credential[1])
        }
        guard let json = try? JSONEncoder().encode(connect) else {
            preconditionFailure("a value that cannot be encoded")
        }
        return "CONNECT \(String(decoding: json, as: UTF8.self))\r\n"
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) { end() }

    private func end() {
        isUsable = false
        let all = asked
        asked = [:]
        for number in all.keys.sorted() { all[number]?.finish(false) }
    }
}

/// One message of the NATS protocol, as far as a probe needs it.
package enum NATSLine: Hashable, Sendable {
    case info
    case ping
    /// `isRefused`: nobody listens on the subject.
    case message(subject: String, text: String, isRefused: Bool)
    case error
    case other

    package static let maximumSize = 4 << 20

    /// Takes the first one off `buffer`; nil if it is not whole.
    package static func read(_ buffer: inout ByteBuffer) -> NATSLine? {
        let view = buffer.readableBytesView
        guard let end = view.firstIndex(of: 10) else { return nil }
        let length = end - view.startIndex + 1
        let words = String(decoding: view[..<end], as: UTF8.self).split(whereSeparator: \.isWhitespace).map {
            String($0)
        }
        func line(_ line: NATSLine) -> NATSLine {
            buffer.moveReaderIndex(forwardBy: length)
            return line
        }
        switch (words.first?.uppercased() ?? "", words.count) {
        case ("INFO", _): return line(.info)
        case ("PING", _): return line(.ping)
        case ("-ERR", _): return line(.error)
        case ("MSG", 4...5), ("HMSG", 5...6):
            let hasHeader = words[0].uppercased() == "HMSG"
            let header = hasHeader ? Int(words[words.count - 2]) : 0
            guard let total = Int(words[words.count - 1]), let header, header >= 0, total >= header,
                total <= maximumSize
            else { return line(.error) }
            guard buffer.readableBytes >= length + total + 2 else { return nil }
            buffer.moveReaderIndex(forwardBy: length)
            let head = buffer.readString(length: header) ?? ""
            let text = buffer.readString(length: total - header) ?? ""
            buffer.moveReaderIndex(forwardBy: 2)
            let status = head.split(separator: " ", maxSplits: 2).dropFirst().first.map { $0.prefix(3) }
            return .message(subject: words[1], text: text, isRefused: status == "503")
        default: return line(.other)
        }
    }
}
