public import ChaosPlan

/// Encodes a run's lines, hashes them, and passes them on: to a file, to memory, to whoever listens (a scorer, a report).
public final class JournalRecorder: JournalSink {
    public enum Destination {
        case nowhere
        case memory
        /// An open, writable descriptor; the caller closes it.
        case file(Int32)
    }

    /// Of the events so far.
    public private(set) var hash = JournalHash()
    /// Size of the journal so far, header included.
    public private(set) var size = 0
    /// The first failed write, as errno; what follows is lost.
    public private(set) var failure: Int32?
    /// Everything, for `memory`.
    public private(set) var bytes: [UInt8] = []

    private let destination: Destination
    private let listeners: [(JournalRecord) -> Void]
    private var pending: [UInt8] = []
    /// A live run's journal is on disk line by line: whoever dies leaves what was seen so far.
    private let flushesEachLine: Bool
    private static let flushAt = 1 << 18

    public init(
        header: JournalHeader, to destination: Destination, listeners: [(JournalRecord) -> Void] = [],
        flushesEachLine: Bool = false
    ) {
        self.destination = destination
        self.flushesEachLine = flushesEachLine
        self.listeners = listeners
        pending.reserveCapacity(Self.flushAt + 4096)
        if case .nowhere = destination { return }
        JournalEncoder.encodeHeader(header, into: &pending)
        deliver()
    }

    public func write(_ record: JournalRecord) {
        JournalEncoder.encode(record, into: &pending)
        if flushesEachLine || pending.count >= Self.flushAt { flush() }
        for listener in listeners { listener(record) }
    }

    /// Must be called once after the last record.
    public func flush() {
        hash.update(pending)
        deliver()
    }

    private func deliver() {
        size += pending.count
        switch destination {
        case .nowhere: break
        case .memory: bytes.append(contentsOf: pending)
        case .file(let descriptor): failure = failure ?? FileWriting.write(pending, to: descriptor)
        }
        pending.removeAll(keepingCapacity: true)
    }
}
