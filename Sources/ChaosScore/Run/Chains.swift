import ChaosPlan

/// User-uptime's chains (Hauer et al., NSDI '20): each is up until its first failure, then as its latest evidence says.
struct Chains {
    private var downSince: [Nanoseconds?]
    private(set) var intervals: [DownInterval] = []

    init(subjects: Int) { downSince = Array(repeating: nil, count: subjects) }

    mutating func change(subject: Int, up: Bool, at time: Nanoseconds) {
        switch (downSince[subject], up) {
        case (nil, false): downSince[subject] = time
        case (let start?, true):
            downSince[subject] = nil
            if time > start { intervals.append(DownInterval(subject: subject, start: start, end: time, open: false)) }
        case (nil, true), (.some, false): break
        }
    }

    /// All downtime up to the horizon, by start and then by subject.
    consuming func close(at horizon: Nanoseconds) -> [DownInterval] {
        for (subject, start) in downSince.enumerated() {
            guard let start, start < horizon else { continue }
            intervals.append(DownInterval(subject: subject, start: start, end: horizon, open: true))
        }
        intervals.sort { ($0.start, $0.subject) < ($1.start, $1.subject) }
        return intervals
    }
}
