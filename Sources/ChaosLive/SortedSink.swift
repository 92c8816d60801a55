public import ChaosPlan
public import ChaosRun

/// Puts a live run's records in the order of time: what happened on several hosts is heard of a little late, and not in order.
///
/// A record waits until the run has come `patience` further; whoever comes later than that is written with its own time all
/// the same, behind. `flush` must be called at the end.
public final class SortedSink: JournalSink {
    private let sink: any JournalSink
    private let patience: Nanoseconds
    private var waiting: [(order: Int, record: JournalRecord)] = []
    private var count = 0
    private var newest: Nanoseconds = 0
    private var released: Nanoseconds = 0

    public init(_ sink: any JournalSink, patience: Nanoseconds = 2 * .second) {
        self.sink = sink
        self.patience = patience
    }

    public func write(_ record: JournalRecord) {
        waiting.append((count, record))
        count += 1
        newest = max(newest, record.time)
        // The totals and the end close a journal, whenever what they count happened.
        if case .end = record.event { return flush() }
        if waiting.count >= 4096 || newest - released >= patience + .second { release(before: newest - patience) }
    }

    public func flush() {
        release(before: .max)
    }

    private func release(before limit: Nanoseconds) {
        let isLast = limit == .max
        released = limit
        var ready: [(order: Int, record: JournalRecord)] = []
        var late: [(order: Int, record: JournalRecord)] = []
        for entry in waiting {
            if isLast || entry.record.time < limit { ready.append(entry) } else { late.append(entry) }
        }
        waiting = late
        ready.sort { (Self.rank($0.record), $0.order) < (Self.rank($1.record), $1.order) }
        for entry in ready { sink.write(entry.record) }
    }

    /// Totals and end last, all else by time.
    private static func rank(_ record: JournalRecord) -> Nanoseconds {
        switch record.event {
        case .totals: .max - 1
        case .end: .max
        default: record.time
        }
    }
}
