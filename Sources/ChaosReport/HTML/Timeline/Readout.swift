import ChaosPlan

/// The words under the cursor, made here so that the page's script has nothing to compute: a list of times, and for each the
/// index of a text.
enum Readout {
    static func json(_ page: Page) -> Markup {
        let timeline = page.timeline
        var texts: [String] = []
        var known: [String: Int] = [:]
        var times: [String] = []
        var indices: [String] = []
        let last = min(timeline.uptime.count, Int(timeline.observed / timeline.pointWidth) + 1)
        for bin in 0..<last {
            let time = Nanoseconds(bin) * timeline.pointWidth
            let text = describe(bin, from: time, page: page)
            let index = known[text] ?? texts.count
            if index == texts.count {
                texts.append(text)
                known[text] = index
            }
            times.append(quoted(stamp(time)))
            indices.append(String(index))
        }
        let list = texts.map(quoted).joined(separator: ",")
        return Markup(
            source:
                "{\"n\":\(timeline.uptime.count),\"t\":[\(times.joined(separator: ","))],\"i\":[\(indices.joined(separator: ","))],\"s\":[\(list)]}"
        )
    }

    private static func describe(_ bin: Int, from time: Nanoseconds, page: Page) -> String {
        let timeline = page.timeline
        let end = time + timeline.pointWidth
        var lines: [String] = []
        if let uptime = timeline.uptime[bin] {
            let count = Double(page.header.subjects.count)
            let down = Int(((1 - uptime.min) * count).rounded())
            lines.append(down == 0 ? "all chains up" : "\(down) chains down at worst")
        }
        if let success = timeline.success[bin] { lines.append("\(Measure.percent(success)) of requests answered") }
        if let window = timeline.latency.last(where: { $0.start < end }), window.start + window.length > time,
            let p50 = window.p50, let p95 = window.p95, let p99 = window.p99
        {
            lines.append("p50 \(Measure.time(p50)), p95 \(Measure.time(p95)), p99 \(Measure.time(p99))")
        }
        let active = timeline.faults.filter { band in
            guard let start = band.effective, start < end else { return false }
            return (band.reverted ?? (TimelineSection.isLasting(band, page) ? timeline.observed : start)) >= time
        }
        if let first = active.first {
            let more = active.count > 1 ? " and \(active.count - 1) more" : ""
            lines.append("in force: \(page.header.faults[first.instance].id)\(more)")
        }
        return lines.joined(separator: "\n")
    }

    private static func stamp(_ time: Nanoseconds) -> String {
        let tenths = time / (100 * .millisecond)
        let seconds = tenths / 10
        func two(_ value: Nanoseconds) -> String { value < 10 ? "0\(value)" : "\(value)" }
        if seconds < 3_600 { return "\(seconds / 60):\(two(seconds % 60)).\(tenths % 10)" }
        return "\(seconds / 3_600):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    }

    /// JSON that can stand in a script element, in HTML and in XML.
    private static func quoted(_ text: String) -> String {
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
