import ChaosLinux
import ChaosPlan
import Testing

@Suite struct TrafficMessageTests {
    @Test func attributesArePaddedToFourOctetsAndReadBack() {
        var body = NetlinkWriter()
        body.string(1, "tbf")
        body.native(7, UInt16(0x0102))
        body.nest(2) { $0.native(3, UInt64(9)) }
        #expect(body.bytes.count % 4 == 0)
        let read = NetlinkAttributes(body.bytes[...])
        #expect(read.string(1) == "tbf")
        #expect(read.native(7, as: UInt16.self) == 0x0102)
        #expect(read.nested(2).native(3, as: UInt64.self) == 9)
        #expect(read.native(7, as: UInt32.self) == nil)
    }

    @Test func aMessageCutAnywhereIsReadWithoutATrap() {
        let message = TrafficMessage(
            36, index: 3, handle: 0x10000, parent: Handle.root, kind: "netem", options: NetemOptions(delay: 1).body)
        let bytes = message.body.bytes
        for length in 0...bytes.count {
            let read = TrafficMessage(type: 36, bytes[..<length])
            #expect((read == nil) == (length < TrafficMessage.headerSize))
        }
        #expect(TrafficMessage(type: 36, bytes[...]) == message)
    }

    @Test func handlesReadAsTcWritesThem() {
        #expect(Handle.text(Handle.ours) == "4741:")
        #expect(Handle.text(Handle.lane(10)) == "4741:a")
        #expect(Handle.text(Handle.leaf(1)) == "4742:")
    }
}

@Suite struct NetemOptionsTests {
    private static let some = NetemOptions(
        delay: 5_000_000_000_001, variation: 1_500, correlation: 7, loss: 1, corrupt: 2, duplicate: 3, ahead: 4, gap: 1)

    @Test func whatTheKernelEchoesIsSeenAsTheSame() {
        #expect(Self.some.differences(from: Self.some.body.bytes) == [])
    }

    @Test(arguments: [
        ("delay", NetemOptions(delay: 2)), ("variation", NetemOptions(variation: 64)), ("loss", NetemOptions(loss: 1)),
        ("delay correlation", NetemOptions(correlation: 1)), ("corrupt", NetemOptions(corrupt: 1)),
        ("duplicate", NetemOptions(duplicate: 1)), ("reorder", NetemOptions(ahead: 1)), ("gap", NetemOptions(gap: 1)),
        ("limit", NetemOptions(limit: 1)), ("burst begin", NetemOptions(bursts: .init(begin: 1, end: 0))),
        ("burst end", NetemOptions(bursts: .init(begin: 0, end: 1))),
    ])
    func everyParameterThatDiffersIsSeen(name: String, other: NetemOptions) {
        let differences = NetemOptions().differences(from: other.body.bytes)
        #expect(differences.count == 1)
        #expect(differences.first?.hasPrefix("\(name) is") == true)
    }

    @Test func sharesBecomeChancesToTheNearest() {
        #expect(NetemOptions.chance(.zero) == 0)
        #expect(NetemOptions.chance(.whole) == .max)
        #expect(NetemOptions.chance(Share(partsPerMillion: 500_000)) == 0x8000_0000)
    }

    @Test func burstsLoseTheShareOnAverage() throws {
        let bursts = try #require(NetemOptions.bursts(share: Share(partsPerMillion: 100_000), length: 5))
        let (begin, end) = (Double(bursts.begin), Double(bursts.end))
        #expect(abs(begin / (begin + end) - 0.1) < 1e-6)
        #expect(abs(Double(UInt32.max) / end - 5) < 1e-6)
        #expect(NetemOptions.bursts(share: .whole, length: 5) == nil)
        #expect(NetemOptions.bursts(share: Share(partsPerMillion: 900_000), length: 2) == nil)
    }

    @Test(arguments: NetemOptions.Spread.allCases)
    func distributionsHaveMeanZeroAndTheVariationAsDeviation(spread: NetemOptions.Spread) {
        let table = NetemOptions.table(spread).map { Double($0) / 8192 }
        let mean = table.reduce(0, +) / 4096
        let deviation = (table.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 4096).squareRoot()
        #expect(abs(mean) < 0.01)
        #expect(abs(deviation - 1) < 0.01, "\(deviation)")
        #expect(table == table.sorted())
    }
}

@Suite struct RateOptionsTests {
    @Test(arguments: [1_024, 1_048_576, 1_250_000_000, 125_000_000_000] as [UInt64])
    func whatTheKernelEchoesIsSeenAsTheSame(rate: UInt64) {
        let options = RateOptions(rate: rate)
        #expect(options.tbfDifferences(from: options.tbf.bytes) == [])
        #expect(options.htbDifferences(from: options.htbClass.bytes) == [])
        #expect(options.bfifoDifferences(from: options.bfifo.bytes) == [])
        let other = RateOptions(rate: rate * 2)
        #expect(!other.tbfDifferences(from: options.tbf.bytes).isEmpty)
        #expect(!other.htbDifferences(from: options.htbClass.bytes).isEmpty)
    }

    @Test func theQueueHoldsTheLargestPacket() {
        #expect(RateOptions(rate: 1_024).queue >= 65_536)
        #expect(RateOptions(rate: 1_024).burst >= 1_514)
    }
}

@Suite struct FlowPatternTests {
    private func match(_ keys: String) throws -> TrafficMatch {
        let shape = ObjectShape("a match", TrafficMatch.keys)
        let (value, problems) = ObjectReader.read("{\(keys)}", name: "test", as: shape)
        return try TrafficMatch(try #require(value, "\(problems)"), exempt: [])
    }

    @Test func anAddressIsAWordOfTheHeader() throws {
        let pattern = try #require(
            try FlowPattern.patterns(of: match(#""peers":["10.1.2.3"]"#), isLeaving: true).first)
        #expect(pattern.keys == [.init(mask: .max, value: 0x0A01_0203, offset: 16)])
    }

    @Test func arrivingPacketsHaveThePeerAsTheirSource() throws {
        let pattern = try #require(
            try FlowPattern.patterns(
                of: match(#""peers":["10.1.0.0/17"],"protocol":"tcp","port":80,"local-port":9"#), isLeaving: false
            ).first)
        #expect(
            pattern.keys == [
                .init(mask: 0xFFFF_8000, value: 0x0A01_0000, offset: 12),
                .init(mask: 0x00FF_0000, value: 0x0006_0000, offset: 8),
                .init(mask: 0x0F00_0000, value: 0x0500_0000, offset: 0),
                .init(mask: 0x0000_1FFF, value: 0, offset: 4),
                .init(mask: .max, value: 80 << 16 | 9, offset: 20),
            ])
    }

    @Test func v6PrefixesTakeAsManyWordsAsTheyNeed() throws {
        let pattern = try #require(
            try FlowPattern.patterns(of: match(#""peers":["fd00:1::/40"],"protocol":"icmp""#), isLeaving: true).first)
        #expect(
            pattern.keys == [
                .init(mask: .max, value: 0xFD00_0001, offset: 24), .init(mask: 0xFF00_0000, value: 0, offset: 28),
                .init(mask: 0x0000_FF00, value: 58 << 8, offset: 4),
            ])
    }

    @Test func peersAndNearEndsArePairedWithinAFamily() throws {
        let mixed = try match(#""peers":["10.0.0.1","fd00::1"],"local":["10.0.0.2","10.0.0.3"]"#)
        #expect(try FlowPattern.patterns(of: mixed, isLeaving: true).count == 2)
        let apart = try match(#""peers":["fd00::1"],"local":["10.0.0.2"]"#)
        #expect(throws: HostError.self) { try FlowPattern.patterns(of: apart, isLeaving: true) }
    }

    @Test func patternsOverlapWhenSomePacketIsOfBoth() throws {
        func pattern(_ keys: String) throws -> FlowPattern {
            try #require(try FlowPattern.patterns(of: match(keys), isLeaving: true).first)
        }
        let host = try pattern(#""peers":["10.1.2.3"]"#)
        #expect(host.overlaps(try pattern(#""peers":["10.1.0.0/16"]"#)))
        #expect(host.overlaps(try pattern(#""peers":["10.1.2.3"],"protocol":"tcp","port":80"#)))
        #expect(!host.overlaps(try pattern(#""peers":["10.1.2.4"]"#)))
        let web = try pattern(#""peers":["10.1.2.3"],"protocol":"tcp","port":80"#)
        #expect(!web.overlaps(try pattern(#""peers":["10.1.2.3"],"protocol":"tcp","port":81"#)))
        #expect(!web.overlaps(try pattern(#""peers":["10.1.2.3"],"protocol":"udp""#)))
    }

    @Test func aDumpedFilterIsKnownByItsKeysClassAndTarget() throws {
        let pattern = try #require(try FlowPattern.patterns(of: match(#""peers":["10.1.2.3"]"#), isLeaving: true).first)
        let options = pattern.options(class: 5, redirectedTo: 7).bytes
        #expect(pattern.isShown(by: options, class: 5, redirectedTo: 7))
        #expect(!pattern.isShown(by: options, class: 6, redirectedTo: 7))
        #expect(!pattern.isShown(by: options, class: 5, redirectedTo: nil))
        #expect(!pattern.isShown(by: pattern.options(class: 5, redirectedTo: nil).bytes, class: 5, redirectedTo: 7))
    }
}

@Suite struct ForeignRootTests {
    private static let tbf = TrafficMessage(
        36, index: 2, handle: 0x1_0000, parent: Handle.root, info: 2, kind: "tbf", options: RateOptions(rate: 1_000).tbf
    )

    @Test func aDescriptionReadsBackAsItself() throws {
        let root = try #require(ForeignRoot(root: Self.tbf, classes: [], qdiscs: [Self.tbf], isFiltered: false))
        #expect(ForeignRoot(root.description) == root)
        // The number of its users is the kernel's, not part of what made it.
        #expect(root.parts.map(\.info) == [0])
    }

    @Test(arguments: ["", "36", "36:0", "36:zz", "x:00", "36:00", "36:00 "])
    func otherTextIsNoDescription(text: String) { #expect(ForeignRoot(text) == nil) }

    @Test func whatCannotBePutBackExactlyIsRefused() {
        func root(_ kind: String, isFiltered: Bool = false, extras: Set<UInt16> = []) -> ForeignRoot? {
            var root = Self.tbf
            root.kind = kind
            root.extras = extras
            return ForeignRoot(root: root, classes: [], qdiscs: [root], isFiltered: isFiltered)
        }
        #expect(root("tbf") != nil)
        #expect(root("cake") == nil)
        #expect(root("mq") == nil)
        #expect(root("htb", isFiltered: true) == nil)
        #expect(root("tbf", extras: [8]) == nil)
    }

    /// What fq_codel makes of microseconds, and shows of that.
    @Test(arguments: [0, 1, 5, 4_999, 5_000, 100_000, 1_234_567] as [UInt64])
    func timesOfFqCodelComeBackThoughTheKernelRoundsThem(asked: UInt64) throws {
        let held = asked * 1_000 >> 10
        var options = NetlinkWriter()
        options.native(1, UInt32((held << 10) / 1_000))
        let root = TrafficMessage(
            36, index: 2, handle: 0x7_0000, parent: Handle.root, kind: "fq_codel", options: options)
        let saved = try #require(ForeignRoot(root: root, classes: [], qdiscs: [root], isFiltered: false))
        let sent = try #require(saved.parts.first?.attributes.native(1, as: UInt32.self))
        #expect(UInt64(sent) * 1_000 >> 10 == held)
    }

    @Test func classesComeAfterTheirParents() throws {
        let root = TrafficMessage(
            36, index: 2, handle: 0x1_0000, parent: Handle.root, kind: "htb", options: RateOptions.htbRoot(others: 2))
        func part(_ minor: UInt32, below parent: UInt32) -> TrafficMessage {
            TrafficMessage(40, index: 2, handle: 0x1_0000 | minor, parent: parent, kind: "htb")
        }
        let saved = try #require(
            ForeignRoot(
                root: root, classes: [part(2, below: 0x1_0001), part(1, below: Handle.root)], qdiscs: [root],
                isFiltered: false))
        #expect(saved.parts.map(\.handle) == [0x1_0000, 0x1_0001, 0x1_0002])
        #expect(
            ForeignRoot(root: root, classes: [part(2, below: 0x1_0009)], qdiscs: [root], isFiltered: false) == nil)
    }
}
