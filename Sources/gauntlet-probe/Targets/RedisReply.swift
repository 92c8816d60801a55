/// One reply in the protocol of Redis (RESP 2), as far as a probe needs it.
package struct RedisReply: Hashable, Sendable {
    package var isError: Bool
    /// Of a string, number or error; nil for a list or nothing.
    package var text: String?

    package init(isError: Bool, text: String?) {
        self.isError = isError
        self.text = text
    }

    package struct Malformed: Error, Hashable {}

    /// A reply that is longer is taken for malformed.
    package static let maximumSize = 4 << 20

    /// The first reply in `bytes` and its length; nil if it is not whole.
    package static func read(_ bytes: some RandomAccessCollection<UInt8>) throws(Malformed) -> (RedisReply, Int)? {
        var reader = Reader(bytes: Array(bytes))
        guard let reply = try reader.reply(depth: 0) else {
            guard bytes.count <= maximumSize else { throw Malformed() }
            return nil
        }
        return (reply, reader.position)
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        mutating func reply(depth: Int) throws(Malformed) -> RedisReply? {
            guard let line = try line() else { return nil }
            guard let kind = line.first, depth < 32 else { throw Malformed() }
            let rest = String(decoding: line.dropFirst(), as: UTF8.self)
            switch kind {
            case UInt8(ascii: "+"), UInt8(ascii: ":"): return RedisReply(isError: false, text: rest)
            case UInt8(ascii: "-"): return RedisReply(isError: true, text: rest)
            case UInt8(ascii: "$"):
                guard let count = Int(rest), count >= -1, count <= maximumSize else { throw Malformed() }
                if count == -1 { return RedisReply(isError: false, text: nil) }
                guard bytes.count >= position + count + 2 else { return nil }
                let text = String(decoding: bytes[position..<position + count], as: UTF8.self)
                position += count + 2
                return RedisReply(isError: false, text: text)
            case UInt8(ascii: "*"):
                guard let count = Int(rest), count >= -1, count <= maximumSize else { throw Malformed() }
                for _ in 0..<max(0, count) where try reply(depth: depth + 1) == nil { return nil }
                return RedisReply(isError: false, text: nil)
            default: throw Malformed()
            }
        }

        private mutating func line() throws(Malformed) -> ArraySlice<UInt8>? {
            guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            guard end > position, bytes[end - 1] == UInt8(ascii: "\r") else { throw Malformed() }
            defer { position = end + 1 }
            return bytes[position..<(end - 1)]
        }
    }
}
