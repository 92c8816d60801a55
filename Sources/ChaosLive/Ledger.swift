package import ChaosFleet
package import ChaosPlan
package import ChaosRun

/// Judges a run's messages by what publishers saw (acknowledged or not) and what the streams hold at the end: nothing else.
///
/// Lost is what was acknowledged and is not in the publisher's own stream at the end: before the first message that is there
/// (prefix), behind the last (postfix), or between. After Jepsen's test of JetStream (jepsen-io/nats, queue.clj).
package struct Ledger {
    package struct Publisher {
        var published: Set<UInt64> = []
        var acknowledged: Set<UInt64> = []
        var indeterminate: Set<UInt64> = []
        var dropped: Set<UInt64> = []
        /// In the order of its own stream.
        var stored: [UInt64] = []
        /// In copies of its stream, by the domain that holds the copy.
        var copies: [String: Set<UInt64>] = [:]
        var delivered: Set<UInt64> = []
        var redelivered = 0
        var bufferHighWater = 0

        /// Neither acknowledged, nor given up: still in its buffer, or nobody knows.
        var isOpen: Bool { acknowledged.count + dropped.count < published.count }
    }

    package private(set) var publishers: [String: Publisher] = [:]
    private var hasRead = false

    package init() {}

    /// Takes a publisher's own word.
    package mutating func consume(_ fact: TelemetryLine.Fact, of agent: String) {
        switch fact {
        case .published(let counter): publishers[agent, default: Publisher()].published.insert(counter)
        case .acknowledged(let counter): publishers[agent, default: Publisher()].acknowledged.insert(counter)
        case .indeterminate(let counter): publishers[agent, default: Publisher()].indeterminate.insert(counter)
        case .dropped(let counter): publishers[agent, default: Publisher()].dropped.insert(counter)
        case .bufferHighWater(let count):
            publishers[agent, default: Publisher()].bufferHighWater = max(
                publishers[agent]?.bufferHighWater ?? 0, count)
        default: break
        }
    }

    /// A consumer got a message, for the `attempt`-th time.
    package mutating func delivered(_ counter: UInt64, of agent: String, attempt: Int) {
        publishers[agent, default: Publisher()].delivered.insert(counter)
        if attempt > 1 { publishers[agent, default: Publisher()].redelivered += 1 }
    }

    /// The final read found a message, in its publisher's own stream or in a copy that another domain holds.
    package mutating func stored(_ counter: UInt64, of agent: String, copyIn domain: String?) {
        hasRead = true
        if let domain {
            publishers[agent, default: Publisher()].copies[domain, default: []].insert(counter)
        } else {
            publishers[agent, default: Publisher()].stored.append(counter)
        }
    }

    /// Before the streams are read once more.
    package mutating func forgetStored() {
        for name in publishers.keys {
            publishers[name]?.stored = []
            publishers[name]?.copies = [:]
        }
        // Whoever is asked twice and does not answer holds nothing.
        hasRead = true
    }

    /// Messages that may still be on their way to an acknowledgement.
    package var open: Int {
        publishers.values.reduce(0) { $0 + max(0, $1.published.count - $1.acknowledged.count - $1.dropped.count) }
    }

    /// Adds what is judged to the run's totals and tells broken invariants.
    package func judge(into observer: Observer, now: Nanoseconds) {
        var totals = observer.totals
        for name in publishers.keys.sorted() {
            guard let publisher = publishers[name] else { continue }
            totals.published += publisher.published.count
            totals.acknowledged += publisher.acknowledged.count
            totals.indeterminate += publisher.indeterminate.count
            totals.bufferDropped += publisher.dropped.count
            totals.bufferHighWater = max(totals.bufferHighWater, publisher.bufferHighWater)
            totals.redelivered += publisher.redelivered
            guard hasRead else { continue }
            judge(publisher, name, &totals, observer, now)
        }
        observer.totals = totals
    }

    private func judge(
        _ publisher: Publisher, _ name: String, _ totals: inout Totals, _ observer: Observer, _ now: Nanoseconds
    ) {
        let stored = Set(publisher.stored)
        totals.delivered += publisher.delivered.union(stored).count
        let again = publisher.stored.count - stored.count
        totals.duplicated += again
        if again > 0 {
            observer.violation("duplicated", subject: name, detail: "\(again) messages are stored twice", now: now)
        }
        let disorder = Self.disorder(publisher.stored)
        totals.outOfOrder += disorder.count
        if let first = disorder.first {
            observer.violation(
                "order", subject: name,
                detail: "message \(first) is stored after a later one (\(disorder.count) in all)",
                now: now)
        }
        let invented = stored.subtracting(publisher.published)
        totals.unexpected += invented.count
        if let first = invented.min() {
            observer.violation(
                "unexpected", subject: name, detail: "message \(first) was stored and never published", now: now)
        }
        let lost = publisher.acknowledged.subtracting(stored).sorted()
        for counter in lost {
            if counter < stored.min() ?? .max {
                totals.lostPrefix += 1
            } else if counter < stored.max() ?? 0 {
                totals.lostMiddle += 1
            } else {
                totals.lostPostfix += 1
            }
        }
        if let first = lost.first {
            observer.violation(
                "acknowledged-loss", subject: name,
                detail: "\(lost.count) acknowledged, not in the stream; the first is message \(first)", now: now)
        }
        for domain in publisher.copies.keys.sorted() {
            let differing = publisher.copies[domain, default: []].symmetricDifference(stored)
            totals.divergent += differing.count
            if let first = differing.min() {
                observer.violation(
                    "divergent", subject: name,
                    detail: "\(differing.count) messages differ in \(domain); the first is message \(first)", now: now)
            }
        }
    }

    /// Counters that are stored behind a greater one.
    static func disorder(_ stored: [UInt64]) -> [UInt64] {
        var greatest: UInt64?
        return stored.filter { counter in
            defer { greatest = max(greatest ?? 0, counter) }
            return greatest.map { counter < $0 } ?? false
        }
    }
}
