public import ChaosPlan
import Foundation
import Synchronization

/// Tells people of events: takes them at once, keeps them on disk until each receiver has them, and never harms whoever
/// notifies.
///
///     let (configuration, problems) = NotifyConfiguration.read(text: text, file: "notifications.yaml")
///     let notifier = Notifier(configuration) { note($0) }
///     notifier.notify(.calendarPaused(calendar: "calendar.yaml", reason: "hub-failover deviated"))
///     let standings = await notifier.drain(within: 10 * .second)   // before the process ends, if it can wait
///
/// Delivery is at least once: a receiver can be told twice when the process dies between the answer and its note of it, with
/// the same id and deduplication key. Messages to one receiver keep their order; receivers do not wait for each other.
/// Several processes may use one outbox: one of them delivers, the others leave their events there.
public final class Notifier: EventSink {
    /// All that blocks on a disk happens on it, in order: neither callers nor the cooperative pool wait for it.
    private let queue = DispatchQueue(label: "gauntlet.notify")
    private let core: Mutex<NotifierCore>
    private let count = Atomic<Int>(0)
    /// In events' ids: process ids come again, and one process may have several notifiers.
    private let nonce = String(UInt32.random(in: 0...UInt32.max), radix: 16)
    private let clock: any NotifyClock
    private let transport: any Transport

    /// Opens the outbox, behind the caller's back, and goes on with what an earlier process left in it.
    ///
    /// - Parameter log: one line for people about each thing that went wrong; never with a secret; from any thread.
    public convenience init(_ configuration: NotifyConfiguration, log: @escaping @Sendable (String) -> Void) {
        let clock = SystemNotifyClock()
        self.init(
            configuration, clock: clock, transport: URLSessionTransport(),
            seed: UInt64(truncatingIfNeeded: clock.now) ^ UInt64(getpid()), log: log)
    }

    /// - Parameter seed: of the back-off's jitter.
    package init(
        _ configuration: NotifyConfiguration, clock: any NotifyClock, transport: any Transport, seed: UInt64,
        log: @escaping @Sendable (String) -> Void
    ) {
        self.clock = clock
        self.transport = transport
        core = Mutex(NotifierCore(configuration, clock: clock, seed: seed, log: log))
        act { $0.open() }
        watch()
    }

    deinit {
        core.withLock { $0.release() }
    }

    public func notify(_ event: NotificationEvent) {
        let time = clock.now
        let number = String(count.wrappingAdd(1, ordering: .relaxed).newValue)
        let digits = String(repeating: "0", count: Swift.max(0, 6 - number.count)) + number
        let record = Outbox.Record(id: "\(time)-\(nonce)-\(digits)", time: time, event: event)
        act { $0.take(record) }
    }

    /// Waits until everything told so far is delivered, given up or left to another process, but not longer than the limit;
    /// what is still undelivered then stays in the outbox. Says how each receiver stands.
    public func drain(within limit: Nanoseconds) async -> [Standing] {
        let clock = self.clock
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let waiter = Waiter(continuation)
            clock.after(limit / .millisecond) { waiter.resume() }
            act { $0.whenIdle { waiter.resume() } }
        }
        return await standings()
    }

    /// How each receiver stands, in the configuration's order.
    public func standings() async -> [Standing] {
        await withCheckedContinuation { continuation in
            act { core in
                continuation.resume(returning: core.standings())
                return []
            }
        }
    }

    /// How one receiver stands.
    public struct Standing: Hashable, Sendable {
        public var receiver: String
        /// Messages that it took, since this notifier was made.
        public var delivered: Int
        /// Messages that wait for it.
        public var waiting: Int
        /// Messages that were given up and not yet removed from the outbox's `dead`.
        public var dead: Int
        /// Why the latest attempt failed; nil after one that did not.
        public var failure: String?

        public init(receiver: String, delivered: Int, waiting: Int, dead: Int, failure: String?) {
            self.receiver = receiver
            self.delivered = delivered
            self.waiting = waiting
            self.dead = dead
            self.failure = failure
        }
    }

    // MARK: - Acting

    /// Lets the core decide, on the queue, and does what it decided.
    private func act(_ decide: @escaping @Sendable (inout NotifierCore) -> [NotifierCore.Action]) {
        queue.async { [self] in
            for action in core.withLock({ decide(&$0) }) { carryOut(action) }
        }
    }

    private func carryOut(_ action: NotifierCore.Action) {
        switch action {
        case .send(let request, let receiver, let limit):
            transport.send(request, limit: limit) { [weak self] result in
                self?.act { $0.sent(to: receiver, result) }
            }
        case .wake(let receiver, let delay):
            clock.after(delay) { [weak self] in self?.act { $0.wake(receiver) } }
        case .call(let work): work()
        }
    }

    /// Other processes leave events without a word, and the one that delivered may be gone: looks now and then.
    private func watch() {
        clock.after(NotifierCore.lookEvery) { [weak self] in
            guard let self else { return }
            act { $0.look() }
            watch()
        }
    }
}

/// Resumes once, whoever is first.
private final class Waiter: Sendable {
    private let continuation: Mutex<CheckedContinuation<Void, Never>?>

    init(_ continuation: CheckedContinuation<Void, Never>) { self.continuation = Mutex(continuation) }

    func resume() {
        let waiting = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        waiting?.resume()
    }
}
