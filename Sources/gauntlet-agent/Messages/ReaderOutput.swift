import ChaosFleet
import Glibc
import Synchronization

/// Standard output, a line at a time from any thread.
struct ReaderOutput: Sendable {
    private static let lock = Mutex(())

    func line(_ fields: [String]) { text(Self.join(fields)) }

    /// Whole lines.
    func text(_ text: String) {
        let bytes = Array(text.utf8)
        Self.lock.withLock { _ in
            var from = 0
            while from < bytes.count {
                let count = bytes.withUnsafeBytes { write(1, $0.baseAddress! + from, bytes.count - from) }
                if count < 0, errno == EINTR { continue }
                // Nobody listens any more.
                guard count > 0 else { exit(1) }
                from += count
            }
        }
    }

    static func join(_ fields: [String]) -> String {
        fields.map { field in
            field.isEmpty ? "-" : String(field.map { $0 == "\t" || $0 == "\n" ? " " : $0 })
        }.joined(separator: "\t") + "\n"
    }
}

/// Whether the reader still follows, and when something came last.
final class Following: Sendable {
    private let state = Mutex((isOver: false, lastDelivery: Int64(0)))

    var isOver: Bool { state.withLock { $0.isOver } }
    var lastDelivery: Int64 { state.withLock { $0.lastDelivery } }

    func end() { state.withLock { $0.isOver = true } }
    func delivered(at time: Int64) { state.withLock { $0.lastDelivery = max($0.lastDelivery, time) } }
}
