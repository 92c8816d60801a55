/// What a run says about one metric.
enum Measurement: Hashable, Sendable {
    /// `note` says which instance, or how it is made up; empty when there is nothing to add.
    case value(Double, note: String)
    /// It had not happened when nobody looked any more: the true value is at least this.
    case atLeast(Double, note: String)
    /// It was tried and went wrong, whatever its value.
    case failed(Double?, note: String)
    /// No evidence, and why.
    case none(String)

    static func value(_ value: Double) -> Measurement { .value(value, note: "") }

    var number: Double? {
        switch self {
        case .value(let value, _), .atLeast(let value, _): value
        case .failed(let value, _): value
        case .none: nil
        }
    }

    var isCensored: Bool {
        if case .atLeast = self { true } else { false }
    }
}
