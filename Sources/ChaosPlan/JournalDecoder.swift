/// Reads the lines that `JournalEncoder` writes. Every index is checked against the header's tables and every number
/// against what a run can produce, so that nothing behind it has to distrust a record.
struct JournalDecoder {
    typealias Failure = JournalScanner.Failure

    /// Above this a count is damage, not a measurement; sums of a million of them still fit.
    static let countLimit: Int64 = 1_000_000_000_000
    /// More memory than any machine has.
    static let byteLimit: Int64 = 1 << 60
    /// About 31 years.
    static let timeLimit: Int64 = 999_999_999_999_999_999

    private let subjects: Int
    private let groups: Int
    private let hosts: Int
    private let faults: Int

    private let phases = JournalWords<Phase>()
    private let states = JournalWords<FaultEvent.State>()
    private let mechanisms = JournalWords<Mechanism>()
    private let roles = JournalWords<MechanismEvent.Role>()
    private let kinds = JournalWords<RequestWindow.Kind>()
    private let levels = JournalWords<DiskLevel>()
    private let places = JournalWords<Exposure.Place>()

    init(header: JournalHeader) {
        subjects = header.subjects.count
        groups = header.groups.count
        hosts = header.hosts.count
        faults = header.faults.count
    }

    func record(_ line: UnsafeRawBufferPointer) throws(Failure) -> JournalRecord {
        var scanner = JournalScanner(line: line)
        try scanner.expect("{\"t\":")
        let time = try Self.time(&scanner)
        try scanner.expect(",\"ev\":")
        let event = try event(&scanner)
        try scanner.expect("}")
        try scanner.finish()
        return JournalRecord(time: time, event: event)
    }

    @inline(__always)
    private static func time(_ scanner: inout JournalScanner) throws(Failure) -> Nanoseconds {
        try scanner.integer(in: 0...timeLimit, "nanoseconds")
    }

    @inline(__always)
    private static func count(_ scanner: inout JournalScanner) throws(Failure) -> Int {
        Int(try scanner.integer(in: 0...countLimit, "a count"))
    }

    /// In the order of how often they occur.
    private func event(_ scanner: inout JournalScanner) throws(Failure) -> JournalEvent {
        if scanner.skip("\"sub\",\"s\":") { return try subjectWindow(&scanner) }
        if scanner.skip("\"down\",\"s\":") {
            return .availability(subject: try scanner.index(below: subjects, "a subject"), up: false)
        }
        if scanner.skip("\"up\",\"s\":") {
            return .availability(subject: try scanner.index(below: subjects, "a subject"), up: true)
        }
        if scanner.skip("\"win\",\"k\":") { return .window(try window(&scanner)) }
        if scanner.skip("\"mech\",\"m\":") { return .mechanism(try mechanism(&scanner)) }
        return try rareEvent(&scanner)
    }

    private func subjectWindow(_ scanner: inout JournalScanner) throws(Failure) -> JournalEvent {
        let subject = try scanner.index(below: subjects, "a subject")
        try scanner.expect(",\"len\":")
        let length = try Self.time(&scanner)
        let (requests, succeeded) = try Self.requests(&scanner)
        return .subjectWindow(subject: subject, length: length, requests: requests, succeeded: succeeded)
    }

    @inline(__always)
    private static func requests(_ scanner: inout JournalScanner) throws(Failure) -> (Int, Int) {
        try scanner.expect(",\"n\":")
        let requests = try count(&scanner)
        try scanner.expect(",\"ok\":")
        let succeeded = Int(try scanner.integer(in: 0...Int64(requests), "successes, of the requests,"))
        return (requests, succeeded)
    }

    private func window(_ scanner: inout JournalScanner) throws(Failure) -> RequestWindow {
        let kind = try kinds.read(&scanner)
        try scanner.expect(",\"g\":")
        let group = Int(try scanner.integer(in: -1...Int64(groups) - 1, "a group (or -1)"))
        try scanner.expect(",\"len\":")
        let length = try Self.time(&scanner)
        let (requests, succeeded) = try Self.requests(&scanner)
        try scanner.expect(",\"lat\":[")
        var latency: [BucketCount] = []
        if !scanner.skip("]") {
            var bucket = 0
            repeat {
                let start = scanner.at
                let step = try scanner.index(below: LatencyHistogram.bucketCount - bucket, "a step to a latency bucket")
                guard step > 0 || latency.isEmpty else {
                    throw Failure(offset: start, expected: "buckets in ascending order")
                }
                bucket += step
                try scanner.expect(",")
                latency.append(BucketCount(bucket: bucket, count: try Self.count(&scanner)))
            } while scanner.skip(",")
            try scanner.expect("]")
        }
        return RequestWindow(
            kind: kind, group: group, length: length, requests: requests, succeeded: succeeded, latency: latency)
    }

    private func mechanism(_ scanner: inout JournalScanner) throws(Failure) -> MechanismEvent {
        let mechanism = try mechanisms.read(&scanner)
        try scanner.expect(",\"role\":")
        let role = try roles.read(&scanner)
        try scanner.expect(",\"by\":")
        let by = try scanner.string()
        try scanner.expect(",\"about\":")
        let about = try scanner.string()
        try scanner.expect(",\"from\":")
        let from = try scanner.string()
        try scanner.expect(",\"to\":")
        let to = try scanner.string()
        return MechanismEvent(mechanism: mechanism, role: role, by: by, about: about, from: from, to: to)
    }

    private func rareEvent(_ scanner: inout JournalScanner) throws(Failure) -> JournalEvent {
        if scanner.skip("\"fault\",\"i\":") { return .fault(try fault(&scanner)) }
        if scanner.skip("\"disk\",\"h\":") {
            let host = try scanner.index(below: hosts, "a host")
            try scanner.expect(",\"used_ppm\":")
            let used = try scanner.integer(in: 0...1_000_000_000, "parts per million")
            try scanner.expect(",\"level\":")
            return .disk(host: host, used: Share(partsPerMillion: used), level: try levels.read(&scanner))
        }
        if scanner.skip("\"proc\",\"i\":") {
            let instance = try scanner.index(below: faults, "a fault instance")
            try scanner.expect(",\"took\":")
            let took = try Self.time(&scanner)
            try scanner.expect(",\"ok\":")
            if scanner.skip("true") { return .procedure(instance: instance, took: took, succeeded: true) }
            try scanner.expect("false")
            return .procedure(instance: instance, took: took, succeeded: false)
        }
        if scanner.skip("\"violation\",\"inv\":") {
            let invariant = try scanner.string()
            try scanner.expect(",\"subject\":")
            let subject = try scanner.string()
            try scanner.expect(",\"detail\":")
            return .violation(invariant: invariant, subject: subject, detail: try scanner.string())
        }
        if scanner.skip("\"hub-diverged\"") { return .hub(.diverged) }
        if scanner.skip("\"hub-agreed\",\"conflicts\":") { return .hub(.agreed(conflicts: try Self.count(&scanner))) }
        if scanner.skip("\"hub-lag\",\"lag\":") { return .hub(.lag(try Self.time(&scanner))) }
        if scanner.skip("\"phase\",\"p\":") { return .phase(try phases.read(&scanner)) }
        if scanner.skip("\"abort\",\"rule\":") { return .abort(rule: try scanner.string()) }
        if scanner.skip("\"interrupted\"") { return .interrupted }
        if scanner.skip("\"exposure\",\"place\":") { return .exposure(try exposure(&scanner)) }
        if scanner.skip("\"audited\",\"place\":") {
            let place = try places.read(&scanner)
            return .audited(place, count: try next(",\"n\":", &scanner))
        }
        if scanner.skip("\"monitored\",\"by\":") { return .monitored(by: try scanner.string()) }
        if scanner.skip("\"alert\",\"name\":") { return .alert(try Self.alert(&scanner)) }
        if scanner.skip("\"load\",\"h\":") { return .load(try load(&scanner)) }
        if scanner.skip("\"totals\",\"requests\":") { return .totals(try totals(&scanner)) }
        if scanner.skip("\"end\"") { return .end }
        throw scanner.failure("a known kind of event")
    }

    private func fault(_ scanner: inout JournalScanner) throws(Failure) -> FaultEvent {
        let instance = try scanner.index(below: faults, "a fault instance")
        try scanner.expect(",\"st\":")
        let state = try states.read(&scanner)
        try scanner.expect(",\"targets\":")
        let targets = try scanner.strings()
        try scanner.expect(",\"subjects\":[")
        var hit: [Int] = []
        if !scanner.skip("]") {
            repeat { hit.append(try scanner.index(below: subjects, "a subject")) } while scanner.skip(",")
            try scanner.expect("]")
        }
        try scanner.expect(",\"evidence\":")
        let evidence = try scanner.string()
        return FaultEvent(instance: instance, state: state, evidence: evidence, targets: targets, subjects: hit)
    }

    private func exposure(_ scanner: inout JournalScanner) throws(Failure) -> Exposure {
        let place = try places.read(&scanner)
        try scanner.expect(",\"where\":")
        let location = try scanner.string()
        try scanner.expect(",\"what\":")
        return Exposure(place: place, location: location, what: try scanner.string())
    }

    private static func alert(_ scanner: inout JournalScanner) throws(Failure) -> AlertEvent {
        let name = try scanner.string()
        try scanner.expect(",\"labels\":")
        let labels = try scanner.strings()
        let isFiring = scanner.skip(",\"firing\":true")
        if !isFiring { try scanner.expect(",\"firing\":false") }
        return AlertEvent(AlertEvent.Identity(name: name, labels: labels), isFiring: isFiring)
    }

    private func load(_ scanner: inout JournalScanner) throws(Failure) -> HostLoad {
        let host = Int(try scanner.integer(in: -1...Int64(hosts) - 1, "a host (or -1)"))
        try scanner.expect(",\"cpu_ppm\":")
        let cpu = try scanner.integer(in: 0...1_000_000, "parts per million, at most all,")
        try scanner.expect(",\"mem\":")
        let memory = try scanner.integer(in: 0...Self.byteLimit, "bytes")
        try scanner.expect(",\"of\":")
        let total = try scanner.integer(in: 0...Self.byteLimit, "bytes")
        var disk: Share?
        if scanner.skip(",\"disk_ppm\":") {
            disk = Share(partsPerMillion: try scanner.integer(in: 0...1_000_000, "parts per million, at most all,"))
        }
        return HostLoad(
            host: host < 0 ? nil : host, cpu: Share(partsPerMillion: cpu), memory: memory, memoryTotal: total,
            disk: disk)
    }

    private func totals(_ scanner: inout JournalScanner) throws(Failure) -> Totals {
        var totals = Totals()
        totals.requests = try Self.count(&scanner)
        totals.succeeded = try next(",\"succeeded\":", &scanner)
        totals.unsent = try next(",\"unsent\":", &scanner)
        totals.callsNeeded = try next(",\"calls_needed\":", &scanner)
        totals.callsSent = try next(",\"calls_sent\":", &scanner)
        totals.published = try next(",\"published\":", &scanner)
        totals.acknowledged = try next(",\"acknowledged\":", &scanner)
        totals.indeterminate = try next(",\"indeterminate\":", &scanner)
        totals.delivered = try next(",\"delivered\":", &scanner)
        totals.redelivered = try next(",\"redelivered\":", &scanner)
        totals.lostPrefix = try next(",\"lost_prefix\":", &scanner)
        totals.lostMiddle = try next(",\"lost_middle\":", &scanner)
        totals.lostPostfix = try next(",\"lost_postfix\":", &scanner)
        totals.unexpected = try next(",\"unexpected\":", &scanner)
        totals.duplicated = try next(",\"duplicated\":", &scanner)
        totals.outOfOrder = try next(",\"out_of_order\":", &scanner)
        totals.divergent = try next(",\"divergent\":", &scanner)
        totals.bufferDropped = try next(",\"buffer_dropped\":", &scanner)
        totals.bufferHighWater = try next(",\"buffer_high_water\":", &scanner)
        totals.ownershipConflicts = try next(",\"ownership_conflicts\":", &scanner)
        totals.registered = try next(",\"registered\":", &scanner)
        totals.diskHighWater = Share(partsPerMillion: Int64(try next(",\"disk_high_water_ppm\":", &scanner)))
        return totals
    }

    private func next(_ key: StaticString, _ scanner: inout JournalScanner) throws(Failure) -> Int {
        try scanner.expect(key)
        return try Self.count(&scanner)
    }

    static func header(_ line: UnsafeRawBufferPointer) throws(Failure) -> JournalHeader {
        var scanner = JournalScanner(line: line)
        try scanner.expect("{\"gauntlet\":")
        let start = scanner.at
        guard try scanner.integer() == Int64(JournalHeader.format) else {
            throw Failure(offset: start, expected: "journal format \(JournalHeader.format)")
        }
        try scanner.expect(",\"version\":")
        let version = try scanner.string()
        try scanner.expect(",\"scenario\":")
        let scenario = try scanner.string()
        try scanner.expect(",\"seed\":")
        let seed = try scanner.unsigned()
        try scanner.expect(",\"plan\":")
        let plan = try scanner.hexadecimal()
        try scanner.expect(",\"fleet\":")
        let fleet = try scanner.hexadecimal()
        try scanner.expect(",\"world\":")
        let world = try scanner.string()
        try scanner.expect(",\"baseline\":")
        let baseline = try phase(&scanner)
        try scanner.expect(",\"faults\":")
        let faults = try phase(&scanner)
        try scanner.expect(",\"recovery\":")
        let recovery = try phase(&scanner)
        try scanner.expect(",\"interval\":")
        let interval = try time(&scanner)
        try scanner.expect(",\"groups\":")
        let groups = try scanner.strings()
        try scanner.expect(",\"hosts\":")
        let hosts = try scanner.strings()
        try scanner.expect(",\"subjects\":[")
        let subjects = try subjects(&scanner, groups: groups.count, hosts: hosts.count)
        try scanner.expect(",\"instances\":[")
        let instances = try instances(&scanner)
        try scanner.expect("}")
        try scanner.finish()
        return JournalHeader(
            version: version, scenario: scenario, seed: seed, planDigest: plan, fleetDigest: fleet, world: world,
            phases: Phases(baseline: baseline, faults: faults, recovery: recovery), subjects: subjects,
            groups: groups, hosts: hosts, faults: instances, requestInterval: interval)
    }

    /// Three of them must add up without overflow.
    private static func phase(_ scanner: inout JournalScanner) throws(Failure) -> Nanoseconds {
        try scanner.integer(in: 0...timeLimit, "nanoseconds")
    }

    private static func subjects(
        _ scanner: inout JournalScanner, groups: Int, hosts: Int
    ) throws(Failure) -> [JournalHeader.Subject] {
        if scanner.skip("]") { return [] }
        var subjects: [JournalHeader.Subject] = []
        repeat {
            try scanner.expect("[")
            let name = try scanner.string()
            try scanner.expect(",")
            let group = try scanner.index(below: groups, "a group")
            try scanner.expect(",")
            let host = try scanner.index(below: hosts, "a host")
            try scanner.expect("]")
            subjects.append(JournalHeader.Subject(name: name, group: group, host: host))
        } while scanner.skip(",")
        try scanner.expect("]")
        return subjects
    }

    private static func instances(_ scanner: inout JournalScanner) throws(Failure) -> [JournalHeader.FaultEntry] {
        if scanner.skip("]") { return [] }
        var entries: [JournalHeader.FaultEntry] = []
        repeat {
            try scanner.expect("[")
            let id = try scanner.string()
            try scanner.expect(",")
            let faultID = try scanner.string()
            try scanner.expect(",")
            let kind = try scanner.string()
            try scanner.expect(",")
            let duration: Nanoseconds? = scanner.skip("null") ? nil : try time(&scanner)
            try scanner.expect("]")
            entries.append(JournalHeader.FaultEntry(id: id, faultID: faultID, kind: kind, duration: duration))
        } while scanner.skip(",")
        try scanner.expect("]")
        return entries
    }
}
