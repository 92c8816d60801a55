import ChaosPlan

/// What the page's script needs to draw a part of the run in full and to say what is under the cursor: words and numbers
/// made here, so that it only picks and places them.
enum Readout {
    static func json(_ page: Page) -> Markup {
        let timeline = page.timeline
        let quantum = timeline.detail.quantum
        func quanta(_ time: Nanoseconds) -> String { Measure.decimal(Double(time) / Double(quantum), digits: 1) }
        var words = Words()
        let count = Double(page.header.subjects.count)
        let last = min(timeline.uptime.count, Int(timeline.observed / timeline.pointWidth) + 1)
        let down = (0..<last).map { bin in
            timeline.uptime[bin].map { Int(((1 - $0.min) * count).rounded()) } ?? 0
        }
        let indices = (0..<last).map { words.index(of: describe($0, page: page)) }
        let faults = timeline.faults.compactMap { band -> String? in
            guard let start = band.effective else { return nil }
            let lasting = TimelineSection.isLasting(band, page)
            let end = band.reverted ?? (lasting ? timeline.observed : start)
            return "[\(quoted(page.header.faults[band.instance].id)),\(quanta(start)),\(quanta(end))]"
        }
        let levels = AvailabilityPanel.levels
        let fields: [(String, String)] = [
            ("end", quanta(timeline.end)), ("seen", quanta(timeline.observed)),
            ("q", Measure.decimal(Double(quantum) / 1e6, digits: 6)), ("n", "\(timeline.uptime.count)"),
            ("down", list(down.map(String.init))), ("i", list(indices.map(String.init))),
            ("s", list(words.all.map(quoted))), ("faults", list(faults)),
            ("phases", list(timeline.phases.map { quanta($0.start) })),
            ("names", list(timeline.rows.map { quoted(page.header.subjects[$0.subject].name) })),
            ("y", "[\(levels.top),\(levels.bottom),\(AvailabilityPanel.floor(timeline))]"),
            ("outages", outages(timeline) ?? "null"), ("marks", marks(timeline) ?? "null"),
        ]
        return Markup(source: "{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}")
    }

    /// Texts that many bins share, each once.
    private struct Words {
        private(set) var all: [String] = []
        private var known: [String: Int] = [:]

        mutating func index(of text: String) -> Int {
            if let index = known[text] { return index }
            known[text] = all.count
            all.append(text)
            return all.count - 1
        }
    }

    private static func list(_ items: [String]) -> String { "[" + items.joined(separator: ",") + "]" }

    private static func describe(_ bin: Int, page: Page) -> String {
        let timeline = page.timeline
        let time = Nanoseconds(bin) * timeline.pointWidth
        var lines: [String] = []
        if let success = timeline.success[bin] { lines.append("\(Measure.percent(success)) of requests answered") }
        if let window = timeline.latency.last(where: { $0.start < time + timeline.pointWidth }),
            window.start + window.length > time, let p50 = window.p50, let p95 = window.p95, let p99 = window.p99
        {
            lines.append("p50 \(Measure.time(p50)), p95 \(Measure.time(p95)), p99 \(Measure.time(p99))")
        }
        let busy = timeline.loads.compactMap { lane in
            lane.cpu.shares[bin].map {
                "\(HostLoadWords.name(lane.host, page.header)) \(Measure.percent($0, digits: 2))"
            }
        }
        if !busy.isEmpty, busy.count <= 4 { lines.append("CPU: \(busy.joined(separator: ", "))") }
        return lines.joined(separator: "\n")
    }

    /// Per row of the heat map: the gap before each outage and its length, in turn.
    private static func outages(_ timeline: Timeline) -> String? {
        guard let outages = timeline.detail.outages else { return nil }
        var bySubject: [Int32: [Timeline.Outage]] = [:]
        for outage in outages { bySubject[outage.subject, default: []].append(outage) }
        return list(
            timeline.rows.map { row in
                var at: Int32 = 0
                var numbers: [String] = []
                for outage in (bySubject[Int32(row.subject)] ?? []).sorted(by: { $0.start < $1.start }) {
                    numbers.append("\(outage.start - at),\(outage.end - outage.start)")
                    at = outage.end
                }
                return list(numbers)
            })
    }

    /// Per mechanism and role: the gap before each transition.
    private static func marks(_ timeline: Timeline) -> String? {
        guard let marks = timeline.detail.marks else { return nil }
        var series: [String: (last: Int32, gaps: [String])] = [:]
        for mark in marks {
            let name = "\(mark.mechanism.rawValue) \(mark.role.rawValue)"
            let last = series[name]?.last ?? 0
            series[name, default: (0, [])].gaps.append("\(mark.time - last)")
            series[name]?.last = mark.time
        }
        let fields = series.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(list($0.value.gaps))" }
        return "{" + fields.joined(separator: ",") + "}"
    }

    /// JSON that can stand in a script element, in HTML and in XML.
    static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": out += "\\\(scalar)"
            case "<", ">", "&", "'", "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}", "\u{FFFE}",
                "\u{FFFF}":
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
