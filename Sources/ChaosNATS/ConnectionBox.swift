internal import CNATS
import Synchronization

/// What the C library's callbacks see of a connection.
final class ConnectionBox: Sendable {
    private struct State {
        var server: String?
        var next: UInt64 = 0
        var pending: [UInt64: @Sendable (PublishOutcome) -> Void] = [:]
    }

    private let state = Mutex(State())
    private let onEvent: @Sendable (NATSEvent) -> Void

    init(onEvent: @escaping @Sendable (NATSEvent) -> Void) { self.onEvent = onEvent }

    var server: String? { state.withLock { $0.server } }

    func connected(to server: String?) { state.withLock { $0.server = server } }

    // MARK: Answers that are waited for

    func wait(_ completion: @escaping @Sendable (PublishOutcome) -> Void) -> UInt64 {
        state.withLock { state in
            state.next += 1
            state.pending[state.next] = completion
            return state.next
        }
    }

    /// Ends a wait once; whoever comes second is not heard.
    func finish(_ token: UInt64, _ outcome: @autoclosure () -> PublishOutcome) {
        let completion = state.withLock { $0.pending.removeValue(forKey: token) }
        completion?(outcome())
    }

    /// Forgets a wait without an outcome.
    func abandon(_ token: UInt64) { _ = state.withLock { $0.pending.removeValue(forKey: token) } }

    func failPending(_ reason: String) {
        let pending = state.withLock { state in
            defer { state.pending = [:] }
            return state.pending
        }
        for (_, completion) in pending.sorted(by: { $0.key < $1.key }) {
            completion(.failure(NATSFailure(.indeterminate, "no answer: \(reason)")))
        }
    }

    // MARK: Events

    /// The pointer is not retained: it is valid until the closed event.
    func register(with settings: OpaquePointer) throws(NATSFailure) {
        let closure = Unmanaged.passUnretained(self).toOpaque()
        try check(
            natsOptions_SetDisconnectedCB(
                settings,
                { raw, closure in
                    guard let raw, let closure else { return }
                    Unmanaged<ConnectionBox>.fromOpaque(closure).takeUnretainedValue().lost(raw)
                }, closure), "the disconnected callback")
        try check(
            natsOptions_SetReconnectedCB(
                settings,
                { raw, closure in
                    guard let raw, let closure else { return }
                    Unmanaged<ConnectionBox>.fromOpaque(closure).takeUnretainedValue().back(raw)
                }, closure), "the reconnected callback")
        try check(
            natsOptions_SetClosedCB(
                settings,
                { _, closure in
                    guard let closure else { return }
                    Unmanaged<ConnectionBox>.fromOpaque(closure).takeRetainedValue().ended()
                }, closure), "the closed callback")
        // Without one the library writes asynchronous errors to standard error.
        try check(natsOptions_SetErrorHandler(settings, { _, _, _, _ in }, nil), "the error callback")
    }

    private func lost(_ raw: OpaquePointer) {
        var text: UnsafePointer<CChar>?
        let status = natsConnection_GetLastError(raw, &text)
        let reason =
            status == NATS_OK ? "" : text.map { String(cString: $0) } ?? String(cString: natsStatus_GetText(status))
        let server = state.withLock { state in
            defer { state.server = nil }
            return state.server
        }
        failPending("the connection was lost")
        onEvent(.disconnected(server ?? "", reason: reason))
    }

    private func back(_ raw: OpaquePointer) {
        let server = NATSConnection.address(raw)
        connected(to: server)
        onEvent(.reconnected(server ?? ""))
    }

    private func ended() {
        state.withLock { $0.server = nil }
        failPending("the connection was closed")
        onEvent(.closed)
    }
}

/// The subscription on which a connection's answers come.
final class Inbox: Sendable {
    let prefix: String
    private let subscription: Handle

    init(_ connection: Handle, _ box: ConnectionBox) throws(NATSFailure) {
        var text: UnsafeMutablePointer<natsInbox>?
        try check(natsInbox_Create(&text), "an inbox")
        guard let text else { throw NATSFailure(.invalid, "an inbox: none") }
        prefix = String(cString: text)
        natsInbox_Destroy(text)
        let retained = Unmanaged.passRetained(box)
        var made: OpaquePointer?
        let status = natsConnection_Subscribe(
            &made, connection.raw, "\(prefix).*",
            { _, _, message, closure in
                defer { natsMsg_Destroy(message) }
                guard let message, let closure else { return }
                Unmanaged<ConnectionBox>.fromOpaque(closure).takeUnretainedValue().answered(message)
            }, retained.toOpaque())
        guard status == NATS_OK, let made else {
            let failure = NATSFailure(status, doing: "subscribing to answers")
            retained.release()
            throw failure
        }
        subscription = Handle(made)
        // The last call on the subscription's thread.
        let hooked = natsSubscription_SetOnCompleteCB(
            made,
            { closure in
                if let closure { Unmanaged<ConnectionBox>.fromOpaque(closure).release() }
            }, retained.toOpaque())
        guard hooked == NATS_OK else {
            let failure = NATSFailure(hooked, doing: "the end of a subscription")
            natsSubscription_Destroy(made)
            throw failure
        }
        // An answer is worth more than the bytes saved by gathering several.
        natsSubscription_NoDeliveryDelay(made)
    }

    func destroy() { natsSubscription_Destroy(subscription.raw) }
}
