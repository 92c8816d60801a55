import Glibc

/// A message that the kernel sent.
package struct NetlinkMessage: Hashable, Sendable {
    package var type: UInt16
    package var flags: UInt16
    var sequence: UInt32
    package var payload: ArraySlice<UInt8>

    /// The messages of one datagram.
    package static func split(_ bytes: ArraySlice<UInt8>) throws(NetlinkAnswer) -> [NetlinkMessage] {
        var messages: [NetlinkMessage] = []
        var rest = bytes
        while !rest.isEmpty {
            guard rest.count >= 16 else { throw torn }
            let length = Int(rest.native(at: 0, as: UInt32.self))
            guard length >= 16, length <= rest.count else { throw torn }
            messages.append(
                NetlinkMessage(
                    type: rest.native(at: 4, as: UInt16.self), flags: rest.native(at: 6, as: UInt16.self),
                    sequence: rest.native(at: 8, as: UInt32.self),
                    payload: rest[(rest.startIndex + 16)..<(rest.startIndex + length)]))
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return messages
    }

    private static let torn = NetlinkAnswer(sequence: 0, error: EBADMSG, text: "the kernel's answer is torn")

    /// Of an acknowledgement, an error or a dump's end; nil for all others.
    package var answer: NetlinkAnswer? {
        guard type == Netlink.error || type == Netlink.done else { return nil }
        guard payload.count >= 4 else { return NetlinkAnswer(sequence: sequence, error: 0, text: nil) }
        let error = 0 &- payload.native(at: 0, as: Int32.self)
        var attributes: ArraySlice<UInt8> = []
        if flags & Netlink.extended != 0 {
            if type == Netlink.done {
                attributes = payload.dropFirst(4)
            } else if payload.count >= 20 {
                // After the header of the message it answers, which is repeated whole unless capped.
                let asked = flags & Netlink.capped != 0 ? 16 : Int(payload.native(at: 4, as: UInt32.self))
                attributes = payload.dropFirst(4 + ((asked + 3) & ~3))
            }
        }
        return NetlinkAnswer(
            sequence: sequence, error: error, text: NetlinkAttributes(attributes).string(Netlink.answerText))
    }
}

/// The kernel's verdict on one message; thrown where it is a refusal.
package struct NetlinkAnswer: Error, Hashable, Sendable {
    /// Of the message it answers.
    package var sequence: UInt32
    /// An errno; 0 for success.
    package var error: Int32
    /// What the kernel says besides, if anything.
    package var text: String?

    package init(sequence: UInt32, error: Int32, text: String? = nil) {
        self.sequence = sequence
        self.error = error
        self.text = text
    }

    /// As an operator reads it: `adding netem to eth0: No such file or directory (Specified qdisc kind is unknown)`.
    package func failure(_ what: String) -> HostError {
        var failure = SystemCall.failure(error, what)
        if let text { failure.message += " (\(text))" }
        return failure
    }
}

/// Attributes by their type; of several of one type the last. What is torn is left out.
package struct NetlinkAttributes: Sendable {
    /// In their order.
    package private(set) var all: [(type: UInt16, payload: ArraySlice<UInt8>)] = []

    package init(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while rest.count >= 4 {
            let length = Int(rest.native(at: 0, as: UInt16.self))
            guard length >= 4, length <= rest.count else { return }
            all.append(
                (
                    rest.native(at: 2, as: UInt16.self) & Netlink.typeMask,
                    rest[(rest.startIndex + 4)..<(rest.startIndex + length)]
                ))
            rest = rest.dropFirst((length + 3) & ~3)
        }
    }

    package subscript(type: UInt16) -> ArraySlice<UInt8>? { all.last { $0.type == type }?.payload }

    package func string(_ type: UInt16) -> String? {
        self[type].map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// In this machine's byte order; nil where missing or too short.
    package func native<Number: FixedWidthInteger>(_ type: UInt16, as: Number.Type = Number.self) -> Number? {
        guard let payload = self[type], payload.count >= MemoryLayout<Number>.size else { return nil }
        return payload.native(at: 0)
    }

    /// In network byte order; nil where missing or too short.
    package func big<Number: FixedWidthInteger>(_ type: UInt16, as: Number.Type = Number.self) -> Number? {
        native(type, as: Number.self).map { Number(bigEndian: $0) }
    }

    /// None where missing.
    package func nested(_ type: UInt16) -> NetlinkAttributes { NetlinkAttributes(self[type] ?? []) }
}

extension ArraySlice where Element == UInt8 {
    /// A number in this machine's byte order, `offset` bytes from the slice's start; zero where it is too short.
    func native<Number: FixedWidthInteger>(at offset: Int, as: Number.Type = Number.self) -> Number {
        guard offset >= 0, offset + MemoryLayout<Number>.size <= count else { return 0 }
        return withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Number.self) }
    }
}
