/// Prometheus' text format, version 0.0.4: families in the order in which they are added.
struct MetricsText {
    enum Kind: String { case gauge, counter }

    /// In the order in which they are written down.
    struct Labels: ExpressibleByDictionaryLiteral {
        var pairs: [(String, String)]

        init(dictionaryLiteral elements: (String, String)...) { pairs = elements }
    }

    typealias Sample = (labels: Labels, value: Double)

    private(set) var text = ""

    mutating func add(
        _ name: String, _ kind: Kind, _ help: String, _ samples: [Sample]
    ) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
        for sample in samples {
            let labels = sample.labels.pairs.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
            text += "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(Self.number(sample.value))\n"
        }
    }

    /// One without labels.
    mutating func add(_ name: String, _ kind: Kind, _ help: String, value: Double) {
        let sample: Sample = (labels: [:], value: value)
        add(name, kind, help, [sample])
    }

    private static func escaped(_ value: String) -> String {
        var out = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": out += "\\\\"
            case "\"": out += "\\\""
            case "\n": out += "\\n"
            default: out.unicodeScalars.append(character)
            }
        }
        return out
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && value.magnitude < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}
