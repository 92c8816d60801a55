import ArgumentParser

/// A share on the command line: `99.9%`, or `0.999`.
struct ShareArgument: ExpressibleByArgument, CustomStringConvertible {
    /// 0...1.
    var fraction: Double

    init(_ fraction: Double) { self.fraction = fraction }

    init?(argument: String) {
        let isPercent = argument.hasSuffix("%")
        let digits = isPercent ? argument.dropLast() : Substring(argument)
        guard digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), let number = Double(digits) else {
            return nil
        }
        fraction = isPercent ? number / 100 : number
        guard (0...1).contains(fraction) else { return nil }
    }

    var description: String {
        let text = "\((fraction * 100_000_000).rounded() / 1_000_000)"
        return (text.hasSuffix(".0") ? String(text.dropLast(2)) : text) + "%"
    }

    var defaultValueDescription: String { description }
}
