import CLinuxShims
import Glibc

/// One thread waiting for descriptors and instants. Callbacks run to their end, one after the other.
package final class EventLoop {
    /// Names a callback until it is cancelled.
    package struct Token: Hashable { fileprivate var id: Int }

    private struct Watch {
        var descriptor: Int32
        var events: UInt32
        var call: () -> Void
    }

    private struct Alarm {
        var instant: Int64
        var call: () -> Void
    }

    private let poll: Int32
    private let timer: Int32
    private var watches: [Int: Watch] = [:]
    private var alarms: [Int: Alarm] = [:]
    private var next = 1
    private var isStopped = false

    package init() throws(HostError) {
        poll = try SystemCall.call(epoll_create1(Int32(EPOLL_CLOEXEC)), "making an event loop")
        timer = try SystemCall.check(host_timer_create(), "making a timer")
        var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: 0))
        try SystemCall.call(epoll_ctl(poll, EPOLL_CTL_ADD, timer, &event), "watching a timer")
    }

    deinit {
        close(timer)
        close(poll)
    }

    /// Calls whenever `descriptor` is readable (or `events` say otherwise) or its far end has gone.
    @discardableResult
    package func watch(
        _ descriptor: Int32, events: UInt32 = EPOLLIN.rawValue, _ call: @escaping () -> Void
    ) throws(HostError) -> Token {
        let id = next
        next += 1
        var event = epoll_event(events: events, data: epoll_data_t(u64: UInt64(id)))
        try SystemCall.call(epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event), "watching descriptor \(descriptor)")
        watches[id] = Watch(descriptor: descriptor, events: events, call: call)
        return Token(id: id)
    }

    /// Calls once at `instant` (BootTime) or as soon after as may be.
    @discardableResult
    package func at(_ instant: Int64, _ call: @escaping () -> Void) -> Token {
        let id = next
        next += 1
        alarms[id] = Alarm(instant: instant, call: call)
        arm()
        return Token(id: id)
    }

    /// Cancelling what has fired or was cancelled already does nothing. The descriptor stays the caller's.
    package func cancel(_ token: Token) {
        if let watch = watches.removeValue(forKey: token.id) {
            epoll_ctl(poll, EPOLL_CTL_DEL, watch.descriptor, nil)
        } else if alarms.removeValue(forKey: token.id) != nil {
            arm()
        }
    }

    package func stop() { isStopped = true }

    /// Returns after `stop`.
    package func run() {
        var events = [epoll_event](repeating: epoll_event(), count: 16)
        while !isStopped {
            let count = epoll_wait(poll, &events, Int32(events.count), -1)
            guard count > 0 else { continue }
            for event in events[..<Int(count)] where !isStopped {
                if event.data.u64 == 0 {
                    ring()
                } else {
                    // A callback before may have cancelled this one.
                    watches[Int(event.data.u64)]?.call()
                }
            }
        }
    }

    private func ring() {
        var expirations: UInt64 = 0
        _ = read(timer, &expirations, 8)
        let now = BootTime.now
        let due = alarms.filter { $0.value.instant <= now }.sorted {
            ($0.value.instant, $0.key) < ($1.value.instant, $1.key)
        }
        for (id, alarm) in due where alarms.removeValue(forKey: id) != nil { alarm.call() }
        arm()
    }

    private func arm() {
        let first = alarms.values.map(\.instant).min()
        // 0 would disarm.
        _ = host_timer_set(timer, first.map { max($0, 1) } ?? 0)
    }
}
