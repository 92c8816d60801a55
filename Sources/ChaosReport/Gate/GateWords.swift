/// Fields of the gate's line: nothing in one may start another.
enum GateWords {
    static func word(_ text: String) -> String {
        String(text.map { $0.isWhitespace || $0 == "\"" || $0 == "=" ? "_" : $0 })
    }

    static func quoted(_ text: String) -> String {
        var out = "\""
        for character in text {
            if character == "\"" || character == "\\" { out.append("\\") }
            out.append(character.isNewline ? " " : character)
        }
        return out + "\""
    }

    static func seeds(_ seeds: [UInt64]) -> String {
        switch seeds.count {
        case 0: "seed=none"
        case 1: "seed=\(seeds[0])"
        default: "seeds=\(seeds.count)"
        }
    }
}
