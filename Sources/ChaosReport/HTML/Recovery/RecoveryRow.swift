import ChaosPlan
import ChaosScore

/// One bar: how long, against what limit, and whether it ever ended.
struct RecoveryRow {
    let measure: RecoveryMeasure
    private let value: Nanoseconds?
    private let censored: Nanoseconds?
    private let limit: Nanoseconds?
    /// When the step before it was done: from there on it is this one's own time.
    private let lead: Nanoseconds

    /// Nil when there is neither anything to show nor anything demanded.
    init?(_ measure: RecoveryMeasure, of fault: FaultTimes, page: Page) {
        self.measure = measure
        value = measure.value(of: fault)
        censored = measure.censored(of: fault, horizon: page.timeline.observed)
        limit = measure.limit(of: fault, in: page.scorecard)
        lead = measure.before.compactMap { $0.value(of: fault) }.filter { [value] in $0 <= value ?? 0 }.max() ?? 0
        if value == nil, censored == nil, limit == nil { return nil }
    }

    private var isLate: Bool {
        if censored != nil { return true }
        guard let value, let limit else { return false }
        return value > limit
    }

    private var text: String {
        if let value {
            guard let limit else { return Measure.text(Double(value), .time) }
            return Measure.pair(Double(value), limit: Double(limit), .time).value
        }
        if let censored { return "≥ \(Measure.time(censored))" }
        return "not seen"
    }

    var sentence: String {
        "\(measure.name) \(text)" + (limit.map { ", limit \(Measure.time($0))" } ?? "")
    }

    func markup(top: Double, height: Double, scale: RecoveryScale) -> Markup {
        let barTop = top + 4
        let barHeight = height - 8
        let width = scale.percent(value ?? censored ?? 0)
        var out: Markup = .empty
        if value != nil || censored != nil {
            let kind: Markup = censored != nil ? "bar open" : isLate ? "bar late" : "bar"
            let start = scale.percent(lead)
            if start > 0 {
                out +=
                    "<rect class=\"bar lead\" x=\"0\" width=\"\(start)%\" y=\"\(barTop)\" height=\"\(barHeight)\" rx=\"2\"/>"
            }
            out +=
                "<rect class=\"\(kind)\" x=\"\(start)%\" width=\"\(max(0.4, width - start))%\" y=\"\(barTop)\" height=\"\(barHeight)\" rx=\"2\"><title>\(sentence)</title></rect>"
        }
        if let limit, limit <= scale.end {
            let x = scale.percent(limit)
            out +=
                "<line class=\"bound\" x1=\"\(x)%\" x2=\"\(x)%\" y1=\"\(top + 1)\" y2=\"\(top + height - 1)\"><title>limit \(Measure.time(limit))</title></line>"
        }
        let tail: Markup = limit.map { "<tspan class=\"soft\"> of \(Measure.time($0))</tspan>" } ?? .empty
        let late: Markup = isLate ? " late" : .empty
        out +=
            "<text class=\"beside\(late)\" x=\"100%\" text-anchor=\"end\" y=\"\(top + height - 6)\">\(text)\(tail)</text>"
        return out
    }
}
