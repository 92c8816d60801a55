import ChaosPlan

/// Seeded random headers and records for property tests: every event kind, awkward strings, numbers at their edges.
struct JournalRandomRecords: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    mutating func time() -> Nanoseconds {
        switch below(5) {
        case 0: 0
        case 1: 999_999_999_999_999_999
        case 2: Nanoseconds(below(1000))
        default: Nanoseconds.random(in: 0...(168 * .hour), using: &self)
        }
    }

    mutating func count() -> Int { below(10) == 0 ? 1_000_000_000_000 : below(100_000) }

    mutating func string() -> String {
        let pool = [
            "", "EdgeHub", "MainPC-PC2", "A>B", "quote\"back\\slash", "line\nfeed\ttab\rreturn", "\u{01}\u{1F}\u{7F}",
            "Müller 77 🛰️", "{\"t\":1}", "a name that is much longer than fifteen bytes of UTF-8",
        ]
        return pool[below(pool.count)]
    }

    mutating func header() -> JournalHeader {
        JournalHeader(
            version: string(), scenario: string(), seed: next(), planDigest: next(), fleetDigest: next(),
            world: string(), phases: Phases(baseline: time(), faults: time(), recovery: time()),
            subjects: (0..<77).map { .init(name: "agent-\($0)", group: below(3), host: below(2)) },
            groups: ["a", "b", string()], hosts: ["MainPC", "PC2"],
            faults: (0..<5).map {
                .init(id: "f#\($0)", faultID: string(), kind: "kill", duration: below(2) == 0 ? nil : time())
            },
            requestInterval: time())
    }

    mutating func record() -> JournalRecord { JournalRecord(time: time(), event: event()) }

    private mutating func event() -> JournalEvent {
        switch below(21) {
        case 0: return .phase(Phase.allCases.randomElement(using: &self)!)
        case 1:
            return .fault(
                FaultEvent(
                    instance: below(5), state: FaultEvent.State.allCases.randomElement(using: &self)!,
                    evidence: string(), targets: (0..<below(3)).map { _ in string() },
                    subjects: (0..<below(4)).map { _ in below(77) }))
        case 2, 3: return .availability(subject: below(77), up: below(2) == 0)
        case 4:
            return .mechanism(
                MechanismEvent(
                    mechanism: Mechanism.allCases.randomElement(using: &self)!,
                    role: MechanismEvent.Role.allCases.randomElement(using: &self)!, by: string(), about: string(),
                    from: string(), to: string()))
        case 5:
            let requests = count()
            return .window(
                RequestWindow(
                    kind: RequestWindow.Kind.allCases.randomElement(using: &self)!, group: below(4) - 1,
                    length: time(), requests: requests, succeeded: Int.random(in: 0...requests, using: &self),
                    latency: Set((0..<below(6)).map { _ in below(LatencyHistogram.bucketCount) }).sorted().map {
                        BucketCount(bucket: $0, count: count())
                    }))
        case 6:
            let requests = count()
            return .subjectWindow(
                subject: below(77), length: time(), requests: requests,
                succeeded: Int.random(in: 0...requests, using: &self))
        case 7: return .violation(invariant: string(), subject: string(), detail: string())
        case 8:
            return .disk(
                host: below(2), used: Share(partsPerMillion: Int64(below(1_000_001))),
                level: DiskLevel.allCases.randomElement(using: &self)!)
        case 9: return .procedure(instance: below(5), took: time(), succeeded: below(2) == 0)
        case 10: return .hub(.diverged)
        case 11: return .hub(.agreed(conflicts: count()))
        case 12: return .hub(.lag(time()))
        case 13: return .abort(rule: string())
        case 14: return .interrupted
        case 15:
            return .exposure(
                Exposure(
                    place: Exposure.Place.allCases.randomElement(using: &self)!, location: string(), what: string()))
        case 16: return .audited(Exposure.Place.allCases.randomElement(using: &self)!, count: count())
        case 17: return .monitored(by: string())
        case 18:
            let labels = (0..<below(4)).map { _ in "host=" + string() }
            return .alert(
                AlertEvent(AlertEvent.Identity(name: string(), labels: labels), isFiring: below(2) == 0))
        case 19:
            return .load(
                HostLoad(
                    host: below(3) == 0 ? nil : below(2), cpu: Share(partsPerMillion: Int64(below(1_000_001))),
                    memory: Int64(count()), memoryTotal: Int64(count()),
                    disk: below(2) == 0 ? nil : Share(partsPerMillion: Int64(below(1_000_001)))))
        default: return .totals(totals())
        }
    }

    private mutating func totals() -> Totals {
        var totals = Totals()
        totals.requests = count()
        totals.succeeded = count()
        totals.unsent = count()
        totals.callsNeeded = count()
        totals.callsSent = count()
        totals.published = count()
        totals.acknowledged = count()
        totals.indeterminate = count()
        totals.delivered = count()
        totals.redelivered = count()
        totals.lostPrefix = count()
        totals.lostMiddle = count()
        totals.lostPostfix = count()
        totals.unexpected = count()
        totals.duplicated = count()
        totals.outOfOrder = count()
        totals.divergent = count()
        totals.bufferDropped = count()
        totals.bufferHighWater = count()
        totals.ownershipConflicts = count()
        totals.registered = count()
        totals.diskHighWater = Share(partsPerMillion: Int64(below(1_000_001)))
        return totals
    }
}
