import ChaosLinux
import Glibc
import Testing

/// The transactions as they are built; no kernel is asked.
@Suite struct NftTableTests {
    private static func match(
        _ peers: [String], local: [String] = [], direction: TrafficMatch.Direction = .both,
        transport: TrafficMatch.Transport? = nil, port: Int? = nil, user: Int? = nil, interface: String? = nil,
        place: TrafficMatch.Place = .end, exempt: [ControlFlow] = []
    ) throws -> TrafficMatch {
        var parts = [#""peers":[\#(peers.map { "\"\($0)\"" }.joined(separator: ","))]"#]
        if !local.isEmpty { parts.append(#""local":[\#(local.map { "\"\($0)\"" }.joined(separator: ","))]"#) }
        parts.append(#""direction":"\#(direction.rawValue)","place":"\#(place.rawValue)""#)
        if let transport { parts.append(#""protocol":"\#(transport.rawValue)""#) }
        if let port { parts.append(#""port":\#(port)"#) }
        if let user { parts.append(#""user":\#(user)"#) }
        if let interface { parts.append(#""interface":"\#(interface)""#) }
        let line =
            #"{"op":"inject","id":1,"fault":{"id":"f","kind":"partition",\#(parts.joined(separator: ","))}}"#
        guard case .inject(_, let fault, _) = try HostRequest.read(line) else { throw HostError(.malformed, line) }
        return try TrafficMatch(fault, exempt: exempt)
    }

    private static let two = [
        NftLayout.Interface(index: 1, name: "lo"), NftLayout.Interface(index: 2, name: "eth0"),
    ]

    private static func layout(
        _ match: TrafficMatch, _ action: NftAction = .drop, hasBridge: Bool = false
    ) throws -> NftLayout {
        try NftLayout(match, name: "t", action: action, egress: two, hasBridge: hasBridge)
    }

    @Test func aTransactionIsTheseBytes() {
        let table = NftTable(
            family: .inet, name: "t",
            sets: [.init(name: "s", key: .v4, elements: [[10, 1, 0, 2]], isLeased: true)],
            chains: [
                .init(
                    name: "c", hook: .input,
                    rules: [
                        .init(
                            comment: "x",
                            expressions: [
                                .payload(.network, offset: 12, length: 4), .lookup(set: "s"), .verdict(.drop),
                            ])
                    ])
            ])
        var batch = NftBatch()
        table.create(in: &batch, isOwned: true, lease: 2_200)
        let (bytes, last) = batch.finished()
        #expect(last == 5)
        // Checked by hand against <linux/netfilter/nf_tables.h>, and against what `nft list` shows of it.
        let golden: [[UInt8]] = [
            // NFNL_MSG_BATCH_BEGIN for subsystem 10.
            [20, 0, 0, 0, 0x10, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10],
            // NEWTABLE, create and exclusive; NFPROTO_INET; NAME; FLAGS: owner.
            [36, 0, 0, 0, 0, 10, 1, 6, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0],
            [6, 0, 1, 0, 0x74, 0, 0, 0],
            [8, 0, 2, 0, 0, 0, 0, 2],
            // NEWSET: TABLE, NAME, FLAGS: timeout, KEY_TYPE, KEY_LEN, ID.
            [68, 0, 0, 0, 9, 10, 1, 6, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0],
            [6, 0, 1, 0, 0x74, 0, 0, 0],
            [6, 0, 2, 0, 0x73, 0, 0, 0],
            [8, 0, 3, 0, 0, 0, 0, 0x10],
            [8, 0, 4, 0, 0, 0, 0, 7],
            [8, 0, 5, 0, 0, 0, 0, 4],
            [8, 0, 10, 0, 0, 0, 0, 1],
            // NEWSETELEM: TABLE, SET, ELEMENTS of one with KEY of VALUE, TIMEOUT in ms.
            [68, 0, 0, 0, 12, 10, 1, 4, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0],
            [6, 0, 1, 0, 0x74, 0, 0, 0],
            [6, 0, 2, 0, 0x73, 0, 0, 0],
            [32, 0, 3, 0x80, 28, 0, 1, 0x80, 12, 0, 1, 0x80, 8, 0, 1, 0, 10, 1, 0, 2],
            [12, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0x08, 0x98],
            // NEWCHAIN: TABLE, NAME, HOOK of HOOKNUM and PRIORITY, POLICY: accept, TYPE.
            [76, 0, 0, 0, 3, 10, 1, 6, 4, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0],
            [6, 0, 1, 0, 0x74, 0, 0, 0],
            [6, 0, 3, 0, 0x63, 0, 0, 0],
            [20, 0, 4, 0x80, 8, 0, 1, 0, 0, 0, 0, 1, 8, 0, 2, 0, 0, 0, 0, 0],
            [8, 0, 5, 0, 0, 0, 0, 1],
            [11, 0, 7, 0, 0x66, 0x69, 0x6C, 0x74, 0x65, 0x72, 0, 0],
        ]
        let start = Array(golden.joined())
        #expect(Array(bytes.prefix(start.count)) == start)
        // Then the rule, last and so to be acknowledged, and the end.
        let names = ["payload", "lookup", "immediate"]
        let messages = try? NetlinkMessage.split(bytes[...])
        let rule = messages?.first { $0.type == NftBatch.Kind.newRule.type }
        let attributes = rule.map { NetlinkAttributes($0.payload.dropFirst(4)) }
        let expressions = attributes?.nested(4).all.map { NetlinkAttributes($0.payload) } ?? []
        #expect(expressions.map { $0.string(1) } == names)
        #expect(expressions.first?.nested(2).big(3, as: UInt32.self) == 12)
        #expect(expressions.last?.nested(2).nested(2).nested(2).big(1, as: UInt32.self) == 0)
        #expect(attributes?[7].map(Array.init) == [0, 2, 0x78, 0])
        #expect(messages?.map(\.flags) == [1, 0x601, 0x601, 0x401, 0x601, 0xC05, 1])
    }

    @Test func aRehearsalHasNoEnd() throws {
        var batch = NftBatch()
        NftTable(family: .inet, name: "t").create(in: &batch, isOwned: true, lease: 1)
        let types = try NetlinkMessage.split(batch.finished(isTrial: true).bytes[...]).map(\.type)
        #expect(types == [0x10, 0x0A00])
    }

    @Test func aRefusalNamesTheMessageAndWhatWouldBeRight() {
        let table = NftTable(
            family: .inet, name: "t",
            chains: [.init(name: "c", hook: .input, rules: [.init(comment: "x", expressions: [.reject(.tcpReset)])])])
        var batch = NftBatch()
        table.create(in: &batch, isOwned: true, lease: 1)
        let taken = batch.failure(NetlinkAnswer(sequence: 1, error: EEXIST, text: nil))
        #expect(taken.code == .busy)
        #expect(taken.message.hasPrefix("making table inet t: "))
        let expression = batch.failure(NetlinkAnswer(sequence: 3, error: ENOENT, text: nil))
        #expect(expression.code == .unsupported)
        #expect(expression.message.hasPrefix("adding the rule `x` to chain c of table inet t: "))
        #expect(expression.hint.contains("CONFIG_NFT_REJECT_INET"))
        #expect(batch.failure(NetlinkAnswer(sequence: 0, error: EPERM, text: nil)).hint.contains("CAP_NET_ADMIN"))
    }

    @Test func everyChainBeginsWithTheControlFlows() throws {
        let exempt = [ControlFlow(address: "10.0.0.9", port: 22, localPort: 4_000), try ControlFlow("[fd00::9]:22")]
        for place in TrafficMatch.Place.allCases {
            for action in [NftAction.drop, .reject, .lose(partsPerMillion: 50_000)] {
                let layout = try Self.layout(
                    Self.match(["0.0.0.0/0", "::/0"], local: ["10.0.0.1", "fd00::1"], place: place, exempt: exempt),
                    action, hasBridge: true)
                for chain in layout.tables.flatMap(\.chains) {
                    #expect(
                        chain.rules.prefix(4).map(\.comment) == [
                            "control flow from 10.0.0.9:22", "control flow to 10.0.0.9:22",
                            "control flow from fd00::9:22", "control flow to fd00::9:22",
                        ])
                    #expect(chain.rules.prefix(4).allSatisfy { $0.expressions.last == .verdict(.accept) })
                    #expect(chain.rules[0].expressions.contains(.compare(.equal, [10, 0, 0, 9])))
                    #expect(chain.rules[0].expressions.contains(.compare(.equal, [0, 22])))
                    #expect(chain.rules[0].expressions.contains(.compare(.equal, [0x0F, 0xA0])))
                }
            }
        }
    }

    @Test func aControlFlowSeenThroughAnIPv6SocketIsAnIPv4One() throws {
        let flow = ControlFlow(address: "::ffff:10.0.0.9", port: 22, localPort: nil)
        let layout = try Self.layout(Self.match(["10.0.0.9"], direction: .in, exempt: [flow]))
        #expect(layout.tables[0].chains[0].rules[0].comment == "control flow from 10.0.0.9:22")
    }

    @Test func whatArrivesIsDroppedAtInputByItsSource() throws {
        let layout = try Self.layout(
            Self.match(["10.1.0.2"], direction: .in, transport: .udp, port: 53, interface: "eth0"))
        #expect(layout.tables.map(\.family) == [.inet])
        #expect(layout.tables[0].chains.map(\.name) == ["input"])
        #expect(
            layout.tables[0].chains[0].rules[0].expressions == [
                .meta(.family), .compare(.equal, [2]), .payload(.network, offset: 12, length: 4),
                .lookup(set: "peers4"),
                .meta(.incomingName), .compare(.equal, NftExpression.name("eth0")), .meta(.transport),
                .compare(.equal, [17]), .payload(.transport, offset: 0, length: 2), .compare(.equal, [0, 53]), .counter,
                .verdict(.drop),
            ])
    }

    @Test func silentlyTCPLeavesAtOutputAndOtherSendersAtEgress() throws {
        let all = try Self.layout(Self.match(["10.1.0.2"], direction: .out))
        #expect(all.tables.map(\.family) == [.inet, .netdev])
        #expect(
            all.tables[0].chains[0].rules.map(\.comment) == [
                "drop tcp to peers", "tcp is done", "left to egress", "drop to peers",
            ])
        #expect(all.tables[1].chains[0].hook == .egress(["lo", "eth0"]))
        let tcp = try Self.layout(Self.match(["10.1.0.2"], direction: .out, transport: .tcp))
        #expect(tcp.tables.map(\.family) == [.inet])
        let refused = try Self.layout(Self.match(["10.1.0.2"], direction: .out), .reject)
        #expect(refused.tables.map(\.family) == [.inet])
    }

    @Test func withoutAnEgressHookAllIsDroppedAtOutput() throws {
        let layout = try NftLayout(Self.match(["10.1.0.2"], direction: .out), name: "t", action: .drop, egress: [])
        #expect(layout.tables.map(\.family) == [.inet])
        #expect(layout.tables[0].chains[0].rules.map(\.comment) == ["drop to peers"])
    }

    @Test func prefixesAreMaskedAndMayOverlap() throws {
        let layout = try Self.layout(Self.match(["10.1.0.0/16", "10.1.2.0/24", "10.1.2.3"], direction: .in))
        #expect(layout.tables[0].sets.map(\.name) == ["peers4_16", "peers4_24", "peers4"])
        #expect(layout.tables[0].chains[0].rules.count == 3)
        #expect(layout.tables[0].chains[0].rules[1].expressions.contains(.mask([255, 255, 255, 0])))
        let nine = try Self.layout(Self.match(["10.128.0.0/9"], direction: .in))
        #expect(nine.tables[0].chains[0].rules[0].expressions.contains(.mask([255, 128, 0, 0])))
    }

    @Test func theSamePeerTwiceIsOneElement() throws {
        let layout = try Self.layout(Self.match(["10.1.0.2", "10.1.0.2"], direction: .in))
        #expect(layout.tables[0].sets[0].elements == [[10, 1, 0, 2]])
    }

    @Test func onlyPeersAreLeasedAndEveryHitNeedsOne() throws {
        for action in [NftAction.drop, .reject, .lose(partsPerMillion: 1)] {
            let layout = try Self.layout(Self.match(["10.1.0.2", "fd00::2"], local: ["10.1.0.1", "fd00::1"]), action)
            for table in layout.tables {
                let leased = table.sets.filter(\.isLeased).map(\.name)
                for rule in table.chains.flatMap(\.rules) where rule.comment.hasPrefix(action.word) {
                    #expect(leased.contains { rule.expressions.contains(.lookup(set: $0)) })
                }
            }
        }
    }

    @Test func neighbourDiscoveryPassesAsARPDoes() throws {
        let layout = try Self.layout(Self.match(["fd00::2"]))
        #expect(layout.tables.flatMap(\.chains).allSatisfy { $0.rules[0].comment == "neighbour discovery" })
        let four = try Self.layout(Self.match(["10.1.0.2"]))
        #expect(!four.tables.flatMap(\.chains).flatMap(\.rules).contains { $0.comment == "neighbour discovery" })
    }

    @Test func aRouterActsAtForwardBothWaysAndOnBridges() throws {
        let match = try Self.match(["10.1.0.2"], local: ["10.2.0.2"], place: .forward)
        let layout = try Self.layout(match, hasBridge: true)
        #expect(layout.tables.map(\.family) == [.inet, .bridge])
        #expect(layout.tables.allSatisfy { $0.chains.map(\.hook) == [.forward] })
        #expect(layout.tables[0].chains[0].rules.map(\.comment) == ["drop from peers", "drop to peers"])
    }

    @Test func aNameTooLongIsCutAndToldApart() {
        #expect(NftTable.name(run: "r1", fault: "f1") == "gauntlet-r1-f1")
        let long = String(repeating: "x", count: 300)
        let names = ["a", "b"].map { NftTable.name(run: long, fault: $0) }
        #expect(names[0] != names[1])
        #expect(names.allSatisfy { $0.utf8.count <= 100 && $0.hasPrefix("gauntlet-xxx") })
        #expect(names[0] == NftTable.name(run: long, fault: "a"))
    }

    @Test func aLeaseEndsWithTheGraceAndIsNeverEmpty() {
        #expect(NftHolder.lease(until: 3_000_000_000, now: 1_000_000_000) == 2_200)
        #expect(NftHolder.lease(until: 3_000_000_000, now: 1_000_000_001) == 2_200)
        #expect(NftHolder.lease(until: 0, now: 9_000_000_000) == 1)
    }

    @Test func renewingReplacesLeasedElementsOnly() throws {
        let layout = try Self.layout(Self.match(["10.1.0.2"], local: ["10.1.0.1"], direction: .in))
        var batch = NftBatch()
        layout.tables[0].renew(in: &batch, lease: 1_000, isMissing: false)
        let types = try NetlinkMessage.split(batch.finished().bytes[...]).map(\.type)
        #expect(types == [0x10, NftBatch.Kind.deleteElements.type, NftBatch.Kind.newElements.type, 0x11])
    }

    @Test func manyAddressesAreSplitOverMessages() throws {
        let peers = (0..<2_500).map { "10.1.\($0 / 250).\($0 % 250)" }
        let layout = try Self.layout(Self.match(peers, direction: .in))
        var batch = NftBatch()
        layout.tables[0].create(in: &batch, isOwned: true, lease: 1_000)
        let messages = try NetlinkMessage.split(batch.finished().bytes[...])
        let counts = messages.filter { $0.type == NftBatch.Kind.newElements.type }.map {
            NetlinkAttributes($0.payload.dropFirst(4)).nested(3).all.count
        }
        #expect(counts == [1_000, 1_000, 500])
    }

    @Test func aListedRuleTellsItsCommentAndItsPackets() {
        var writer = NetlinkWriter()
        writer.string(1, "t")
        writer.string(2, "input")
        writer.nest(4) {
            NftExpression.payload(.network, offset: 12, length: 4).write(to: &$0)
            $0.nest(1) {
                $0.string(1, "counter")
                $0.nest(2) {
                    $0.big(1, UInt64(840))
                    $0.big(2, UInt64(10))
                }
            }
        }
        writer.attribute(7, [0, 5] + Array("drop".utf8) + [0])
        let rule = NftRuleState(NetlinkAttributes(writer.bytes[...]))
        #expect(rule.chain == "input")
        #expect(rule.comment == "drop")
        #expect(rule.packets == 10)
    }

    @Test func theXtablesTargetIsBypassedWhereNobodyListens() {
        var writer = NetlinkWriter()
        NftExpression.xtQueue(260).write(to: &writer)
        let element = NetlinkAttributes(writer.bytes[...]).nested(1)
        #expect(element.string(1) == "target")
        #expect(element.nested(2).string(1) == "NFQUEUE")
        #expect(element.nested(2).big(2, as: UInt32.self) == 3)
        let info = element.nested(2)[3].map { Array($0) } ?? []
        #expect(info == withUnsafeBytes(of: (UInt16(260), UInt16(1), UInt16(1), UInt16(0))) { Array($0) })
    }
}
