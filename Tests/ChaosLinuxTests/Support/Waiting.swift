import ChaosLinux
import Foundation

/// Polls until it holds; false if it does not within so many seconds.
func eventually(within seconds: Double = 10, _ condition: () throws -> Bool) rethrows -> Bool {
    let limit = Date().addingTimeInterval(seconds)
    while Date() < limit {
        if try condition() { return true }
        usleep(2_000)
    }
    return try condition()
}

/// Whether there is no such process, or only what is left of one that ended.
func isGone(_ pid: Int32) -> Bool { ProcessStatus.of(pid).map { "ZX".contains($0.state) } ?? true }
