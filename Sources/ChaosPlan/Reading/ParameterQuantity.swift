extension ScalarText {
    /// A number with its unit, of whichever kind the unit says; nil for what is no quantity.
    package static func quantity(of text: String) -> (value: Int64, kind: ScalarKind)? {
        for kind in [ScalarKind.integer, .duration, .share, .size, .byteRate] {
            if case .quantity(let value)? = try? read(text, ScalarRule(kind)) { return (value, kind) }
        }
        return nil
    }
}
