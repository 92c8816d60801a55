import ChaosPlan

/// The values of one number that are worth trying: round multiples of it within its sensible range.
struct Ladder {
    /// A multiple, exact: numerator and denominator.
    struct Rung: Hashable {
        var up: Int64
        var down: Int64

        static let all: [Rung] =
            [100, 50, 20, 10, 5, 2].map { Rung(up: 1, down: $0) } + [Rung(up: 3, down: 4), Rung(up: 3, down: 2)]
            + [2, 5, 10, 20, 50, 100].map { Rung(up: $0, down: 1) }
    }

    let parameter: Parameter
    let value: Int64
    let kind: ScalarKind
    /// What is tried lies within: an assumed number's own range; of any other, a hundredth to a hundredfold.
    let range: ClosedRange<Int64>

    /// Nil for what is no quantity.
    init?(_ parameter: Parameter) {
        guard let (value, kind) = ScalarText.quantity(of: parameter.text), value >= 0 else { return nil }
        self.parameter = parameter
        self.value = value
        self.kind = kind
        let low = parameter.low.flatMap { ScalarText.quantity(of: $0)?.value }
        let high = parameter.high.flatMap { ScalarText.quantity(of: $0)?.value }
        if let low, let high, low < high {
            // An override may already lie outside of the range that the file gives.
            range = min(low, value)...max(high, value)
        } else {
            let most = kind == .share ? Share.whole.partsPerMillion : ScalarRule(kind).high
            let (product, overflows) = value.multipliedReportingOverflow(by: 100)
            range = Self.least(value, kind)...max(value, min(most, overflows ? most : product))
        }
    }

    /// A multiple in the kind's unit, whole and round; nil where it leaves the range or is the value itself.
    func at(_ rung: Rung) -> Int64? {
        let (product, overflows) = value.multipliedReportingOverflow(by: rung.up)
        guard !overflows else { return nil }
        let grain: Int64 = kind == .duration ? .microsecond : kind == .share ? 100 : 1
        let steps = (product / rung.down + grain / 2) / grain
        let result = kind == .integer ? (product + rung.down / 2) / rung.down : steps * grain
        return range.contains(result) && result != value ? result : nil
    }

    /// All rungs with the ends of an assumed range, ascending, without the value itself.
    var values: [Int64] {
        var all = Set(Rung.all.compactMap(at))
        if parameter.source == .assumed { all.formUnion([range.lowerBound, range.upperBound]) }
        // A share has room above it that multiples of it miss.
        if kind == .share { all.formUnion([range.upperBound]) }
        all.remove(value)
        return all.sorted()
    }

    func text(_ value: Int64) -> String { ScalarText.show(value, kind) }

    /// How many times larger or smaller; a value that comes from nothing, or goes there, is far.
    func factor(_ other: Int64) -> Double {
        guard value > 0, other > 0 else { return 100 }
        return max(Double(other) / Double(value), Double(value) / Double(other))
    }

    func setting(_ other: Int64) -> PolicyChange.Setting {
        PolicyChange.Setting(path: parameter.path, from: parameter.text, to: text(other), source: parameter.source)
    }

    private static func least(_ value: Int64, _ kind: ScalarKind) -> Int64 {
        switch kind {
        case .integer: min(value, 1)
        default: value / 100
        }
    }
}
