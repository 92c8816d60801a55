/// A picture, or shields.io's endpoint file, that says at a glance how the gate ended.
public struct Badge: Hashable, Sendable {
    public var label: String
    public var message: String
    public var outcome: GateResult.Outcome

    /// - Parameters:
    ///   - label: usually the scenario.
    ///   - score: 0...100; nil without evidence.
    public init(label: String, outcome: GateResult.Outcome, score: Double?) {
        self.label = label
        self.outcome = outcome
        let value = score.map { " " + Measure.decimal($0, digits: 1) } ?? ""
        message = outcome == .inconclusive ? "inconclusive" : outcome.rawValue + value
    }

    /// Of themselves 4.5:1 or more against white.
    private var colour: String {
        switch outcome {
        case .passed: "#1b7a43"
        case .failed: "#c0261c"
        case .inconclusive: "#7a6300"
        }
    }

    /// What shields.io draws a badge from: its endpoint schema, version 1.
    public var endpoint: String {
        let colour = String(colour.dropFirst())
        return """
            {"schemaVersion": 1, "label": \(CanonicalJSON.quoted(label)), "message": \(CanonicalJSON.quoted(message)), \
            "color": "\(colour)"\(outcome == .failed ? ", \"isError\": true" : "")}

            """
    }

    /// Self-contained; the text's width is set, so that it fits whatever font there is.
    public var svg: String {
        let (left, right) = (Self.width(label), Self.width(message))
        let (leftBox, rightBox) = (left + 12, right + 12)
        let markup: Markup = """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(leftBox + rightBox)" height="20" role="img" aria-label="\(label): \(message)">
              <title>\(label): \(message)</title>
              <clipPath id="r"><rect width="\(leftBox + rightBox)" height="20" rx="3"/></clipPath>
              <g clip-path="url(#r)">
                <rect width="\(leftBox)" height="20" fill="#3d444d"/>
                <rect x="\(leftBox)" width="\(rightBox)" height="20" fill="\(colour)"/>
              </g>
              <g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11" lengthAdjust="spacingAndGlyphs">
                <text x="6" y="14" textLength="\(left)">\(label)</text>
                <text x="\(leftBox + 6)" y="14" textLength="\(right)">\(message)</text>
              </g>
            </svg>

            """
        return markup.source
    }

    /// About what Verdana takes at 11 px.
    private static func width(_ text: String) -> Int {
        let tenths = text.reduce(0) { sum, character in
            switch character {
            case "i", "j", "l", ".", ",", ":", ";", "'", "|", "!": sum + 36
            case "f", "t", "r", "-", "(", ")", "[", "]", " ", "/": sum + 46
            case "m", "w", "M", "W", "@", "%": sum + 100
            case "A"..."Z": sum + 78
            default: sum + 68
            }
        }
        return max(1, tenths / 10)
    }
}
