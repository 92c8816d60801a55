package import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// HTTP/1.1 on one port, with keep-alive. Requests of a connection are handled one at a time, in their order.
package final class HTTPServer: Sendable {
    /// Of a request, in bytes; one with more is answered 413.
    package static let maximumBody = 4 << 20

    private let listener: any Channel
    private let connections: OpenConnections

    /// Bound when it returns; not for an event loop's thread. `handle` runs on the connection's event loop.
    /// Port 0 takes a free one.
    package static func start(
        on group: any EventLoopGroup, host: String, port: Int, backlog: Int = 1024,
        handle: @escaping @Sendable (HTTPRequest, HTTPResponder) -> Void
    ) throws -> HTTPServer {
        let connections = OpenConnections()
        let listener = try ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Int32(clamping: backlog))
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                connections.add(channel)
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)),
                        HTTPServerConnection(channel: channel, handle: handle),
                    ])
                }
            }
            .bind(host: host, port: port).wait()
        return HTTPServer(listener: listener, connections: connections)
    }

    private init(listener: any Channel, connections: OpenConnections) {
        self.listener = listener
        self.connections = connections
    }

    package var port: Int { listener.localAddress?.port ?? 0 }

    /// Takes no more connections; those that are open go on.
    package func stopListening() { listener.close(promise: nil) }

    /// Takes no more connections and ends those that are open, as the end of a process does. Outside of event loops it returns
    /// when all are closed and the port is free.
    package func close() {
        listener.close(promise: nil)
        let mayWait = !listener.eventLoop.inEventLoop
        if mayWait { try? listener.closeFuture.wait() }
        for connection in connections.close() where mayWait { try? connection.closeFuture.wait() }
    }
}

/// Touched when one opens or closes, not by requests.
private final class OpenConnections: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isClosed = false
    }
    private let state = Mutex(State())

    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        let isLate = state.withLock { state in
            if !state.isClosed { state.channels[id] = channel }
            return state.isClosed
        }
        if isLate { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in
            _ = self.state.withLock { $0.channels.removeValue(forKey: id) }
        }
    }

    /// Those that were open.
    func close() -> [any Channel] {
        let open = state.withLock { state in
            state.isClosed = true
            return Array(state.channels.values)
        }
        for channel in open { channel.close(promise: nil) }
        return open
    }
}
