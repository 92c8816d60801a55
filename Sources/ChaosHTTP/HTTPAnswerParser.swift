package import NIOCore

/// Reads one answer after another from a connection's bytes: fixed length, chunked, or up to the end of the connection.
/// Without a pipeline of handlers, because a prober does this thousands of times a second.
package struct HTTPAnswerParser {
    package struct Malformed: Error {
        package var message: String
    }

    package struct Answer: Equatable {
        package var status: Int
        package var body: [UInt8]
        package var isKeptAlive: Bool
    }

    /// Of a head, and of a line between chunks.
    static let maximumHead = 64 << 10
    static let maximumBody = 4 << 20

    private enum State {
        case head
        case body(left: Int)
        case chunkSize
        case chunk(left: Int)
        case chunkEnd
        case trailers
        case untilEnd
    }

    private var state = State.head
    private var status = 0
    private var isKeptAlive = true
    private var body: [UInt8] = []
    private let isHead: Bool

    /// - Parameter method: of the request; an answer to `HEAD` has no body whatever it announces.
    package init(method: String) { isHead = method == "HEAD" }

    /// The answer if it is whole; else nil, and the rest is to be fed with more bytes behind it.
    package mutating func feed(_ buffer: inout ByteBuffer) throws(Malformed) -> Answer? {
        while true {
            switch state {
            case .head:
                guard try readHead(&buffer) else { return nil }
                // 100 and its like come before the answer itself.
                if (100..<200).contains(status) { continue }
                if isHead || status == 204 || status == 304 { return whole() }
                if case .body(left: 0) = state { return whole() }
            case .body(let left):
                let taken = try take(left, from: &buffer)
                if taken == left { return whole() }
                state = .body(left: left - taken)
                return nil
            case .untilEnd:
                _ = try take(buffer.readableBytes, from: &buffer)
                return nil
            case .chunkSize:
                guard let line = try readLine(&buffer) else { return nil }
                let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
                guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size >= 0 else {
                    throw Malformed(message: "a chunk without a size")
                }
                state = size == 0 ? .trailers : .chunk(left: size)
            case .chunk(let left):
                let taken = try take(left, from: &buffer)
                guard taken == left else {
                    state = .chunk(left: left - taken)
                    return nil
                }
                state = .chunkEnd
            case .chunkEnd:
                guard let line = try readLine(&buffer) else { return nil }
                guard line.isEmpty else { throw Malformed(message: "a chunk longer than its size") }
                state = .chunkSize
            case .trailers:
                guard let line = try readLine(&buffer) else { return nil }
                if line.isEmpty { return whole() }
            }
        }
    }

    /// The answer that the end of the connection completes; nil if it cut one short.
    package mutating func end() -> Answer? {
        guard case .untilEnd = state else { return nil }
        return whole()
    }

    private mutating func whole() -> Answer {
        let answer = Answer(status: status, body: body, isKeptAlive: isKeptAlive)
        state = .head
        body = []
        return answer
    }

    private mutating func take(_ count: Int, from buffer: inout ByteBuffer) throws(Malformed) -> Int {
        let count = min(count, buffer.readableBytes)
        guard body.count + count <= Self.maximumBody else {
            throw Malformed(message: "an answer of more than \(Self.maximumBody >> 20) MiB")
        }
        body.append(contentsOf: buffer.readableBytesView.prefix(count))
        buffer.moveReaderIndex(forwardBy: count)
        return count
    }

    // MARK: Head

    /// False if it is not whole; then nothing was taken.
    private mutating func readHead(_ buffer: inout ByteBuffer) throws(Malformed) -> Bool {
        let start = buffer.readerIndex
        guard let first = try readLine(&buffer) else { return false }
        var fields = HTTPAnswerFields()
        try readStatus(first, &fields)
        while true {
            guard let line = try readLine(&buffer) else {
                guard buffer.writerIndex - start <= Self.maximumHead else {
                    throw Malformed(message: "an answer whose head has no end")
                }
                buffer.moveReaderIndex(to: start)
                return false
            }
            if line.isEmpty { break }
            try fields.read(line)
        }
        isKeptAlive = fields.isKeptAlive
        if (100..<200).contains(status) { return true }
        if fields.isChunked {
            state = .chunkSize
        } else if let length = fields.length {
            state = .body(left: length)
            body.reserveCapacity(min(length, 64 << 10))
        } else {
            state = .untilEnd
            if !isHead, status != 204, status != 304 { isKeptAlive = false }
        }
        return true
    }

    private mutating func readStatus(_ line: ByteBufferView, _ fields: inout HTTPAnswerFields) throws(Malformed) {
        let bytes = Array(line.prefix(13))
        guard bytes.count >= 12, bytes.starts(with: "HTTP/1.".utf8), bytes[8] == UInt8(ascii: " "),
            bytes.count == 12 || bytes[12] == UInt8(ascii: " "),
            let status = Int(String(decoding: bytes[9..<12], as: UTF8.self)), (100..<600).contains(status)
        else { throw Malformed(message: "an answer that is not HTTP/1") }
        self.status = status
        fields.isKeptAlive = bytes[7] != UInt8(ascii: "0")
    }

    /// Without its end; nil if there is none yet.
    private func readLine(_ buffer: inout ByteBuffer) throws(Malformed) -> ByteBufferView? {
        let view = buffer.readableBytesView
        guard let end = view.firstIndex(of: UInt8(ascii: "\n")) else {
            guard view.count <= Self.maximumHead else { throw Malformed(message: "a line without an end") }
            return nil
        }
        buffer.moveReaderIndex(to: end + 1)
        let isPlain = end == view.startIndex || view[end - 1] != UInt8(ascii: "\r")
        return view[view.startIndex..<(isPlain ? end : end - 1)]
    }
}

/// Those fields of an answer's head that say where it ends.
struct HTTPAnswerFields {
    private(set) var length: Int?
    private(set) var isChunked = false
    var isKeptAlive = true

    mutating func read(_ line: ByteBufferView) throws(HTTPAnswerParser.Malformed) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            throw HTTPAnswerParser.Malformed(message: "a head's line without a colon")
        }
        let name = line[line.startIndex..<colon]
        let value = line[(colon + 1)...]
        if Self.equal(name, "content-length") {
            guard let length = Int(Self.text(value)), length >= 0, self.length == nil || self.length == length else {
                throw HTTPAnswerParser.Malformed(message: "an answer without a clear length")
            }
            self.length = length
        } else if Self.equal(name, "transfer-encoding") {
            isChunked = Self.text(value).hasSuffix("chunked")
        } else if Self.equal(name, "connection") {
            let value = Self.text(value)
            if value.contains("close") { isKeptAlive = false }
            if value.contains("keep-alive") { isKeptAlive = true }
        }
    }

    private static func equal(_ bytes: ByteBufferView, _ name: StaticString) -> Bool {
        guard bytes.count == name.utf8CodeUnitCount else { return false }
        return bytes.withUnsafeBytes { bytes in
            for index in 0..<bytes.count where bytes[index] | 0x20 != name.utf8Start[index] | 0x20 { return false }
            return true
        }
    }

    private static func text(_ bytes: ByteBufferView) -> String {
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var trimmed = bytes.drop(while: isSpace)
        while let last = trimmed.last, isSpace(last) { trimmed = trimmed.dropLast() }
        return String(decoding: trimmed, as: UTF8.self).lowercased()
    }
}
