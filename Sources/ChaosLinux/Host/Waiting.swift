import Glibc

enum Waiting {
    /// Returns as soon as `condition` holds, looked at every millisecond, or when the time is over.
    static func milliseconds(_ count: Int, until condition: () -> Bool) {
        for _ in 0..<count {
            if condition() { return }
            usleep(1_000)
        }
    }
}
