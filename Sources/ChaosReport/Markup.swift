/// HTML or XML under construction, safe by construction: literal text is markup, every interpolated `String` is escaped.
///
/// Names come from files that others write (`<script>` is a legal agent name), so escaping must not depend on anybody
/// remembering it. Only `Markup` interpolated into `Markup` stays as it is.
struct Markup: ExpressibleByStringInterpolation, Sendable {
    var source: String

    init(source: String) { self.source = source }
    init(stringLiteral value: String) { source = value }
    init(stringInterpolation interpolation: Interpolation) { source = interpolation.source }

    static let empty: Markup = ""

    static func += (a: inout Markup, b: Markup) { a.source += b.source }

    static func + (a: Markup, b: Markup) -> Markup { Markup(source: a.source + b.source) }

    struct Interpolation: StringInterpolationProtocol {
        var source = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            source.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        mutating func appendLiteral(_ literal: String) { source += literal }
        mutating func appendInterpolation(_ text: String) { source += Markup.escaped(text) }
        mutating func appendInterpolation(_ markup: Markup) { source += markup.source }
        mutating func appendInterpolation(_ list: [Markup]) { for markup in list { source += markup.source } }
        mutating func appendInterpolation(_ number: Int) { source += String(number) }
        /// A coordinate: two decimals are a hundredth of a pixel.
        mutating func appendInterpolation(_ number: Double) { source += Measure.decimal(number, digits: 2) }
    }

    /// Safe in text and in quoted attributes, in HTML and in XML; characters that XML 1.0 cannot carry become U+FFFD.
    static func escaped(_ text: String) -> String {
        var out = ""
        out.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            case "\t", "\n", "\r": out.unicodeScalars.append(scalar)
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": out += "\u{FFFD}"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
