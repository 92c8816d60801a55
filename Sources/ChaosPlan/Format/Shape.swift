/// What a YAML node must look like: the one definition from which the validator, the value tree and the schema come.
package indirect enum Shape: Sendable {
    case scalar(ScalarRule)
    /// A scalar that says behind itself, in parentheses, where it comes from.
    case sourced(ScalarRule)
    case word([String])
    /// Items are addressed by the key `identity` where they have one, else by their position.
    case list(Shape, identity: String?, atLeast: Int)
    /// Free keys (names), all with values of one shape.
    case map(Shape)
    case object(ObjectShape)
    /// The first that fits. `expected` says in words what would.
    case oneOf([Shape], expected: String)
    /// Anything: the value of an override, checked where it lands.
    case anything

    package static func list(_ item: Shape, identity: String? = nil) -> Shape {
        .list(item, identity: identity, atLeast: 0)
    }

    /// Which YAML node can satisfy it at all.
    package enum Form { case scalar, list, object, any }

    package var form: Form {
        switch self {
        case .scalar, .sourced, .word: .scalar
        case .list: .list
        case .map, .object: .object
        case .oneOf, .anything: .any
        }
    }
}
