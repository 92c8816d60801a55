internal import CNATS
import Synchronization

/// One connection to one of several servers, over the NATS project's C library.
///
/// Calls that ask a server block: make them on a thread of your own, never on an event loop or the cooperative pool. Callbacks come
/// on the library's threads and must not block. Thread-safe.
public final class NATSConnection: Sendable {
    let handle: Handle
    let box: ConnectionBox
    private let inbox: Inbox
    private let isOver = Mutex(false)

    /// Connects to the first server that accepts; blocks for `connectTimeout` a server at most.
    public init(
        _ options: NATSOptions, onEvent: @escaping @Sendable (NATSEvent) -> Void = { _ in }
    ) throws(NATSFailure) {
        let servers = options.servers.joined(separator: ", ")
        let box = ConnectionBox(onEvent: onEvent)
        let settings = try Self.settings(options, box)
        defer { natsOptions_Destroy(settings) }
        // The closed event takes this back; it comes exactly once, if the connection ever stood.
        let retained = Unmanaged.passRetained(box)
        var raw: OpaquePointer?
        let status = natsConnection_Connect(&raw, settings)
        guard status == NATS_OK, let raw else {
            let failure = Self.connectFailure(status, servers, user: options.user)
            retained.release()
            throw failure
        }
        handle = Handle(raw)
        self.box = box
        box.connected(to: Self.address(raw))
        do throws(NATSFailure) { inbox = try Inbox(handle, box) } catch {
            natsConnection_Close(raw)
            natsConnection_Destroy(raw)
            throw error
        }
        onEvent(.connected(box.server ?? servers))
    }

    deinit { close() }

    /// `host:port` of the server it is connected to; nil while it is to none.
    public var server: String? { box.server }

    public var isConnected: Bool { natsConnection_Status(handle.raw) == NATS_CONN_STATUS_CONNECTED }

    /// Ends the connection; what waits for an answer ends as indeterminate. Blocks for a moment. Not from a callback.
    public func close() {
        let first = isOver.withLock { isOver in
            defer { isOver = true }
            return !isOver
        }
        guard first else { return }
        natsConnection_Close(handle.raw)
        box.failPending("the connection was closed")
        inbox.destroy()
        natsConnection_Destroy(handle.raw)
    }

    /// Throws unless a call may be made on the connection now.
    func checkOpen() throws(NATSFailure) {
        guard !isOver.withLock({ $0 }) else { throw NATSFailure(.refused, "the connection is closed") }
    }

    /// The prefix of subjects on which answers to this connection's publishes come.
    var answers: String { inbox.prefix }

    // MARK: Connecting

    private static func settings(_ options: NATSOptions, _ box: ConnectionBox) throws(NATSFailure) -> OpaquePointer {
        var made: OpaquePointer?
        try check(natsOptions_Create(&made), "connection options")
        guard let settings = made else { throw NATSFailure(.invalid, "connection options: none") }
        do throws(NATSFailure) {
            let text = CText()
            let servers = text.array(options.servers.map { "nats://\($0)" })
            try check(natsOptions_SetServers(settings, servers, Int32(options.servers.count)), "server addresses")
            if !options.user.isEmpty {
                try check(natsOptions_SetUserInfo(settings, options.user, options.password), "user and password")
            }
            try check(natsOptions_SetName(settings, options.name), "the client's name")
            try check(natsOptions_SetNoRandomize(settings, true), "the order of servers")
            try check(natsOptions_SetIgnoreDiscoveredServers(settings, true), "discovered servers")
            try check(natsOptions_SetTimeout(settings, options.connectTimeout), "the connect timeout")
            try check(natsOptions_SetPingInterval(settings, options.pingInterval), "the ping interval")
            try check(natsOptions_SetMaxPingsOut(settings, 2), "the ping limit")
            try check(natsOptions_SetWriteDeadline(settings, options.writeTimeout), "the write deadline")
            try check(natsOptions_SetFailRequestsOnDisconnect(settings, true), "requests at a disconnect")
            try check(natsOptions_SetAllowReconnect(settings, options.reconnectWait != nil), "reconnecting")
            if let wait = options.reconnectWait {
                try check(natsOptions_SetMaxReconnect(settings, -1), "reconnecting for ever")
                try check(natsOptions_SetReconnectWait(settings, wait), "the wait between attempts")
                try check(natsOptions_SetReconnectJitter(settings, 100, 100), "the jitter between attempts")
            }
            try box.register(with: settings)
        } catch {
            natsOptions_Destroy(settings)
            throw error
        }
        return settings
    }

    private static func connectFailure(_ status: natsStatus, _ servers: String, user: String) -> NATSFailure {
        switch status {
        case NATS_CONNECTION_AUTH_FAILED:
            NATSFailure(.unauthorized, "\(servers): the server refuses user \(user) with this password")
        case NATS_NO_SERVER:
            NATSFailure(.unreachable, "\(servers): no server accepts connections there")
        default: NATSFailure(status, doing: "connecting to \(servers)")
        }
    }

    /// `host:port` of the server that a connection is with.
    static func address(_ raw: OpaquePointer) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer -> String? in
            guard let base = buffer.baseAddress,
                natsConnection_GetConnectedUrl(raw, base, buffer.count) == NATS_OK
            else { return nil }
            let url = String(cString: base)
            return url.isEmpty ? nil : url.hasPrefix("nats://") ? String(url.dropFirst(7)) : url
        }
    }
}

/// A C object that its library guards by a lock of its own.
struct Handle: @unchecked Sendable {
    let raw: OpaquePointer

    init(_ raw: OpaquePointer) { self.raw = raw }
}
