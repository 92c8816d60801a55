/// As much of EDN as a history needs: maps, vectors, keywords, strings, integers and nil.
indirect enum EDN: Hashable {
    case map([EDN: EDN]), vector([EDN]), keyword(String), string(String), integer(Int64), none

    struct Wrong: Error {
        var at: Int
    }

    /// All values of a text, one after the other.
    static func read(_ bytes: [UInt8]) throws -> [EDN] {
        var at = 0
        var values: [EDN] = []
        skip(bytes, &at)
        while at < bytes.count {
            values.append(try value(bytes, &at))
            skip(bytes, &at)
        }
        return values
    }

    subscript(key: String) -> EDN? {
        guard case .map(let entries) = self else { return nil }
        return entries[.keyword(key)]
    }

    var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    var keyword: String? { if case .keyword(let value) = self { value } else { nil } }

    private static func skip(_ bytes: [UInt8], _ at: inout Int) {
        // Commas are white space.
        while at < bytes.count, " ,\n\t".utf8.contains(bytes[at]) { at += 1 }
    }

    private static func value(_ bytes: [UInt8], _ at: inout Int) throws -> EDN {
        guard at < bytes.count else { throw Wrong(at: at) }
        switch bytes[at] {
        case UInt8(ascii: "{"):
            let items = try items(bytes, &at, until: UInt8(ascii: "}"))
            guard items.count % 2 == 0 else { throw Wrong(at: at) }
            var map: [EDN: EDN] = [:]
            for pair in stride(from: 0, to: items.count, by: 2) {
                guard map.updateValue(items[pair + 1], forKey: items[pair]) == nil else { throw Wrong(at: at) }
            }
            return .map(map)
        case UInt8(ascii: "["): return .vector(try items(bytes, &at, until: UInt8(ascii: "]")))
        case UInt8(ascii: "\""):
            at += 1
            let start = at
            while at < bytes.count, bytes[at] != UInt8(ascii: "\"") { at += 1 }
            guard at < bytes.count else { throw Wrong(at: start) }
            at += 1
            return .string(String(decoding: bytes[start..<at - 1], as: UTF8.self))
        default:
            let start = at
            while at < bytes.count, !" ,\n\t]}".utf8.contains(bytes[at]) { at += 1 }
            let word = String(decoding: bytes[start..<at], as: UTF8.self)
            if word == "nil" { return .none }
            if word.hasPrefix(":"), word.count > 1 { return .keyword(String(word.dropFirst())) }
            guard let number = Int64(word) else { throw Wrong(at: start) }
            return .integer(number)
        }
    }

    private static func items(_ bytes: [UInt8], _ at: inout Int, until close: UInt8) throws -> [EDN] {
        at += 1
        var items: [EDN] = []
        while true {
            skip(bytes, &at)
            guard at < bytes.count else { throw Wrong(at: at) }
            if bytes[at] == close {
                at += 1
                return items
            }
            items.append(try value(bytes, &at))
        }
    }
}
