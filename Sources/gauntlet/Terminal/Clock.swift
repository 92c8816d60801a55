import ChaosPlan

/// Instants of a run, as people read them.
enum Clock {
    /// `37.250 s`, `1:02:37.250` from an hour on.
    static func text(_ time: Nanoseconds) -> String {
        let milliseconds = time / .millisecond
        let fraction = String(milliseconds % 1000 + 1000).dropFirst()
        let seconds = milliseconds / 1000
        guard seconds >= 3600 else { return "\(seconds).\(fraction) s" }
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(seconds / 3600):\(two(seconds / 60 % 60)):\(two(seconds % 60)).\(fraction)"
    }
}
