public import ChaosPlan

/// Makes operations of what happens to clients, in every world: it remembers what is under way and hands each on when it
/// is over.
///
/// A publish is one operation however often its message is sent: from when the agent handed it over until the first
/// acknowledgement. What nobody acknowledged has an unknown outcome, because it may have been stored.
public final class OperationLog {
    private struct Message: Hashable {
        var publisher: Int
        var counter: UInt32
    }

    private let sink: any OperationSink
    private var underWay: [Message: Nanoseconds] = [:]

    public init(sink: any OperationSink) { self.sink = sink }

    /// A client's request ended.
    public func request(subject: Int, intended: Nanoseconds, end: Nanoseconds, succeeded: Bool) {
        // A request changes nothing, so one without an answer may as well not have happened.
        sink.write(
            OperationRecord(
                kind: .request, process: subject, invoked: intended, completed: max(intended, end),
                outcome: succeeded ? .ok : .fail, value: nil))
    }

    /// An agent hands a message over.
    public func published(publisher: Int, counter: UInt32, now: Nanoseconds) {
        underWay[Message(publisher: publisher, counter: counter)] = now
    }

    /// The broker keeps it; a second acknowledgement says nothing new.
    public func acknowledged(publisher: Int, counter: UInt32, now: Nanoseconds) {
        end(Message(publisher: publisher, counter: counter), .ok, now)
    }

    /// It never left its publisher.
    public func refused(publisher: Int, counter: UInt32, now: Nanoseconds) {
        end(Message(publisher: publisher, counter: counter), .fail, now)
    }

    /// The publisher died, and nobody waits for its acknowledgements any more.
    public func abandoned(publisher: Int, now: Nanoseconds) {
        for counter in underWay.keys.filter({ $0.publisher == publisher }).map(\.counter).sorted() {
            end(Message(publisher: publisher, counter: counter), .info, now)
        }
    }

    /// A consumer took a message.
    public func delivered(publisher: Int, counter: UInt32, consumer: Int, now: Nanoseconds) {
        sink.write(
            OperationRecord(
                kind: .deliver, process: consumer, invoked: now, completed: now, outcome: .ok,
                value: .init(publisher: publisher, counter: counter)))
    }

    /// What a reader found of one publisher after the run.
    public func finalRead(
        publisher: Int, counters: [ClosedRange<UInt32>], reader: Int, began: Nanoseconds, now: Nanoseconds
    ) {
        sink.write(
            OperationRecord(
                kind: .finalRead, process: reader, invoked: began, completed: max(began, now), outcome: .ok,
                value: .init(publisher: publisher, counters: counters)))
    }

    /// Before the final reads: nothing can be acknowledged any more.
    public func closePublishes(now: Nanoseconds) {
        let open = underWay.keys.sorted { ($0.publisher, $0.counter) < ($1.publisher, $1.counter) }
        for message in open { end(message, .info, now) }
    }

    private func end(_ message: Message, _ outcome: OperationRecord.Outcome, _ now: Nanoseconds) {
        guard let invoked = underWay.removeValue(forKey: message) else { return }
        sink.write(
            OperationRecord(
                kind: .publish, process: message.publisher, invoked: invoked, completed: max(invoked, now),
                outcome: outcome,
                value: .init(publisher: message.publisher, counter: message.counter)))
    }
}
