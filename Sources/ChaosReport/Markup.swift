/// HTML or XML under construction, safe by construction: literal text is markup, every interpolated `String` is escaped.
///
/// Names come from files that others write (`<script>` is a legal agent name), so escaping must not depend on anybody
/// remembering it. Only `Markup` interpolated into `Markup` stays as it is.
package struct Markup: ExpressibleByStringInterpolation, Sendable {
    package var source: String

    package init(source: String) { self.source = source }
    package init(stringLiteral value: String) { source = value }
    package init(stringInterpolation interpolation: Interpolation) { source = interpolation.source }

    package static let empty: Markup = ""

    package static func += (a: inout Markup, b: Markup) { a.source += b.source }

    package static func + (a: Markup, b: Markup) -> Markup { Markup(source: a.source + b.source) }

    package struct Interpolation: StringInterpolationProtocol {
        var source = ""

        package init(literalCapacity: Int, interpolationCount: Int) {
            source.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        package mutating func appendLiteral(_ literal: String) { source += literal }
        package mutating func appendInterpolation(_ text: String) { source += Markup.escaped(text) }
        package mutating func appendInterpolation(_ markup: Markup) { source += markup.source }
        package mutating func appendInterpolation(_ list: [Markup]) { for markup in list { source += markup.source } }
        package mutating func appendInterpolation(_ number: Int) { source += String(number) }
        /// A coordinate: two decimals are a hundredth of a pixel.
        package mutating func appendInterpolation(_ number: Double) { source += Measure.decimal(number, digits: 2) }
        /// One that may be looked at a thousand times larger.
        package mutating func appendInterpolation(fine number: Double) { source += Measure.decimal(number, digits: 5) }
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
