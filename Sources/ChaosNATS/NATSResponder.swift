internal import CNATS
import Synchronization

/// Answers requests on a subject until it is stopped.
public final class NATSResponder: Sendable {
    private final class Box: Sendable {
        let connection: Handle
        let answer: @Sendable (NATSMessage) -> [UInt8]?

        init(_ connection: Handle, _ answer: @escaping @Sendable (NATSMessage) -> [UInt8]?) {
            self.connection = connection
            self.answer = answer
        }

        func received(_ raw: OpaquePointer) {
            guard let payload = answer(NATSMessage(raw)), let reply = natsMsg_GetReply(raw) else { return }
            _ = payload.withUnsafeBytes {
                natsConnection_Publish(connection.raw, reply, $0.baseAddress, Int32($0.count))
            }
        }
    }

    private let subscription: Handle
    private let isOver = Mutex(false)
    // A subscription must not outlive its connection's memory.
    private let connection: NATSConnection

    /// `answer` is called on a thread of the library's; nil sends nothing.
    public init(
        _ connection: NATSConnection, subject: String, answer: @escaping @Sendable (NATSMessage) -> [UInt8]?
    ) throws(NATSFailure) {
        try connection.checkOpen()
        let retained = Unmanaged.passRetained(Box(connection.handle, answer))
        var made: OpaquePointer?
        let status = natsConnection_Subscribe(
            &made, connection.handle.raw, subject,
            { _, _, message, closure in
                defer { natsMsg_Destroy(message) }
                guard let message, let closure else { return }
                Unmanaged<Box>.fromOpaque(closure).takeUnretainedValue().received(message)
            }, retained.toOpaque())
        guard status == NATS_OK, let made else {
            let failure = NATSFailure(status, doing: "subscribing to \(subject)")
            retained.release()
            throw failure
        }
        _ = natsSubscription_SetOnCompleteCB(
            made,
            { closure in
                if let closure { Unmanaged<Box>.fromOpaque(closure).release() }
            }, retained.toOpaque())
        subscription = Handle(made)
        self.connection = connection
    }

    deinit { stop() }

    public func stop() {
        let first = isOver.withLock { isOver in
            defer { isOver = true }
            return !isOver
        }
        if first { natsSubscription_Destroy(subscription.raw) }
    }
}
