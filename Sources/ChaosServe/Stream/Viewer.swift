package import NIOCore
import Synchronization

/// One who looks at the page: messages that wait for it, so many and no more.
///
/// A viewer who reads too slowly loses deltas and gets the whole state instead; one who does not read at all is let go.
/// Nobody ever waits for a viewer.
package final class Viewer: Sendable {
    private struct State {
        var waiting: [ByteBuffer] = []
        var reader: CheckedContinuation<ByteBuffer?, Never>?
        var isFinished = false
        /// Messages offered since it took one.
        var untaken = 0
    }

    /// Messages kept for one before they become a snapshot.
    package static let patience = 4
    /// Messages (seconds, at one a second) after which one that takes none is let go.
    package static let limit = 30

    private let state = Mutex(State())
    private let disconnect: @Sendable () -> Void

    /// `disconnect`: ends a connection whose writing does not come to an end.
    package init(disconnect: @escaping @Sendable () -> Void) { self.disconnect = disconnect }

    /// False when the viewer is to be forgotten.
    package func offer(_ message: ByteBuffer, snapshot: () -> ByteBuffer) -> Bool {
        enum Answer { case taken, kept, lost }
        let (answer, reader) = state.withLock { state -> (Answer, CheckedContinuation<ByteBuffer?, Never>?) in
            if state.isFinished { return (.lost, nil) }
            if let reader = state.reader {
                state.reader = nil
                state.untaken = 0
                return (.taken, reader)
            }
            state.untaken += 1
            if state.untaken > Self.limit {
                state.isFinished = true
                state.waiting = []
                return (.lost, nil)
            }
            if state.waiting.count < Self.patience {
                state.waiting.append(message)
            } else {
                state.waiting = [snapshot()]
            }
            return (.kept, nil)
        }
        reader?.resume(returning: message)
        if answer == .lost { disconnect() }
        return answer != .lost
    }

    /// The next message, when there is one; nil when it is over. To be called by one task.
    package func next() async -> ByteBuffer? {
        await withCheckedContinuation { continuation in
            let ready: ByteBuffer?? = state.withLock { state in
                state.untaken = 0
                if !state.waiting.isEmpty { return .some(state.waiting.removeFirst()) }
                if state.isFinished { return .some(nil) }
                precondition(state.reader == nil, "two tasks read for one viewer")
                state.reader = continuation
                return nil
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }

    /// It is over: what waits is still read.
    package func finish() {
        let reader = state.withLock { state in
            state.isFinished = true
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: nil)
    }

    var isFinished: Bool { state.withLock { $0.isFinished } }
}
