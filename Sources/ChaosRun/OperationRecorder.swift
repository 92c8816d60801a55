public import ChaosPlan

/// Encodes operations into a file or into memory.
public final class OperationRecorder: OperationSink {
    public enum Destination {
        case memory
        /// An open, writable descriptor; the caller closes it.
        case file(Int32)
    }

    /// The first failed write, as errno; what follows is lost.
    public private(set) var failure: Int32?
    /// Everything, for `memory`.
    public private(set) var bytes: [UInt8] = []

    private let destination: Destination
    private var pending: [UInt8] = []
    private static let flushAt = 1 << 18

    public init(to destination: Destination) {
        self.destination = destination
        OperationEncoder.encodeHeading(into: &pending)
    }

    public func write(_ operation: OperationRecord) {
        OperationEncoder.encode(operation, into: &pending)
        if pending.count >= Self.flushAt { flush() }
    }

    /// Must be called once after the last operation.
    public func flush() {
        switch destination {
        case .memory: bytes.append(contentsOf: pending)
        case .file(let descriptor): failure = failure ?? FileWriting.write(pending, to: descriptor)
        }
        pending.removeAll(keepingCapacity: true)
    }
}
