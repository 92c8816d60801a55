import Foundation

/// The time of a notifier, so that tests need not wait for it.
package protocol NotifyClock: Sendable {
    /// Milliseconds since 1970.
    var now: Int64 { get }
    /// Calls `work` once after so many milliseconds, from any thread.
    func after(_ milliseconds: Int64, _ work: @escaping @Sendable () -> Void)
}

struct SystemNotifyClock: NotifyClock {
    var now: Int64 { Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)) }

    func after(_ milliseconds: Int64, _ work: @escaping @Sendable () -> Void) {
        let delay = Swift.max(0, Swift.min(milliseconds, 86_400_000))
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int(delay)), execute: work)
    }
}
