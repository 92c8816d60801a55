package import NIOCore
import NIOHTTP1

/// Answers one request: once, at any time after `handle` was called. An answer to a connection that is gone is dropped.
package struct HTTPResponder: Sendable {
    /// Of the request's connection.
    package let eventLoop: any EventLoop
    private let connection: NIOLoopBound<HTTPServerConnection>
    private let number: Int

    fileprivate init(_ connection: HTTPServerConnection, number: Int, eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        self.connection = NIOLoopBound(connection, eventLoop: eventLoop)
        self.number = number
    }

    package func respond(_ response: HTTPResponse) {
        if eventLoop.inEventLoop {
            connection.value.answer(response, to: number)
        } else {
            eventLoop.execute { connection.value.answer(response, to: number) }
        }
    }
}

/// One connection of a server: collects requests, hands out one at a time, and writes the answers.
final class HTTPServerConnection: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// What waits behind the request that is being answered.
    private enum Waiting {
        case request(HTTPRequest, isKeptAlive: Bool)
        /// Answered with this status; then the connection ends.
        case bad(Int)
    }

    /// Requests that wait before no more is read from a client that sends ahead.
    private static let readAhead = 16
    /// How long a refused client may take to read why, before the connection is reset under it.
    private static let grace = TimeAmount.seconds(1)

    private let channel: any Channel
    private let handle: @Sendable (HTTPRequest, HTTPResponder) -> Void
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var waiting: [Waiting] = []
    private var number = 0
    private var isAnswering = false
    private var isInLoop = false
    private var isKeptAlive = true
    private var isHead = false
    private var isDeaf = false
    private var owesRead = false

    init(channel: any Channel, handle: @escaping @Sendable (HTTPRequest, HTTPResponder) -> Void) {
        self.channel = channel
        self.handle = handle
    }

    // MARK: In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isDeaf { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
            let announced = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
            if announced > HTTPServer.maximumBody { refuse(413) }
        case .body(let part):
            guard body.count + part.readableBytes <= HTTPServer.maximumBody else { return refuse(413) }
            body.append(contentsOf: part.readableBytesView)
        case .end:
            guard let head else { return }
            self.head = nil
            let (path, query) = HTTPTarget.split(head.uri)
            let request = HTTPRequest(method: head.method.rawValue, path: path, query: query, body: body)
            body = []
            take(.request(request, isKeptAlive: head.isKeepAlive))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError { refuse(400) } else { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        isDeaf = true
        waiting = []
        context.fireChannelInactive()
    }

    /// Nothing more is read while enough requests wait.
    func read(context: ChannelHandlerContext) {
        if waiting.count >= Self.readAhead, !isDeaf { owesRead = true } else { context.read() }
    }

    /// After the answers to all before; what comes after is not heard.
    private func refuse(_ status: Int) {
        if isDeaf { return }
        isDeaf = true
        body = []
        take(.bad(status))
    }

    private func take(_ next: Waiting) {
        if isAnswering { waiting.append(next) } else { begin(next) }
    }

    private func begin(_ next: Waiting) {
        isAnswering = true
        number += 1
        switch next {
        case .request(let request, let isKeptAlive):
            self.isKeptAlive = isKeptAlive
            isHead = request.method == "HEAD"
            handle(request, HTTPResponder(self, number: number, eventLoop: channel.eventLoop))
        case .bad(let status):
            isKeptAlive = false
            isHead = false
            answer(HTTPResponse(status: status, text: HTTPReason.of(status) + "\n"), to: number)
        }
    }

    // MARK: Out

    fileprivate func answer(_ response: HTTPResponse, to number: Int) {
        guard channel.isActive else { return }
        precondition(isAnswering && number == self.number, "a request was answered twice")
        isAnswering = false
        channel.writeAndFlush(bytes(response), promise: nil)
        guard isKeptAlive else { return end() }
        // An answer inside of `handle` must not call the next one from within.
        if isInLoop { return }
        isInLoop = true
        while !isAnswering, !waiting.isEmpty { begin(waiting.removeFirst()) }
        isInLoop = false
        if owesRead, waiting.count < Self.readAhead {
            owesRead = false
            channel.read()
        }
    }

    private func bytes(_ response: HTTPResponse) -> ByteBuffer {
        var buffer = channel.allocator.buffer(capacity: 160 + response.body.count)
        buffer.writeString("HTTP/1.1 \(response.status) ")
        buffer.writeString(HTTPReason.of(response.status))
        buffer.writeString("\r\ncontent-length: \(response.body.count)\r\ncontent-type: ")
        buffer.writeString(response.contentType)
        buffer.writeString(isKeptAlive ? "\r\n\r\n" : "\r\nconnection: close\r\n\r\n")
        if !isHead { buffer.writeBytes(response.body) }
        return buffer
    }

    /// Closed at once, unread bytes would make the kernel reset the connection, and the answer might be lost with it.
    private func end() {
        isDeaf = true
        waiting = []
        channel.close(mode: .output, promise: nil)
        if owesRead { channel.read() }
        let channel = channel
        channel.eventLoop.scheduleTask(in: Self.grace) { channel.close(promise: nil) }
    }
}
