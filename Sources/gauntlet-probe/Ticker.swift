package import NIOCore

/// Does something again and again, on an event loop, at a fixed rate; what it is too late for it leaves out.
package final class Ticker {
    private let eventLoop: any EventLoop
    private let interval: TimeAmount
    private let body: () -> Void
    private var next: NIODeadline
    private var scheduled: Scheduled<Void>?

    /// Runs from now on, until cancelled.
    package init(
        on eventLoop: any EventLoop, after delay: TimeAmount, every interval: TimeAmount, _ body: @escaping () -> Void
    ) {
        self.eventLoop = eventLoop
        self.interval = interval
        self.body = body
        next = .now() + delay
        schedule()
    }

    package func cancel() {
        scheduled?.cancel()
        scheduled = nil
    }

    private func schedule() {
        scheduled = eventLoop.assumeIsolated().scheduleTask(deadline: next) {
            let now = NIODeadline.now()
            self.next = self.next + self.interval
            if self.next < now { self.next = now + self.interval }
            self.schedule()
            self.body()
        }
    }
}
