import Synchronization

/// Keeps who is refused again and again from filling the disk and the processor: beyond some refusals a minute from one
/// address, the rest are answered `429` and written to the audit log as one line with their number.
///
/// Who shows the right token always passes: nobody can lock the operator out of *Halt* by guessing.
package final class RefusalLimit: Sendable {
    package enum Answer: Hashable, Sendable {
        /// To be audited on its own.
        case counted
        /// One too many; try again after so many seconds.
        case limited(retryAfter: Int64)
    }

    /// Refusals that were not audited on their own.
    package struct Held: Hashable, Sendable {
        package var address: String
        package var count: Int

        package init(address: String, count: Int) {
            self.address = address
            self.count = count
        }
    }

    private struct Window {
        var began: Int64
        var count = 0
        var held = 0
    }

    /// In a minute, from one address.
    package static let most = 20
    private static let length: Int64 = 60
    /// Addresses remembered at once; on loopback there is one.
    private static let addresses = 1_000

    private let windows = Mutex<[String: Window]>([:])

    package init() {}

    /// One more refusal, now (seconds since 1970).
    package func count(_ address: String, now: Int64) -> Answer {
        windows.withLock { windows in
            if windows.count >= Self.addresses, windows[address] == nil { return .limited(retryAfter: Self.length) }
            var window = windows[address] ?? Window(began: now)
            if now >= window.began + Self.length, window.held == 0 { window = Window(began: now) }
            window.count += 1
            defer { windows[address] = window }
            guard window.count > Self.most else { return .counted }
            window.held += 1
            return .limited(retryAfter: max(1, window.began + Self.length - now))
        }
    }

    /// What is to be audited of windows that are over; `all` of them at the end.
    package func collect(now: Int64, all: Bool = false) -> [Held] {
        windows.withLock { windows in
            let over = windows.filter { all || now >= $0.value.began + Self.length }
            for address in over.keys { windows[address] = nil }
            return over.filter { $0.value.held > 0 }.sorted { $0.key < $1.key }.map {
                Held(address: $0.key, count: $0.value.held)
            }
        }
    }
}
