import ChaosPlan

/// The seconds in which a subject deviated, for the resilience loss. Equal ones are counted, not kept; only those of the
/// recovery phase keep their time.
struct DeviationTally {
    struct Deviation: Hashable, Comparable {
        var subject: Int
        var requests: Int
        var succeeded: Int
        var length: Nanoseconds

        static func < (a: Deviation, b: Deviation) -> Bool {
            (a.subject, a.requests, a.succeeded, a.length) < (b.subject, b.requests, b.succeeded, b.length)
        }
    }

    private var counts: [Deviation: Int] = [:]
    private var recovery: [(time: Nanoseconds, deviation: Deviation)] = []

    mutating func add(_ deviation: Deviation, at time: Nanoseconds, in phase: Phase) {
        if phase == .recovery {
            recovery.append((time, deviation))
        } else {
            counts[deviation, default: 0] += 1
        }
    }

    /// All up to `end`, in an order that does not depend on hashing, so that sums of doubles are the same every time.
    func sorted(before end: Nanoseconds) -> [(deviation: Deviation, count: Int)] {
        var counts = counts
        for entry in recovery where entry.time < end { counts[entry.deviation, default: 0] += 1 }
        return counts.map { ($0.key, $0.value) }.sorted { $0.deviation < $1.deviation }
    }
}
