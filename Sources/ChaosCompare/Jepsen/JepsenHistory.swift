public import ChaosPlan

/// A run's operations as a Jepsen history in EDN, one event per line, in the words of Jepsen's test of JetStream
/// (github.com/jepsen-io/nats): `:publish` with a value `"PUBLISHER-COUNTER"`, `:next-message` for a delivery, `:fetch` for
/// a final read; `:request` is ours.
///
/// A Jepsen process does one thing at a time, and never another after an `:info`; clients here overlap their operations.
/// So each client gets as many threads as it needs, and a thread whose operation ended unknown goes on as process + number of
/// threads, as Jepsen itself numbers them.
public enum JepsenHistory {
    /// - Parameter operations: in any order; all are held in memory, because a history is sorted by time.
    public static func edn(_ operations: [OperationRecord]) -> [UInt8] {
        let events = events(operations)
        let threads = threads(operations, events)
        let concurrency = (threads.max() ?? -1) + 1
        var process = Array(0..<concurrency)
        var bytes: [UInt8] = []
        for (index, event) in events.enumerated() {
            let operation = operations[event.operation]
            let thread = threads[event.operation]
            write(operation, isEnd: event.isEnd, process: process[thread], index: index, into: &bytes)
            if event.isEnd, operation.outcome == .info { process[thread] += concurrency }
        }
        return bytes
    }

    private struct Event {
        var time: Nanoseconds
        /// At one instant, what began earlier ends before anything begins.
        var rank: Int
        var operation: Int
        var isEnd: Bool

        static func < (a: Event, b: Event) -> Bool {
            (a.time, a.rank, a.operation, a.isEnd ? 1 : 0) < (b.time, b.rank, b.operation, b.isEnd ? 1 : 0)
        }
    }

    private static func events(_ operations: [OperationRecord]) -> [Event] {
        var events: [Event] = []
        events.reserveCapacity(operations.count * 2)
        for (index, operation) in operations.enumerated() {
            events.append(Event(time: operation.invoked, rank: 1, operation: index, isEnd: false))
            let rank = operation.completed > operation.invoked ? 0 : 1
            events.append(Event(time: operation.completed, rank: rank, operation: index, isEnd: true))
        }
        return events.sorted(by: <)
    }

    private struct Client: Hashable {
        var kind: OperationRecord.Kind
        var process: Int
    }

    /// Of each operation: the client's thread that was free longest, or a new one.
    private static func threads(_ operations: [OperationRecord], _ events: [Event]) -> [Int] {
        var thread = Array(repeating: -1, count: operations.count)
        var free: [Client: [Int]] = [:]
        var count = 0
        for event in events {
            let operation = operations[event.operation]
            let client = Client(kind: operation.kind, process: operation.process)
            if event.isEnd {
                free[client, default: []].append(thread[event.operation])
            } else if free[client]?.isEmpty == false {
                thread[event.operation] = free[client]!.removeFirst()
            } else {
                thread[event.operation] = count
                count += 1
            }
        }
        return thread
    }

    private static func write(
        _ operation: OperationRecord, isEnd: Bool, process: Int, index: Int, into bytes: inout [UInt8]
    ) {
        let type = isEnd ? ":" + operation.outcome.rawValue : ":invoke"
        let time = isEnd ? operation.completed : operation.invoked
        let head = "{:type \(type), :f \(function(operation.kind)), :value "
        bytes.append(contentsOf: head.utf8)
        bytes.append(contentsOf: value(operation, isEnd: isEnd).utf8)
        bytes.append(contentsOf: ", :process \(process), :time \(time), :index \(index)}\n".utf8)
    }

    private static func function(_ kind: OperationRecord.Kind) -> String {
        switch kind {
        case .request: ":request"
        case .publish: ":publish"
        case .deliver: ":next-message"
        case .finalRead: ":fetch"
        }
    }

    /// Who writes knows its value from the beginning, who reads only at the end.
    private static func value(_ operation: OperationRecord, isEnd: Bool) -> String {
        guard let messages = operation.value else { return "nil" }
        let pairs = messages.counters.lazy.joined().map { "\"\(messages.publisher)-\($0)\"" }
        switch operation.kind {
        case .request: return "nil"
        case .publish: return pairs.first ?? "nil"
        case .deliver: return isEnd && operation.outcome == .ok ? pairs.first ?? "nil" : "nil"
        case .finalRead:
            return isEnd && operation.outcome == .ok ? "[" + pairs.joined(separator: " ") + "]" : "nil"
        }
    }
}
