import ChaosPlan

/// Damages text, by a seed.
struct Mutation {
    private let draw: Draw
    private var position: UInt64 = 0

    init(seed: UInt64) { draw = Draw(seed: seed, purpose: Draw.Purpose("fuzz"), entity: 0) }

    private static let nasty = [
        "", "~", "null", "true", "no", "-1", "0", "010", "1e309", "NaN", "99999999999999999999", "9223372036854775807",
        "-9223372036854775808s",
        "0.0000000000000001s", "1..2", "(", ")", "5 (assumed 9..1)", "5 (assumed ..)", "5 (assumed", "&a", "*a", "<<",
        "? ", "[", "]", "{", "}", ":", "- ",
        "#", "\"", "'", "|", ">", "!!binary x", "%YAML 1.1", "---", "\t", "\u{0}", "\u{FEFF}", "é", "👩‍👩‍👧", "\u{2028}",
        "100000h", "87600h", "1000000000/s",
        "0.000000001/h", "100000", "all", "any", "hub", "next", "none", "a", "b", "host", "-87600h", "0s", "100%", "0%",
    ]

    private mutating func pick(_ bound: Int) -> Int {
        position += 1
        return Int(draw.uniform(position, below: Int64(bound)))
    }

    mutating func damage(_ text: String) -> String {
        var text = text
        for _ in 0...pick(3) { text = once(text) }
        return text
    }

    private mutating func once(_ text: String) -> String {
        switch pick(8) {
        case 0:
            var bytes = Array(text.utf8)
            guard !bytes.isEmpty else { return text }
            bytes[pick(bytes.count)] ^= UInt8(1 << pick(8))
            return String(decoding: bytes, as: UTF8.self)
        case 1: return lines(text) { lines, mutation in lines.remove(at: mutation.pick(lines.count)) }
        case 2:
            return lines(text) { lines, mutation in
                lines.insert(lines[mutation.pick(lines.count)], at: mutation.pick(lines.count))
            }
        case 3:
            return lines(text) { lines, mutation in lines.swapAt(mutation.pick(lines.count), mutation.pick(lines.count))
            }
        case 4:
            return lines(text) { lines, mutation in
                let line = mutation.pick(lines.count)
                lines[line] = mutation.pick(2) == 0 ? " " + lines[line] : String(lines[line].dropFirst())
            }
        case 5:
            let characters = Array(text)
            guard characters.count > 2 else { return text }
            let cut = pick(characters.count)
            let length = Swift.min(pick(12), characters.count - cut)
            return String(characters[..<cut]) + String(characters[(cut + length)...])
        default: return token(text)
        }
    }

    private mutating func lines(_ text: String, _ change: (inout [String], inout Mutation) -> Void) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        change(&lines, &self)
        return lines.joined(separator: "\n")
    }

    /// Replaces one word or number by a nasty one, or by another of the same text.
    private mutating func token(_ text: String) -> String {
        let tokens = text.split { " ,:{}[]\n".contains($0) }
        guard !tokens.isEmpty else { return text }
        let victim = tokens[pick(tokens.count)]
        let other = pick(2) == 0 ? Self.nasty[pick(Self.nasty.count)] : String(tokens[pick(tokens.count)])
        return text[..<victim.startIndex] + other + text[victim.endIndex...]
    }
}
