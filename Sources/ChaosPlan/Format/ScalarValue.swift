/// A scalar read.
package enum ScalarValue: Hashable, Sendable {
    /// In the kind's integer unit.
    case quantity(Int64)
    case number(Double)
    case text(String)
    case boolean(Bool)
}
