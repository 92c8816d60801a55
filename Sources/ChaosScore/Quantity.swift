public import ChaosPlan

/// Numbers as people read them: `7.1 s`, `99.21 %`, `46570 agent-seconds`.
public enum Quantity {
    /// `value` in its metric's unit: shares become percentages, nanoseconds the unit that fits.
    public static func text(_ value: Double, unit: Metric.Unit) -> String {
        text(value, unit: unit, extraPlaces: 0)
    }

    /// A length of time in the unit that fits: `250 µs`, `48 ms`, `7.1 s`, `5.5 min`, `168 h`.
    public static func text(duration: Nanoseconds) -> String {
        text(Double(duration), unit: .time)
    }

    /// A value and its limit with as many digits as it takes to see that they differ: `99.8997 %` is never shown as
    /// the `99.9 %` it misses.
    public static func pair(_ value: Double, _ limit: Double, unit: Metric.Unit) -> (value: String, limit: String) {
        for extra in 0...8 {
            let texts = (
                value: text(value, unit: unit, extraPlaces: extra), limit: text(limit, unit: unit, extraPlaces: extra)
            )
            if texts.value != texts.limit || value == limit { return texts }
        }
        return (text(value, unit: unit), text(limit, unit: unit))
    }

    /// `value` with at most `places` decimals, rounded half away from zero, without trailing zeros.
    public static func decimal(_ value: Double, places: Int) -> String {
        guard value.isFinite else { return value.description }
        var scale: Int64 = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = (value.magnitude * Double(scale)).rounded(.toNearestOrAwayFromZero)
        // Too large for digits after the point to mean anything.
        guard scaled < 9e18 else { return value.description }
        let (whole, rest) = Int64(scaled).quotientAndRemainder(dividingBy: scale)
        var text = String(whole)
        if rest > 0 {
            var digits = String(rest)
            digits = String(repeating: "0", count: places - digits.utf8.count) + digits
            while digits.hasSuffix("0") { digits.removeLast() }
            text += "." + digits
        }
        return value < 0 && Int64(scaled) != 0 ? "-" + text : text
    }

    private static func text(_ value: Double, unit: Metric.Unit, extraPlaces: Int) -> String {
        switch unit {
        case .share: share(value, places: 2 + extraPlaces) + " %"
        case .time: time(value, extraPlaces: extraPlaces)
        case .count: decimal(value, places: 1 + extraPlaces)
        case .agentSeconds: decimal(value, places: 1 + extraPlaces) + " agent-seconds"
        }
    }

    /// Neither everything nor nothing is claimed for what merely rounds to it: 0.99997 is `99.997`, not `100`.
    private static func share(_ value: Double, places: Int) -> String {
        for places in places...max(places, 9) {
            let text = decimal(value * 100, places: places)
            if (text != "100" || value == 1) && (text != "0" || value == 0) { return text }
        }
        return decimal(value * 100, places: places)
    }

    private static func time(_ value: Double, extraPlaces: Int) -> String {
        switch value.magnitude {
        case 0: "0 s"
        case ..<1e6: decimal(value / 1e3, places: extraPlaces) + " µs"
        case ..<1e9: decimal(value / 1e6, places: extraPlaces) + " ms"
        case ..<120e9: decimal(value / 1e9, places: 1 + extraPlaces) + " s"
        case ..<7200e9: decimal(value / 60e9, places: 1 + extraPlaces) + " min"
        default: decimal(value / 3600e9, places: 1 + extraPlaces) + " h"
        }
    }
}
