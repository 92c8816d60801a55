/// Writes a journal: one JSON object per line, keys short and always in the same order.
///
/// Hand-written because a 168-hour run writes up to a million lines from the simulator's loop: no Foundation, no string
/// interpolation, nothing allocated but the growth of the buffer. `docs/score.md` lists the lines.
public enum JournalEncoder {
    /// Appends the first line of a journal.
    public static func encodeHeader(_ header: JournalHeader, into bytes: inout [UInt8]) {
        var line = JournalLine(bytes: bytes)
        bytes = []
        line.raw("{\"gauntlet\":")
        line.integer(Int64(JournalHeader.format))
        line.string(",\"version\":", header.version)
        line.string(",\"scenario\":", header.scenario)
        line.raw(",\"seed\":")
        line.unsigned(header.seed)
        line.hexadecimal(",\"plan\":", header.planDigest)
        line.hexadecimal(",\"fleet\":", header.fleetDigest)
        line.string(",\"world\":", header.world)
        line.number(",\"baseline\":", header.phases.baseline)
        line.number(",\"faults\":", header.phases.faults)
        line.number(",\"recovery\":", header.phases.recovery)
        line.number(",\"interval\":", header.requestInterval)
        line.strings(",\"groups\":", header.groups)
        line.strings(",\"hosts\":", header.hosts)
        line.raw(",\"subjects\":[")
        for (index, subject) in header.subjects.enumerated() {
            line.string(index == 0 ? "[" : ",[", subject.name)
            line.number(",", Int64(subject.group))
            line.number(",", Int64(subject.host))
            line.raw("]")
        }
        line.raw("],\"instances\":[")
        for (index, fault) in header.faults.enumerated() {
            line.string(index == 0 ? "[" : ",[", fault.id)
            line.string(",", fault.faultID)
            line.string(",", fault.kind)
            line.raw(",")
            if let duration = fault.duration { line.integer(duration) } else { line.raw("null") }
            line.raw("]")
        }
        line.raw("]}\n")
        bytes = line.bytes
    }

    /// Appends one record as one line.
    public static func encode(_ record: JournalRecord, into bytes: inout [UInt8]) {
        var line = JournalLine(bytes: bytes)
        // The line owns the buffer while it is written, so that appending never copies it.
        bytes = []
        line.raw("{\"t\":")
        line.integer(record.time)
        switch record.event {
        case .phase(let phase):
            line.word(",\"ev\":\"phase\",\"p\":", phase.rawValue)
        case .fault(let fault):
            line.number(",\"ev\":\"fault\",\"i\":", Int64(fault.instance))
            line.word(",\"st\":", fault.state.rawValue)
            line.strings(",\"targets\":", fault.targets)
            line.raw(",\"subjects\":[")
            for (index, subject) in fault.subjects.enumerated() {
                if index > 0 { line.raw(",") }
                line.integer(Int64(subject))
            }
            line.string("],\"evidence\":", fault.evidence)
        case .availability(let subject, let up):
            line.raw(up ? ",\"ev\":\"up\",\"s\":" : ",\"ev\":\"down\",\"s\":")
            line.integer(Int64(subject))
        case .mechanism(let mechanism):
            line.word(",\"ev\":\"mech\",\"m\":", mechanism.mechanism.rawValue)
            line.word(",\"role\":", mechanism.role.rawValue)
            line.string(",\"by\":", mechanism.by)
            line.string(",\"about\":", mechanism.about)
            line.string(",\"from\":", mechanism.from)
            line.string(",\"to\":", mechanism.to)
        case .window(let window):
            line.word(",\"ev\":\"win\",\"k\":", window.kind.rawValue)
            line.number(",\"g\":", Int64(window.group))
            line.number(",\"len\":", window.length)
            line.number(",\"n\":", Int64(window.requests))
            line.number(",\"ok\":", Int64(window.succeeded))
            line.raw(",\"lat\":[")
            // Steps between buckets, not buckets: windows are most of a week's journal, and this halves them.
            var previous = 0
            for (index, pair) in window.latency.enumerated() {
                line.number(index == 0 ? "" : ",", Int64(pair.bucket - previous))
                line.number(",", Int64(pair.count))
                previous = pair.bucket
            }
            line.raw("]")
        case .subjectWindow(let subject, let length, let requests, let succeeded):
            line.number(",\"ev\":\"sub\",\"s\":", Int64(subject))
            line.number(",\"len\":", length)
            line.number(",\"n\":", Int64(requests))
            line.number(",\"ok\":", Int64(succeeded))
        case .violation(let invariant, let subject, let detail):
            line.string(",\"ev\":\"violation\",\"inv\":", invariant)
            line.string(",\"subject\":", subject)
            line.string(",\"detail\":", detail)
        case .disk(let host, let used, let level):
            line.number(",\"ev\":\"disk\",\"h\":", Int64(host))
            line.number(",\"used_ppm\":", used.partsPerMillion)
            line.word(",\"level\":", level.rawValue)
        case .procedure(let instance, let took, let succeeded):
            line.number(",\"ev\":\"proc\",\"i\":", Int64(instance))
            line.number(",\"took\":", took)
            line.raw(succeeded ? ",\"ok\":true" : ",\"ok\":false")
        case .hub(.diverged):
            line.raw(",\"ev\":\"hub-diverged\"")
        case .hub(.agreed(let conflicts)):
            line.number(",\"ev\":\"hub-agreed\",\"conflicts\":", Int64(conflicts))
        case .hub(.lag(let lag)):
            line.number(",\"ev\":\"hub-lag\",\"lag\":", lag)
        case .abort(let rule):
            line.string(",\"ev\":\"abort\",\"rule\":", rule)
        case .interrupted:
            line.raw(",\"ev\":\"interrupted\"")
        case .exposure(let exposure):
            line.word(",\"ev\":\"exposure\",\"place\":", exposure.place.rawValue)
            line.string(",\"where\":", exposure.location)
            line.string(",\"what\":", exposure.what)
        case .audited(let place, let count):
            line.word(",\"ev\":\"audited\",\"place\":", place.rawValue)
            line.number(",\"n\":", Int64(count))
        case .monitored(let monitor):
            line.string(",\"ev\":\"monitored\",\"by\":", monitor)
        case .alert(let alert):
            line.string(",\"ev\":\"alert\",\"name\":", alert.identity.name)
            line.strings(",\"labels\":", alert.identity.labels)
            line.raw(alert.isFiring ? ",\"firing\":true" : ",\"firing\":false")
        case .load(let load):
            line.number(",\"ev\":\"load\",\"h\":", Int64(load.host ?? -1))
            line.number(",\"cpu_ppm\":", load.cpu.partsPerMillion)
            line.number(",\"mem\":", load.memory)
            line.number(",\"of\":", load.memoryTotal)
            if let disk = load.disk { line.number(",\"disk_ppm\":", disk.partsPerMillion) }
        case .totals(let totals):
            encode(totals, into: &line)
        case .end:
            line.raw(",\"ev\":\"end\"")
        }
        line.raw("}\n")
        bytes = line.bytes
    }

    private static func encode(_ totals: Totals, into line: inout JournalLine) {
        line.number(",\"ev\":\"totals\",\"requests\":", Int64(totals.requests))
        line.number(",\"succeeded\":", Int64(totals.succeeded))
        line.number(",\"unsent\":", Int64(totals.unsent))
        line.number(",\"calls_needed\":", Int64(totals.callsNeeded))
        line.number(",\"calls_sent\":", Int64(totals.callsSent))
        line.number(",\"published\":", Int64(totals.published))
        line.number(",\"acknowledged\":", Int64(totals.acknowledged))
        line.number(",\"indeterminate\":", Int64(totals.indeterminate))
        line.number(",\"delivered\":", Int64(totals.delivered))
        line.number(",\"redelivered\":", Int64(totals.redelivered))
        line.number(",\"lost_prefix\":", Int64(totals.lostPrefix))
        line.number(",\"lost_middle\":", Int64(totals.lostMiddle))
        line.number(",\"lost_postfix\":", Int64(totals.lostPostfix))
        line.number(",\"unexpected\":", Int64(totals.unexpected))
        line.number(",\"duplicated\":", Int64(totals.duplicated))
        line.number(",\"out_of_order\":", Int64(totals.outOfOrder))
        line.number(",\"divergent\":", Int64(totals.divergent))
        line.number(",\"buffer_dropped\":", Int64(totals.bufferDropped))
        line.number(",\"buffer_high_water\":", Int64(totals.bufferHighWater))
        line.number(",\"ownership_conflicts\":", Int64(totals.ownershipConflicts))
        line.number(",\"registered\":", Int64(totals.registered))
        line.number(",\"disk_high_water_ppm\":", totals.diskHighWater.partsPerMillion)
    }
}
