import Synchronization

/// Shows how far a run is: a line that redraws itself on a terminal, a plain line each 10 % elsewhere. On standard error,
/// so that results can be piped. Sendable because many seeds report to one meter.
final class ProgressMeter: Sendable {
    private struct State {
        var lastDrawn: ContinuousClock.Instant?
        var tenth = 0
        var isShown = false
    }

    private let label: String
    private let isEnabled: Bool
    private let redraws: Bool
    private let began = ContinuousClock.now
    private let state = Mutex(State())

    init(label: String, isEnabled: Bool, redraws: Bool = Terminal.isErrorTerminal) {
        self.label = label
        self.isEnabled = isEnabled
        self.redraws = redraws
    }

    /// `share`: 0...1.
    func update(_ share: Double) {
        guard isEnabled else { return }
        state.withLock { state in
            if redraws { redraw(share, &state) } else { write(share, &state) }
        }
    }

    /// Takes the line away again.
    func finish() {
        guard isEnabled, redraws else { return }
        state.withLock { state in
            if state.isShown { Terminal.draw("\r\u{1B}[K") }
            state.isShown = false
        }
    }

    private func redraw(_ share: Double, _ state: inout State) {
        let now = ContinuousClock.now
        if let last = state.lastDrawn, last.duration(to: now) < .milliseconds(100) { return }
        state.lastDrawn = now
        state.isShown = true
        let filled = Int(share * 24)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
        Terminal.draw("\r\(label) \(bar) \(Int(share * 100)) %\(remaining(share, now))\u{1B}[K")
    }

    private func write(_ share: Double, _ state: inout State) {
        let tenth = Int(share * 10)
        guard tenth > state.tenth else { return }
        state.tenth = tenth
        // Who is done in a blink has no progress to tell.
        guard began.duration(to: .now) > .seconds(1) else { return }
        Terminal.note("\(label) \(tenth * 10) %\(remaining(share, .now))")
    }

    /// Nothing before there is anything to extrapolate from.
    private func remaining(_ share: Double, _ now: ContinuousClock.Instant) -> String {
        let elapsed = began.duration(to: now) / .seconds(1)
        guard share > 0.01, share < 1, elapsed > 0.5 else { return "" }
        let left = Int((elapsed / share * (1 - share)).rounded(.up))
        return left < 120 ? ", \(left) s left" : ", \(left / 60) min left"
    }
}
