internal import CNATS
import Synchronization

/// A message of a stream, as a consumer hands it out.
public struct StoredMessage: Hashable, Sendable {
    public var message: NATSMessage
    /// In the stream.
    public var sequence: UInt64
    /// 1 at first; more when an acknowledgement was not heard in time.
    public var deliveries: UInt64
    /// In the consumer's own count.
    package var consumerSequence: UInt64
}

/// A consumer from which batches are fetched, one fetch at a time.
public final class PullConsumer: Sendable {
    public enum Acknowledgement: Hashable, Sendable {
        /// Handed out once, in order.
        case none
        /// Handed out again when not acknowledged within so many nanoseconds; so many may wait for it.
        case explicit(wait: Int64, maxPending: Int)
    }

    public let stream: String
    private let jetStream: JetStream
    private let subscription: Handle
    private let isOver = Mutex(false)

    /// Makes the consumer if it is not there.
    ///
    /// - Parameter durable: its name, under which it outlives this object; nil for one that the server forgets after a while.
    public init(
        _ jetStream: JetStream, stream: String, durable: String?, acknowledgement: Acknowledgement
    ) throws(NATSFailure) {
        try jetStream.connection.checkOpen()
        let action = "a consumer of stream \(stream)"
        let text = CText()
        var config = jsConsumerConfig()
        jsConsumerConfig_Init(&config)
        config.DeliverPolicy = js_DeliverAll
        config.ReplayPolicy = js_ReplayInstant
        if let durable {
            config.Durable = text(durable)
        } else {
            config.InactiveThreshold = 60_000_000_000
            config.MemoryStorage = true
            config.Replicas = 1
        }
        switch acknowledgement {
        case .none: config.AckPolicy = js_AckNone
        case .explicit(let wait, let maxPending):
            config.AckPolicy = js_AckExplicit
            config.AckWait = wait
            config.MaxAckPending = Int64(maxPending)
        }
        var info: UnsafeMutablePointer<jsConsumerInfo>?
        var code = jsErrCode(rawValue: 0)
        let status = withExtendedLifetime(text) {
            js_AddConsumer(&info, jetStream.context.raw, stream, &config, nil, &code)
        }
        try check(status, code: code, action)
        guard let info else { throw NATSFailure(.indeterminate, "\(action): no answer") }
        defer { jsConsumerInfo_Destroy(info) }
        var options = jsSubOptions()
        jsSubOptions_Init(&options)
        options.Stream = text(stream)
        options.Consumer = UnsafePointer(info.pointee.Name)
        // The library compares.
        options.Config.MemoryStorage = config.MemoryStorage
        var made: OpaquePointer?
        let bound = withExtendedLifetime(text) {
            js_PullSubscribe(&made, jetStream.context.raw, nil, nil, nil, &options, &code)
        }
        try check(bound, code: code, action)
        guard let made else { throw NATSFailure(.invalid, "\(action): no subscription") }
        self.stream = stream
        self.jetStream = jetStream
        subscription = Handle(made)
    }

    deinit { stop() }

    /// Up to `count` messages; fewer, or none, after `wait` milliseconds. Each is given to `body`; one for which it returns true is
    /// acknowledged.
    @discardableResult
    public func fetch(
        _ count: Int, wait: Int64, _ body: (StoredMessage) -> Bool
    ) throws(NATSFailure) -> Int {
        try jetStream.connection.checkOpen()
        var list = natsMsgList()
        var code = jsErrCode(rawValue: 0)
        let status = natsSubscription_Fetch(&list, subscription.raw, Int32(count), wait, &code)
        // Nothing new in that time, as the library or the server counts it.
        if status == NATS_TIMEOUT || status == NATS_NOT_FOUND { return 0 }
        try check(status, code: code, "fetching from stream \(stream)")
        defer { natsMsgList_Destroy(&list) }
        for index in 0..<Int(list.Count) {
            guard let raw = list.Msgs[index] else { continue }
            var meta: UnsafeMutablePointer<jsMsgMetaData>?
            try check(natsMsg_GetMetaData(&meta, raw), "a message of stream \(stream)")
            guard let meta else { continue }
            defer { jsMsgMetaData_Destroy(meta) }
            let stored = StoredMessage(
                message: NATSMessage(raw), sequence: meta.pointee.Sequence.Stream,
                deliveries: meta.pointee.NumDelivered, consumerSequence: meta.pointee.Sequence.Consumer)
            if body(stored) { try check(natsMsg_Ack(raw, nil), "acknowledging in stream \(stream)") }
        }
        return Int(list.Count)
    }

    /// Unsubscribes; a durable consumer stays at the server.
    public func stop() {
        let first = isOver.withLock { isOver in
            defer { isOver = true }
            return !isOver
        }
        if first { natsSubscription_Destroy(subscription.raw) }
    }
}

extension JetStream {
    /// Everything a stream holds now, in order, each message to `body`. Returns how many there were.
    ///
    /// An interruption (no leader, a lost connection) is an error, never a shorter answer.
    @discardableResult
    public func read(_ stream: String, _ body: (StoredMessage) -> Void) throws(NATSFailure) -> Int {
        let info = try streamInfo(stream)
        guard info.messages > 0 else { return 0 }
        let consumer = try PullConsumer(self, stream: stream, durable: nil, acknowledgement: .none)
        defer { consumer.stop() }
        var count = 0
        var last: UInt64 = 0
        var silent = 0
        while last < info.lastSequence {
            var gap: NATSFailure?
            let fetched = try consumer.fetch(500, wait: 2000) { message in
                count += 1
                if message.consumerSequence != UInt64(count) {
                    gap = gap ?? NATSFailure(.indeterminate, "stream \(stream): message \(count) did not arrive")
                }
                last = message.sequence
                if message.sequence <= info.lastSequence { body(message) }
                return false
            }
            if let gap { throw gap }
            silent = fetched == 0 ? silent + 1 : 0
            guard silent < 3 else {
                throw NATSFailure(
                    .indeterminate, "stream \(stream): no more after \(last), though its last is \(info.lastSequence)")
            }
        }
        return count
    }
}
