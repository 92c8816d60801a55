import ChaosCalendar

/// A validation in a few lines.
enum ValidationText {
    static func render(_ validation: Validation, verdict: String?, at now: Int64, file: String) -> String {
        let runs = validation.pieces.count
        var lines = [
            "\(validation.scenario), \(validation.world), over \(hours(validation.wanted)): \(verdict ?? "not over yet")",
            "  gathered      \(hours(validation.gathered)) in \(runs) run\(runs == 1 ? "" : "s")",
            "  coverage      \(percent(validation.coverage(at: now) / 100, digits: 1)) of \(hours(validation.passed(at: now))), at least \(percent(validation.minimumCoverage / 100, digits: 1))",
        ]
        if let judged = validation.judgedAvailability, let raw = validation.availability {
            lines.append(
                "  availability  \(percent(judged, digits: 4)), at least \(percent(validation.promised, digits: 4))")
            if abs(judged - raw) > 1e-9 {
                lines.append(
                    "                at the plan's rate of faults; \(percent(raw, digits: 4)) at the rate that was run")
            }
        }
        for verdict in ["deviated", "inconclusive", "failed"] {
            let such = validation.pieces.filter { $0.verdict == verdict }
            guard let first = such.first else { continue }
            lines.append("  \(verdict)".padding(to: 16) + "\(such.count) of \(runs) runs, first \(first.directory)")
        }
        lines.append("  kept in       \(file)")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func hours(_ seconds: Int64) -> String {
        if seconds % 3600 == 0 { return "\(seconds / 3600) h" }
        if seconds % 60 == 0, seconds < 7200 { return "\(seconds / 60) min" }
        let tenths = (seconds * 10 + 1800) / 3600
        return seconds < 360 ? "\(seconds) s" : "\(tenths / 10).\(tenths % 10) h"
    }

    /// Never rounded up to a promise that was missed.
    private static func percent(_ share: Double, digits: Int) -> String {
        let scale = (0..<digits).reduce(100) { scale, _ in scale * 10 }
        let scaled = Int((share * Double(scale) + 1e-6).rounded(.down))
        let unit = scale / 100
        var fraction = String(scaled % unit + unit).dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        return fraction.isEmpty ? "\(scaled / unit) %" : "\(scaled / unit).\(fraction) %"
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
