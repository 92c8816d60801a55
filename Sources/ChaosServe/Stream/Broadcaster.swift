import NIOCore
import Synchronization

/// Hands each message to all who look; the message is made once.
package final class Broadcaster: Sendable {
    private struct State {
        var document = PageDocument()
        var page: PageState?
        var viewers: [Viewer] = []
        var isClosed = false
        var dropped = 0

        var snapshot: ByteBuffer { mutating get { ByteBuffer(bytes: document.snapshot()) } }
    }

    /// More than this many pages are not served at once.
    package static let most = 200

    private let state = Mutex(State())

    package init() {}

    package func publish(_ page: PageState) {
        state.withLock { state in
            state.page = page
            guard let message = state.document.update(page).map({ ByteBuffer(bytes: $0) }) else {
                state.viewers.removeAll(where: \.isFinished)
                return
            }
            // Made when the first slow one needs it, and kept by the document for the others.
            var document = state.document
            let viewers = state.viewers.filter { viewer in
                viewer.offer(message) { ByteBuffer(bytes: document.snapshot()) }
            }
            state.document = document
            state.dropped += state.viewers.count - viewers.count
            state.viewers = viewers
        }
    }

    /// A new viewer, whose first message is the whole state; nil when there are too many, or it is over.
    package func join(disconnect: @escaping @Sendable () -> Void) -> Viewer? {
        state.withLock { state in
            state.viewers.removeAll(where: \.isFinished)
            guard !state.isClosed, state.viewers.count < Self.most else { return nil }
            let viewer = Viewer(disconnect: disconnect)
            let snapshot = state.snapshot
            _ = viewer.offer(snapshot) { snapshot }
            state.viewers.append(viewer)
            return viewer
        }
    }

    /// Lets everybody go; nobody can join afterwards.
    package func close() {
        let viewers = state.withLock { state in
            state.isClosed = true
            defer { state.viewers = [] }
            return state.viewers
        }
        for viewer in viewers { viewer.finish() }
    }

    package var viewerCount: Int { state.withLock { $0.viewers.count { !$0.isFinished } } }
    /// Messages made so far.
    package var encodings: Int { state.withLock { $0.document.encodings } }
    /// The state published last.
    package var latest: PageState? { state.withLock { $0.page } }
}
