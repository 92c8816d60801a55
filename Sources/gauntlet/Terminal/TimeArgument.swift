import ArgumentParser
import ChaosPlan

/// An instant or a length of time on the command line: `37s`, `1.5min`, `250ms`, `2h`; a bare number is seconds.
struct TimeArgument: ExpressibleByArgument {
    var nanoseconds: Nanoseconds

    init(nanoseconds: Nanoseconds) { self.nanoseconds = nanoseconds }

    init?(argument: String) {
        // A negative one is for the command to refuse, which knows the range.
        let sign = argument.hasPrefix("-") ? "-" : ""
        let number = sign + argument.dropFirst(sign.count).prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let units: [(String, Nanoseconds)] = [
            ("", .second), ("s", .second), ("ms", .millisecond), ("min", 60 * .second), ("h", 3600 * .second),
        ]
        // Half the range: two of them can be added.
        guard let unit = units.first(where: { $0.0 == argument.dropFirst(number.count) }), let value = Double(number),
            value.isFinite,
            abs(value * Double(unit.1)) < 4e18
        else { return nil }
        nanoseconds = Nanoseconds((value * Double(unit.1)).rounded())
    }
}
