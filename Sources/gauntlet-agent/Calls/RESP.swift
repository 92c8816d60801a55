import NIOCore

/// As much of the redis protocol as its client here needs: commands out, and whether each reply is an error.
enum RESP {
    enum Reply: Sendable { case value, error }

    struct Malformed: Error {}

    static func command(_ words: [String]) -> ByteBuffer {
        var buffer = ByteBuffer(string: "*\(words.count)\r\n")
        for word in words { buffer.writeString("$\(word.utf8.count)\r\n\(word)\r\n") }
        return buffer
    }

    /// Simple strings, errors, integers and bulk strings: what AUTH, SET and GET are answered with.
    struct Replies: ByteToMessageDecoder {
        typealias InboundOut = Reply

        mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
            guard let (reply, length) = try Self.read(buffer) else { return .needMoreData }
            buffer.moveReaderIndex(forwardBy: length)
            context.fireChannelRead(Self.wrapInboundOut(reply))
            return .continue
        }

        mutating func decodeLast(
            context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
        ) throws -> DecodingState {
            try decode(context: context, buffer: &buffer)
        }

        /// The first reply and its bytes; nil while it is not whole.
        static func read(_ buffer: ByteBuffer) throws -> (Reply, Int)? {
            let view = buffer.readableBytesView
            guard let kind = view.first, let end = view.firstIndex(of: 13), end + 1 < view.endIndex else { return nil }
            let line = view[view.index(after: view.startIndex)..<end]
            let length = end + 2 - view.startIndex
            switch kind {
            case UInt8(ascii: "+"), UInt8(ascii: ":"): return (.value, length)
            case UInt8(ascii: "-"): return (.error, length)
            case UInt8(ascii: "$"):
                guard let size = Int(String(decoding: line, as: UTF8.self)), size >= -1, size <= 512 << 20 else {
                    throw Malformed()
                }
                if size < 0 { return (.value, length) }
                return view.count >= length + size + 2 ? (.value, length + size + 2) : nil
            default: throw Malformed()
            }
        }
    }
}
