import ChaosLinux
import Glibc
import Testing

/// Netlink as bytes; no kernel is asked.
@Suite struct NetlinkTests {
    @Test func aMessageCarriesItsLengthAndItsAttributesAlignedToFourBytes() {
        var writer = NetlinkWriter()
        writer.message(0x0A00, flags: 0x601, sequence: 7) {
            $0.append([1, 0, 0, 0])
            $0.string(1, "abcd")
            $0.big(2, UInt32(2))
            $0.nest(4) { $0.attribute(1, [9]) }
        }
        #expect(
            writer.bytes == [
                // Header: length, type, flags, sequence, port.
                52, 0, 0, 0, 0x00, 0x0A, 0x01, 0x06, 7, 0, 0, 0, 0, 0, 0, 0,
                1, 0, 0, 0,  // family
                9, 0, 1, 0, 0x61, 0x62, 0x63, 0x64, 0, 0, 0, 0,  // the length without the padding
                8, 0, 2, 0, 0, 0, 0, 2,
                12, 0, 4, 0x80, 5, 0, 1, 0, 9, 0, 0, 0,  // a nest's with it
            ])
    }

    @Test func flagsAreAddedToTheLastMessageOnly() throws {
        var writer = NetlinkWriter()
        writer.message(1, flags: 1, sequence: 1) { $0.append([0, 0, 0, 0]) }
        writer.message(2, flags: 1, sequence: 2) { $0.append([0, 0, 0, 0]) }
        writer.flagLast(Netlink.acknowledge)
        let messages = try NetlinkMessage.split(writer.bytes[...])
        #expect(messages.map(\.flags) == [1, 5])
        #expect(messages.map(\.type) == [1, 2])
    }

    @Test func anAcknowledgementIsAnAnswerWithoutError() throws {
        var writer = NetlinkWriter()
        writer.message(Netlink.error, flags: Netlink.capped, sequence: 21) {
            $0.native(Int32(0))
            $0.append([UInt8](repeating: 0, count: 16))
        }
        let answer = try #require(try NetlinkMessage.split(writer.bytes[...]).first?.answer)
        #expect(answer == NetlinkAnswer(sequence: 21, error: 0, text: nil))
    }

    @Test(arguments: [true, false])
    func anErrorTellsWhatTheKernelSaysBesides(isCapped: Bool) throws {
        var asked = NetlinkWriter()
        asked.message(0x0A06, flags: 1, sequence: 3) { $0.string(1, "table") }
        var writer = NetlinkWriter()
        writer.message(
            Netlink.error, flags: Netlink.extended | (isCapped ? Netlink.capped : 0), sequence: 3
        ) {
            $0.native(-EOPNOTSUPP)
            $0.append(isCapped ? Array(asked.bytes.prefix(16)) : asked.bytes)
            $0.string(1, "no such hook")
            $0.attribute(2, [20, 0, 0, 0])
        }
        let answer = try #require(try NetlinkMessage.split(writer.bytes[...]).first?.answer)
        #expect(answer == NetlinkAnswer(sequence: 3, error: EOPNOTSUPP, text: "no such hook"))
        let failure = answer.failure("adding a chain")
        #expect(failure.code == .unsupported)
        #expect(failure.message.hasPrefix("adding a chain: "))
        #expect(failure.message.hasSuffix("(no such hook)"))
    }

    @Test func theEndOfAListMayBeAnError() throws {
        var writer = NetlinkWriter()
        writer.message(Netlink.done, flags: 2, sequence: 1) { $0.native(-EINTR) }
        #expect(try NetlinkMessage.split(writer.bytes[...]).first?.answer?.error == EINTR)
    }

    @Test func aMessageLongerThanItsDatagramIsAnError() {
        var writer = NetlinkWriter()
        writer.message(1, flags: 0, sequence: 1) { $0.append([1, 2, 3, 4]) }
        for count in [1, 15, 17, 19] {
            #expect(throws: NetlinkAnswer.self) { try NetlinkMessage.split(writer.bytes.prefix(count)) }
        }
    }

    @Test func tornAttributesAreLeftOut() {
        let bytes: [UInt8] = [5, 0, 1, 0, 7, 0, 0, 0, 40, 0, 2, 0, 1]
        let attributes = NetlinkAttributes(bytes[...])
        #expect(attributes.all.map(\.type) == [1])
        #expect(attributes[2] == nil)
        #expect(attributes.big(1, as: UInt32.self) == nil, "one byte is no four")
    }
}
