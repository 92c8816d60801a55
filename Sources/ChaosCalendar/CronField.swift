internal import ChaosPlan

/// One field of a cron expression as a set of numbers.
struct CronField: Hashable, Sendable {
    /// Bit n stands for n.
    var mask: UInt64
    /// It begins with `*`: the rule that joins day of month and day of week asks for that, not for the set.
    var isStar: Bool

    struct Rule {
        /// For messages: `hour`.
        var name: String
        var range: ClosedRange<Int>
        /// Names of the numbers from the range's first on.
        var names: [String] = []
        /// A second number for the first: 7 is Sunday, too.
        var alias: Int?

        static let minute = Rule(name: "minute", range: 0...59)
        static let hour = Rule(name: "hour", range: 0...23)
        static let day = Rule(name: "day of month", range: 1...31)
        static let month = Rule(
            name: "month", range: 1...12,
            names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
        static let weekday = Rule(
            name: "day of week", range: 0...6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"], alias: 7)

        var all: UInt64 { range.reduce(0) { $0 | 1 << UInt64($1) } }
    }

    func contains(_ number: Int) -> Bool { mask & 1 << UInt64(number) != 0 }

    /// Lists of `*`, numbers, names and ranges, each of `*` and a range perhaps with a step.
    init(_ text: String, _ rule: Rule) throws(CronProblem) {
        mask = 0
        isStar = text.hasPrefix("*")
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            mask |= try Self.item(String(item), rule)
        }
    }

    private static func item(_ text: String, _ rule: Rule) throws(CronProblem) -> UInt64 {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2, !parts[0].isEmpty else { throw malformed(text, rule) }
        var low = rule.range.lowerBound
        var high = rule.range.upperBound
        if parts[0] != "*" {
            let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false).map(String.init)
            guard ends.count <= 2 else { throw malformed(text, rule) }
            low = try number(ends[0], rule, isEnd: false)
            high = ends.count == 2 ? try number(ends[1], rule, isEnd: true) : low
            guard low <= high else {
                throw CronProblem(
                    "`\(text)` in the \(rule.name) runs backwards",
                    "write two: `\(ends[0])-\(rule.range.upperBound),\(rule.range.lowerBound)-\(ends[1])`")
            }
            if ends.count == 1, parts.count == 2 {
                throw CronProblem(
                    "`\(text)` in the \(rule.name) is a step without a range",
                    "write `\(ends[0])-\(rule.range.upperBound)/\(parts[1])`")
            }
        }
        var step = 1
        if parts.count == 2 {
            guard let given = Int(parts[1]), given > 0, given <= rule.range.upperBound else {
                throw CronProblem(
                    "the step of `\(text)` in the \(rule.name) is not one of 1 to \(rule.range.upperBound)",
                    "write one such as `*/2`")
            }
            step = given
        }
        return stride(from: low, through: high, by: step).reduce(0) { mask, number in
            mask | 1 << UInt64(number == rule.alias ? rule.range.lowerBound : number)
        }
    }

    private static func number(_ text: String, _ rule: Rule, isEnd: Bool) throws(CronProblem) -> Int {
        if let index = rule.names.firstIndex(of: text.lowercased()) {
            // `fri-sun` ends with the week, it does not begin it.
            if isEnd, index == 0, let alias = rule.alias { return alias }
            return rule.range.lowerBound + index
        }
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let number = Int(text) else {
            let hint =
                rule.names.isEmpty
                ? "write \(rule.range.lowerBound) to \(rule.range.upperBound)"
                : NearestWord.hint(text, among: rule.names)
            throw CronProblem("`\(text)` is no \(rule.name)", hint)
        }
        guard rule.range.contains(number) || number == rule.alias else {
            throw CronProblem(
                "\(number) is no \(rule.name)", "write \(rule.range.lowerBound) to \(rule.range.upperBound)")
        }
        return number
    }

    private static func malformed(_ text: String, _ rule: Rule) -> CronProblem {
        CronProblem("`\(text)` cannot be read as a \(rule.name)", "write such as `*`, `5`, `1-5`, `*/10` or `1,15`")
    }
}

/// Why a text is no cron expression, and what would be one.
public struct CronProblem: Error, Hashable, Sendable {
    public var message: String
    public var hint: String

    init(_ message: String, _ hint: String) {
        self.message = message
        self.hint = hint
    }
}
