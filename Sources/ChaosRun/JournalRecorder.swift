public import ChaosPlan
import Glibc

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
    private static let flushAt = 1 << 18

    public init(header: JournalHeader, to destination: Destination, listeners: [(JournalRecord) -> Void] = []) {
        self.destination = destination
        self.listeners = listeners
        pending.reserveCapacity(Self.flushAt + 4096)
        if case .nowhere = destination { return }
        JournalEncoder.encodeHeader(header, into: &pending)
        deliver()
    }

    public func write(_ record: JournalRecord) {
        JournalEncoder.encode(record, into: &pending)
        if pending.count >= Self.flushAt { flush() }
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
        case .file(let descriptor): write(to: descriptor)
        }
        pending.removeAll(keepingCapacity: true)
    }

    private func write(to descriptor: Int32) {
        guard failure == nil else { return }
        pending.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let written = Glibc.write(descriptor, buffer.baseAddress! + offset, buffer.count - offset)
                if written < 0 {
                    if errno == EINTR { continue }
                    failure = errno
                    return
                }
                offset += written
            }
        }
    }
}
