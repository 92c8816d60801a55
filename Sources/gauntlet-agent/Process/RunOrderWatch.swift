import ChaosFleet
import FoundationEssentials
import NIOCore

/// Looks four times a second what run is on. A file needs no network to be heard of.
final class RunOrderWatch: @unchecked Sendable {
    private let path: String
    private let clock: LoopClock
    private var order: RunOrder?
    private var lastText: Data?
    private var changed: (@Sendable (RunOrder?) -> Void)?
    private var scheduled: Scheduled<Void>?

    init(path: String, clock: LoopClock) {
        self.path = path
        self.clock = clock
    }

    /// `changed` is called on the loop whenever the order is another.
    func start(_ changed: @escaping @Sendable (RunOrder?) -> Void) {
        self.changed = changed
        look()
    }

    func stop() {
        scheduled?.cancel()
        changed = nil
    }

    private func look() {
        scheduled = clock.after(250_000_000) { [weak self] in self?.look() }
        let text = try? Data(contentsOf: URL(filePath: path))
        guard text != lastText else { return }
        // It is written whole: what cannot be read is none of ours, and no reason to forget the run that is on.
        guard let now = try? RunOrder.read(path) else {
            guard text == nil else { return }
            lastText = nil
            return tell(nil)
        }
        lastText = text
        tell(now)
    }

    private func tell(_ now: RunOrder?) {
        guard now != order else { return }
        order = now
        changed?(now)
    }
}
