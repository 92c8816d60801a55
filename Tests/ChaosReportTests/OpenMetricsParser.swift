/// A small and strict reader of OpenMetrics 1.0 text, for gauges: it refuses whatever the specification's grammar and its
/// MUSTs refuse, among them what many readers would let pass.
struct OpenMetricsParser {
    struct Sample: Hashable {
        var family: String
        var labels: [String: String]
        var value: Double
    }

    struct Malformed: Error, CustomStringConvertible {
        var line: Int
        var what: String

        var description: String { "line \(line): \(what)" }
    }

    private(set) var samples: [Sample] = []
    private(set) var families: [String] = []
    private var metadata: [String: Set<String>] = [:]
    private var seen: Set<Sample> = []
    private var family: String?
    private var hasSamples = false

    static func read(_ text: String) throws -> OpenMetricsParser {
        var parser = OpenMetricsParser()
        guard text.hasSuffix("# EOF\n") else {
            throw Malformed(line: 0, what: "does not end with # EOF and a line feed")
        }
        let lines = text.dropLast().split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.dropLast().enumerated() {
            do throws(What) {
                try parser.take(line)
            } catch {
                throw Malformed(line: index + 1, what: "\(error.text): \(line)")
            }
        }
        return parser
    }

    func value(_ family: String, _ labels: [String: String] = [:]) -> Double? {
        let fitting = samples.filter { sample in
            sample.family == family && labels.allSatisfy { sample.labels[$0.key] == $0.value }
        }
        return fitting.count == 1 ? fitting[0].value : nil
    }

    private struct What: Error {
        var text: String

        init(_ text: String) { self.text = text }
    }

    private mutating func take(_ line: Substring) throws(What) {
        guard !line.isEmpty else { throw What("an empty line") }
        guard !line.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else {
            throw What("a control character")
        }
        if line.first == "#" { try takeMetadata(line) } else { try takeSample(line) }
    }

    private mutating func takeMetadata(_ line: Substring) throws(What) {
        let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard words.count == 4, words[0] == "#", Self.isName(words[2]) else { throw What("not metadata") }
        if words[2] != family {
            guard metadata[words[2]] == nil else { throw What("a family in two places") }
            family = words[2]
            families.append(words[2])
            hasSamples = false
        }
        guard !hasSamples else { throw What("metadata behind samples") }
        guard metadata[words[2], default: []].insert(words[1]).inserted else { throw What("metadata twice") }
        switch words[1] {
        case "TYPE": guard words[3] == "gauge" else { throw What("a type that this does not read") }
        case "UNIT":
            guard words[2].hasSuffix("_" + words[3]), !words[3].isEmpty else {
                throw What("the name does not end with its unit")
            }
        case "HELP": _ = try Self.unescaped(words[3])
        default: throw What("no metadata has that name")
        }
    }

    private mutating func takeSample(_ line: Substring) throws(What) {
        var rest = line
        let name = String(rest.prefix { $0 != "{" && $0 != " " })
        guard Self.isName(name), name == family else { throw What("a sample outside its family") }
        guard metadata[name]?.isSuperset(of: ["TYPE", "HELP"]) == true else {
            throw What("a family without type or help")
        }
        rest = rest.dropFirst(name.count)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest = rest.dropFirst()
            while rest.first != "}" {
                if !labels.isEmpty {
                    guard rest.first == "," else { throw What("no comma between labels") }
                    rest = rest.dropFirst()
                }
                let label = String(rest.prefix { $0 != "=" })
                guard Self.isName(label), !label.contains(":"), rest.dropFirst(label.count).hasPrefix("=\"") else {
                    throw What("not a label")
                }
                rest = rest.dropFirst(label.count + 2)
                var raw = ""
                while let character = rest.first, character != "\"" {
                    raw.append(character)
                    rest = rest.dropFirst()
                    if character == "\\", let next = rest.first {
                        raw.append(next)
                        rest = rest.dropFirst()
                    }
                }
                guard rest.first == "\"" else { throw What("a label without end") }
                rest = rest.dropFirst()
                guard labels.updateValue(try Self.unescaped(raw), forKey: label) == nil else {
                    throw What("a label twice")
                }
            }
            rest = rest.dropFirst()
        }
        guard rest.first == " ", let value = Self.number(String(rest.dropFirst())) else { throw What("not a number") }
        let sample = Sample(family: name, labels: labels, value: value)
        guard seen.insert(Sample(family: name, labels: labels, value: 0)).inserted else { throw What("a sample twice") }
        hasSamples = true
        samples.append(sample)
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, first < 48 || first > 57 else { return false }
        return text.utf8.allSatisfy { byte in
            (97...122).contains(byte) || (65...90).contains(byte) || (48...57).contains(byte) || byte == 95
                || byte == 58
        }
    }

    private static func number(_ text: String) -> Double? {
        if ["+Inf", "-Inf", "NaN"].contains(text) { return Double(text.lowercased()) }
        guard text.utf8.allSatisfy({ (48...57).contains($0) || "+-.eE".utf8.contains($0) }) else { return nil }
        return Double(text)
    }

    private static func unescaped(_ text: String) throws(What) -> String {
        var out = ""
        var isEscaped = false
        for character in text {
            switch (isEscaped, character) {
            case (true, "n"): out.append("\n")
            case (true, "\\"), (true, "\""): out.append(character)
            case (true, _): throw What("an unknown escape")
            case (false, "\\"):
                isEscaped = true
                continue
            case (false, "\""): throw What("a quote that is not escaped")
            case (false, _): out.append(character)
            }
            isEscaped = false
        }
        guard !isEscaped else { throw What("a backslash at the end") }
        return out
    }
}
