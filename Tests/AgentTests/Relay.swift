import ChaosHTTP
import NIOCore
import NIOPosix
import Synchronization

/// A link between two processes that can be cut: while it is, everything on it is lost without a sign.
final class Relay: Sendable {
    private let state: State
    private let listener: any Channel
    let endpoint: Endpoint

    init(to target: Endpoint) throws {
        let state = State()
        listener = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                let far = ClientBootstrap(group: channel.eventLoop)
                    .channelInitializer { far in
                        far.eventLoop.makeCompletedFuture {
                            try far.pipeline.syncOperations.addHandler(Forwarder(to: channel, state: state))
                        }
                    }
                    .connect(host: target.address, port: target.port)
                return far.flatMap { far in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Forwarder(to: far, state: state))
                    }
                }
            }
            .bind(host: "127.0.0.1", port: 0).wait()
        endpoint = Endpoint(address: "127.0.0.1", port: listener.localAddress?.port ?? 0)
        self.state = state
    }

    deinit { listener.close(promise: nil) }

    func cut() { state.isCut.store(true, ordering: .relaxed) }
    func heal() { state.isCut.store(false, ordering: .relaxed) }

    fileprivate final class State: Sendable {
        let isCut = Atomic(false)
    }
}

private final class Forwarder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let other: any Channel
    private let state: Relay.State

    init(to other: any Channel, state: Relay.State) {
        self.other = other
        self.state = state
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !state.isCut.load(ordering: .relaxed) { other.writeAndFlush(unwrapInboundIn(data), promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
