import ChaosPlan

/// Stretches of time in which something was not in its normal state: a buffer that is not idle, registries that differ.
struct Episodes {
    struct Episode: Hashable {
        var start: Nanoseconds
        /// Nil: not over when the run ended.
        var end: Nanoseconds?
    }

    private var open: [String: Nanoseconds] = [:]
    private var closed: [Episode] = []

    mutating func begin(_ name: String, at time: Nanoseconds) {
        if open[name] == nil { open[name] = time }
    }

    mutating func end(_ name: String, at time: Nanoseconds) {
        if let start = open.removeValue(forKey: name) { closed.append(Episode(start: start, end: time)) }
    }

    /// By start.
    var all: [Episode] {
        (closed + open.values.map { Episode(start: $0, end: nil) })
            .sorted { ($0.start, $0.end ?? .max) < ($1.start, $1.end ?? .max) }
    }
}
