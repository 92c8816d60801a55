/// Times to an event of which some were not waited for to the end (Kaplan and Meier 1958). A run that never recovered
/// says "longer than this", and must neither be dropped nor be averaged as if it had recovered at the horizon.
public struct KaplanMeier: Sendable {
    public struct Observation: Hashable, Sendable {
        public var time: Double
        /// The event had not happened by `time`.
        public var censored: Bool

        public init(time: Double, censored: Bool) {
            self.time = time
            self.censored = censored
        }
    }

    /// (time, share still waiting after it), at each time with an event, ascending.
    public private(set) var survival: [(time: Double, share: Double)] = []

    public init(_ observations: [Observation]) {
        // At one instant events come before censorings: who was censored then was still waiting.
        let ordered = observations.sorted { ($0.time, $0.censored ? 1 : 0) < ($1.time, $1.censored ? 1 : 0) }
        // Runs of events without a censoring between them telescope to one quotient, which keeps halves exact:
        // the share is `base` × waiting after ÷ waiting before.
        var base = 1.0
        var before = ordered.count
        var at = 0
        while at < ordered.count {
            let time = ordered[at].time
            var events = 0
            var censorings = 0
            while at < ordered.count, ordered[at].time == time {
                if ordered[at].censored { censorings += 1 } else { events += 1 }
                at += 1
            }
            let after = ordered.count - at + censorings
            if events > 0 { survival.append((time, base * Double(after) / Double(before))) }
            if censorings > 0 {
                base *= Double(after) / Double(before)
                before = ordered.count - at
            }
        }
    }

    /// The first time at which at most half are still waiting; nil when more than half never got there.
    public var median: Double? { survival.first { $0.share <= 0.5 }?.time }
}
