import Glibc
import NIOCore
import NIOPosix

/// One connection of a caller: carries one call at a time.
final class HTTPConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let endpoint: Endpoint
    private let caller: HTTPCaller
    private var channel: (any Channel)?
    private var call: HTTPCall?
    private var parser = HTTPAnswerParser(method: "GET")
    private var unread: ByteBuffer?
    private var hasAnswered = false
    private var heard = false
    private var failure: (any Error)?

    private init(_ endpoint: Endpoint, of caller: HTTPCaller) {
        self.endpoint = endpoint
        self.caller = caller
    }

    /// Connects, and carries the call when it is.
    static func open(for call: HTTPCall, of caller: HTTPCaller) {
        let connection = HTTPConnection(call.endpoint, of: caller)
        connection.call = call
        call.connection = connection
        let eventLoop = caller.eventLoop
        let address: SocketAddress
        do { address = try SocketAddress(ipAddress: call.endpoint.address, port: call.endpoint.port) } catch {
            return eventLoop.assumeIsolated().execute {
                call.finish(.unreachable("\(call.endpoint.address) is no address"))
            }
        }
        let bound = NIOLoopBound(connection, eventLoop: eventLoop)
        // The call's own timeout closes it first.
        let patience = max(.milliseconds(1), call.deadline - .now()) + .seconds(1)
        ClientBootstrap(group: eventLoop)
            .connectTimeout(patience)
            .channelInitializer { channel in
                bound.value.channel = channel
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(bound.value)
                }
            }
            .connect(to: address)
            .assumeIsolated()
            .whenFailure { error in connection.fail(error) }
    }

    func send(_ call: HTTPCall) {
        guard let channel, channel.isActive else {
            // Closed, and its end only not told yet.
            return caller.retry(call)
        }
        self.call = call
        call.connection = self
        heard = false
        write(call, to: channel)
    }

    func close() {
        call = nil
        channel?.close(promise: nil)
    }

    private func write(_ call: HTTPCall, to channel: any Channel) {
        parser = HTTPAnswerParser(method: call.method)
        channel.writeAndFlush(call.bytes(channel.allocator), promise: nil)
    }

    // MARK: Events

    func channelActive(context: ChannelHandlerContext) {
        // Nobody waits any more for what timed out while connecting.
        guard let call else { return context.close(promise: nil) }
        write(call, to: context.channel)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        guard call != nil else {
            // Nothing was asked: whatever this is, the next call's answer could not be told from it.
            caller.forget(self)
            return context.close(promise: nil)
        }
        heard = true
        if var before = unread {
            before.writeBuffer(&bytes)
            bytes = before
        }
        do throws(HTTPAnswerParser.Malformed) {
            let answer = try parser.feed(&bytes)
            unread = bytes.readableBytes > 0 ? bytes : nil
            if let answer { finish(answer) }
        } catch {
            fail(error)
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = error
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if call == nil { return caller.forget(self) }
        if let answer = parser.end() { return finish(answer) }
        fail(failure)
    }

    private func finish(_ answer: HTTPAnswerParser.Answer) {
        guard let call else { return }
        self.call = nil
        hasAnswered = true
        // Back before its caller hears of it, who may call again at once.
        if answer.isKeptAlive, unread == nil { caller.keep(self) } else { channel?.close(promise: nil) }
        call.finish(.answered(status: answer.status, body: answer.body))
    }

    private func fail(_ error: (any Error)?) {
        guard let call else { return }
        self.call = nil
        if hasAnswered, !heard, !(error is HTTPAnswerParser.Malformed) {
            caller.retry(call)
        } else {
            call.finish(Self.outcome(error))
        }
    }

    private static func outcome(_ error: (any Error)?) -> HTTPOutcome {
        switch error {
        case nil: .refused
        case let error as HTTPAnswerParser.Malformed: .unreachable(error.message)
        case let error as IOError where [ECONNREFUSED, ECONNRESET, EPIPE].contains(error.errnoCode): .refused
        case let error as IOError where [EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL].contains(error.errnoCode):
            .ownFault(String(cString: strerror(error.errnoCode)))
        case let error as IOError: .unreachable(String(cString: strerror(error.errnoCode)))
        case let error?: .unreachable("\(error)")
        }
    }
}
