import ChaosFleet
package import ChaosPlan
import Dispatch
import Glibc
package import NIOCore

/// Outcomes as lines with tabs between their fields: `h VERSION`, `o SUBJECT INTENDED END OK LATE SERVING`,
/// `u SUBJECT INTENDED`, `w NOW` (all that ended before it has been written), `e TEXT`.
///
/// Collected and written every 50 ms, by a thread of its own: whoever reads slowly does not delay a request.
package final class ProbeOutput: ProbeSink {
    package static let version = 1
    package static let interval = TimeAmount.milliseconds(50)

    /// CLOCK_BOOTTIME of time zero, once it is known.
    package var startNs: Int64?
    private var buffer: [UInt8] = []
    private let write: @Sendable ([UInt8]) -> Void
    private let queue = DispatchQueue(label: "output")
    private var ticker: Ticker?

    /// `write` is called on another thread, one call after the other.
    package init(write: @escaping @Sendable ([UInt8]) -> Void) {
        self.write = write
        put("h")
        put(Int64(Self.version))
        endLine()
    }

    /// To a descriptor. If its reader is gone there is nobody to probe for: the process ends.
    package convenience init(descriptor: Int32) {
        self.init { bytes in
            bytes.withUnsafeBytes { bytes in
                var done = 0
                while done < bytes.count {
                    let count = Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { exit(0) }
                    done += count
                }
            }
        }
    }

    package func start(on eventLoop: any EventLoop) {
        flush()
        ticker = Ticker(on: eventLoop, after: Self.interval, every: Self.interval) { self.flush() }
    }

    /// Returns when all has been written.
    package func finish() {
        ticker?.cancel()
        ticker = nil
        flush()
        queue.sync {}
    }

    package func ended(_ outcome: ProbeOutcome) {
        put("o")
        put(Int64(outcome.subject))
        put(outcome.intended)
        put(outcome.end)
        put(outcome.isOK ? 1 : 0)
        put(outcome.late)
        if let serving = outcome.serving { put(Int64(serving)) } else { buffer.append(contentsOf: "\t-".utf8) }
        endLine()
    }

    package func missed(subject: Int, intended: Nanoseconds) {
        put("u")
        put(Int64(subject))
        put(intended)
        endLine()
    }

    package func error(_ text: String) {
        put("e")
        buffer.append(UInt8(ascii: "\t"))
        buffer.append(contentsOf: text.utf8.map { $0 == 9 || $0 == 10 ? 32 : $0 })
        endLine()
    }

    private func flush() {
        if let startNs {
            put("w")
            put(FleetClock.now - startNs)
            endLine()
        }
        guard !buffer.isEmpty else { return }
        let bytes = buffer
        let write = write
        buffer.removeAll(keepingCapacity: true)
        queue.async { write(bytes) }
    }

    // MARK: Fields

    private func put(_ word: StaticString) {
        buffer.append(contentsOf: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }

    private func put(_ number: Int64) {
        buffer.append(UInt8(ascii: "\t"))
        if number < 0 { buffer.append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        let start = buffer.count
        repeat {
            buffer.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        buffer[start...].reverse()
    }

    private func endLine() { buffer.append(UInt8(ascii: "\n")) }
}
