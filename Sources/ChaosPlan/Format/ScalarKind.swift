/// What a scalar's text means. All but `number`, `text`, `name` and `boolean` are read as exact integers.
package enum ScalarKind: String, Sendable, CaseIterable {
    /// Nanoseconds.
    case duration
    /// Bytes.
    case size
    /// Bytes per second.
    case byteRate = "byte rate"
    /// Nanoseconds between two.
    case rate
    /// Parts per million.
    case share
    case integer
    case number
    case text
    case name
    case boolean

    /// `a duration`, for messages.
    package var phrase: String {
        switch self {
        case .integer: "a whole number"
        case .boolean: "`true` or `false`"
        case .text: "a text"
        default: "a \(rawValue)"
        }
    }

    /// What one looks like, for hints.
    package var example: String {
        switch self {
        case .duration: "500ms"
        case .size: "100MiB"
        case .byteRate: "10MiB/s"
        case .rate: "2/s"
        case .share: "99.9%"
        case .integer: "3"
        case .number: "0.5"
        case .text: "\"some words\""
        case .name: "EdgeHub"
        case .boolean: "true"
        }
    }

    /// The pattern of its text, for the schema; nil where YAML's own type says it.
    package var pattern: String? {
        switch self {
        case .duration: "-?[0-9]+(\\.[0-9]+)?(us|ms|s|min|h)"
        case .size: "[0-9]+(\\.[0-9]+)?(B|KiB|MiB|GiB|TiB)"
        case .byteRate: "[0-9]+(\\.[0-9]+)?(B|KiB|MiB|GiB|TiB)/s"
        case .rate: "[0-9]+(\\.[0-9]+)?/(s|min|h)"
        case .share: "[0-9]+(\\.[0-9]+)?%"
        case .integer: "-?(0|[1-9][0-9]*)"
        case .number: "-?[0-9]+(\\.[0-9]+)?"
        case .name: "[A-Za-z0-9][A-Za-z0-9_-]*"
        case .text, .boolean: nil
        }
    }
}
