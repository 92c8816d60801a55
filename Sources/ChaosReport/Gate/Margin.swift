public import ChaosPlan

/// By how much a metric may be worse than its baseline before that counts.
public struct Margin: Hashable, Sendable {
    public enum Amount: Hashable, Sendable {
        /// Of a share: percentage points; of anything else: of the baseline's value. 0...1.
        case percent(Double)
        case time(Nanoseconds)
        /// Points of the score, or a count.
        case number(Double)
    }

    /// `score`, `run-availability`, an objective's id, or a metric: then it is for all objectives of that metric.
    public var name: String
    public var amount: Amount

    public init(name: String, amount: Amount) {
        self.name = name
        self.amount = amount
    }

    /// From `score=1`, `failover-time=10%`, `latency-p95=50ms`.
    public static func parse(_ text: String) -> Result<Margin, Malformed> {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
            return .failure(
                Malformed(description: "`\(text)` is not NAME=AMOUNT, such as score=1 or failover-time=10%"))
        }
        let amount = String(text[text.index(after: equals)...])
        guard let parsed = Amount(amount) else { return .failure(Malformed(description: Amount.problem(amount))) }
        return .success(Margin(name: String(text[..<equals]), amount: parsed))
    }

    public struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
        public var description: String
    }

    /// What is allowed where nobody said otherwise, in the metric's unit: of times and other amounts a tenth of the baseline's,
    /// but a fiftieth of the limit at least, for a tenth of almost nothing is nothing; of shares a tenth of a percentage point,
    /// but no more than half of what the limit allows; nothing where none at all is allowed.
    static func standard(_ objective: Objective, baseline: Double) -> Double {
        let limit = objective.limitValue
        guard objective.metric.unit == .share else {
            return max(abs(baseline) / 10, objective.isMinimum ? 0 : limit / 50)
        }
        return min(0.001, max(0, objective.isMinimum ? 1 - limit : limit) / 2)
    }

    /// Points.
    static let standardScore = 1.0
    static let standardAvailability = 0.001
}

extension Margin.Amount {
    private static let times: [(String, Nanoseconds)] = [
        ("us", .microsecond), ("ms", .millisecond), ("min", .minute), ("s", .second), ("h", .hour),
    ]

    /// Nil for what is no amount, or less than nothing.
    public init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let number = Double(digits), number.isFinite, number < 1e12 else { return nil }
        switch text.dropFirst(digits.count) {
        case "": self = .number(number)
        case "%": self = .percent(number / 100)
        case let unit:
            guard let factor = Self.times.first(where: { $0.0 == unit })?.1, number * Double(factor) < 9e18 else {
                return nil
            }
            self = .time(Nanoseconds((number * Double(factor)).rounded()))
        }
    }

    static func problem(_ text: String) -> String { "`\(text)` is no amount; write one such as 1, 10% or 500ms" }

    public var text: String {
        switch self {
        case .percent(let share): Measure.decimal(share * 100, digits: 9) + "%"
        case .time(let time): ScalarText.show(time, .duration)
        case .number(let number): Measure.decimal(number, digits: 9)
        }
    }

    /// In the metric's unit; nil where the amount does not fit it: a length of time for a share.
    ///
    /// - Parameter unit: nil for the score's points.
    func tolerance(unit: Metric.Unit?, baseline: Double) -> Double? {
        switch (self, unit) {
        case (.percent(let share), .share): share
        case (.percent(let share), _): share * abs(baseline)
        case (.time(let time), .time): Double(time)
        case (.number(let number), nil), (.number(let number), .count), (.number(let number), .agentSeconds): number
        case (.number(0), _): 0
        default: nil
        }
    }

    /// What would fit instead.
    static func fitting(_ unit: Metric.Unit?) -> String {
        switch unit {
        case .share: "percentage points such as 0.1%"
        case .time: "a time such as 500ms, or a part such as 10%"
        case nil, .count, .agentSeconds: "a number such as 1, or a part such as 10%"
        }
    }
}
