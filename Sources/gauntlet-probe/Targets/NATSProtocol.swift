package import NIOCore

/// What a NATS server sends, as far as a probe needs it.
package enum NATSLine: Hashable, Sendable {
    case info
    case ping
    case pong
    case ok
    case error(String)
    /// To one of our subjects; an empty one with status 503 says that nobody listens there.
    case message(subject: String, payload: [UInt8], hasNoResponder: Bool)

    package struct Malformed: Error, Hashable {}

    /// Of a line, and of a message.
    package static let maximumSize = 4 << 20

    /// Takes the next one; nil if it is not whole, then nothing is taken.
    package static func read(_ buffer: inout ByteBuffer) throws(Malformed) -> NATSLine? {
        let view = buffer.readableBytesView
        guard let end = view.firstIndex(of: UInt8(ascii: "\n")) else {
            guard view.count <= maximumSize else { throw Malformed() }
            return nil
        }
        var text = String(decoding: view[view.startIndex..<end], as: UTF8.self)
        if text.hasSuffix("\r") { text.removeLast() }
        let words = text.split(separator: " ")
        let size = end + 1 - view.startIndex
        guard let first = words.first else { throw Malformed() }
        switch (first.uppercased(), words.count) {
        case ("MSG", 4...5), ("HMSG", 5...6):
            let hasHeaders = first.uppercased() == "HMSG"
            guard let total = Int(words[words.count - 1]), (0...maximumSize).contains(total),
                let headers = hasHeaders ? Int(words[words.count - 2]) : 0, (0...total).contains(headers)
            else { throw Malformed() }
            guard buffer.readableBytes >= size + total + 2 else { return nil }
            buffer.moveReaderIndex(forwardBy: size)
            let head = buffer.readString(length: headers) ?? ""
            let payload = buffer.readBytes(length: total - headers) ?? []
            buffer.moveReaderIndex(forwardBy: 2)
            return .message(
                subject: String(words[1]), payload: payload,
                hasNoResponder: payload.isEmpty && head.hasPrefix("NATS/1.0 503"))
        default:
            buffer.moveReaderIndex(forwardBy: size)
            switch first.uppercased() {
            case "INFO": return .info
            case "PING": return .ping
            case "PONG": return .pong
            case "+OK": return .ok
            case "-ERR": return .error(text)
            default: throw Malformed()
            }
        }
    }
}
