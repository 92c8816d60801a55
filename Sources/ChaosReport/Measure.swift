package import ChaosPlan
import ChaosScore

/// How the reports write numbers. Values of objectives are `ChaosScore`'s `Quantity`, so that a table and the explanation
/// beside it agree; instants, long durations and grouped counts are the page's own.
package enum Measure {
    package static func text(_ value: Double, _ unit: Metric.Unit) -> String {
        unit == .count ? count(value) : Quantity.text(value, unit: unit)
    }

    /// Both sides of a comparison, in as many digits as it takes to tell them apart.
    package static func pair(_ value: Double, limit: Double, _ unit: Metric.Unit) -> (value: String, limit: String) {
        Quantity.pair(value, limit, unit: unit)
    }

    /// `99.95 %`; near nothing and near the whole it is the small rest that gets the significant digits: 0.99987 is not "100 %".
    package static func percent(_ share: Double, digits: Int = 3) -> String {
        guard share.isFinite else { return "–" }
        let rest = min(share.magnitude, (1 - share).magnitude) * 100
        var places = digits - 2
        var edge = 1.0
        while rest > 0, rest < edge * 0.999_999, places < 9 {
            edge /= 10
            places += 1
        }
        return decimal(share * 100, digits: places) + " %"
    }

    package static func time(_ time: Nanoseconds, digits: Int = 3) -> String {
        let sign = time < 0 ? "−" : ""
        let magnitude = time.magnitude
        let value = Double(magnitude)
        if magnitude == 0 { return "0 s" }
        if value < 1e3 { return sign + "\(magnitude) ns" }
        if value < 999.5e3 { return sign + significant(value / 1e3, digits) + " µs" }
        if value < 999.5e6 { return sign + significant(value / 1e6, digits) + " ms" }
        if value < 119.5e9 { return sign + significant(value / 1e9, digits) + " s" }
        let seconds = Int((value / 1e9).rounded())
        if seconds < 7_200 { return sign + composed(seconds / 60, "min", seconds % 60, "s") }
        let minutes = Int((value / 60e9).rounded())
        if minutes < 48 * 60 { return sign + composed(minutes / 60, "h", minutes % 60, "min") }
        let hours = Int((value / 3_600e9).rounded())
        return sign + composed(hours / 24, "d", hours % 24, "h")
    }

    package static func count(_ value: Int) -> String { count(Double(value)) }

    package static func count(_ value: Double) -> String {
        guard value == value.rounded() else { return decimal(value, digits: 1) }
        let plain = decimal(value.magnitude, digits: 0)
        var grouped = ""
        for (position, digit) in plain.enumerated() {
            if position > 0, (plain.count - position) % 3 == 0 { grouped.append(",") }
            grouped.append(digit)
        }
        return value < 0 ? "−" + grouped : grouped
    }

    /// Fixed point, without trailing zeros; a dash where there is no number.
    package static func decimal(_ value: Double, digits: Int) -> String {
        value.isFinite ? Quantity.decimal(value, places: max(0, digits)) : "–"
    }

    /// Without the space before the unit, for lines that are grepped: `7.1s`.
    static func compact(_ text: String) -> String { text.filter { $0 != " " } }

    package static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    static func nanoseconds(_ value: Double) -> Nanoseconds {
        value.isFinite && value.magnitude < 9e18 ? Nanoseconds(value.rounded()) : value > 0 ? .max : 0
    }

    private static func significant(_ value: Double, _ digits: Int) -> String {
        decimal(value, digits: value >= 99.5 ? digits - 3 : value >= 9.95 ? digits - 2 : digits - 1)
    }

    private static func composed(_ large: Int, _ largeUnit: String, _ small: Int, _ smallUnit: String) -> String {
        small == 0 ? "\(large) \(largeUnit)" : "\(large) \(largeUnit) \(small) \(smallUnit)"
    }
}
