/// The tables that do an action to the packets of a match. Pure.
///
/// A receiver acts at input, a router at forward. What this host sends is harder: a drop at output is told to the
/// sender (EPERM), which no network does; a drop at egress is silent for UDP and raw senders, but TCP takes it for a
/// full queue of its own and tries again twice a second for ever instead of backing off. So, silently, TCP is dropped at
/// output (where its sender sees nothing and backs off as for any loss), and what other senders on this host send is
/// dropped at egress. What has no sender to tell (echo replies, errors) is dropped at output too, as is what leaves
/// through an interface that came later.
package struct NftLayout {
    package var tables: [NftTable]
    /// `input, output and egress of eth0, lo`, for evidence.
    var places: String

    package struct Interface: Hashable, Sendable {
        package var index: UInt32
        package var name: String

        package init(index: UInt32, name: String) {
            self.index = index
            self.name = name
        }
    }

    /// `interfaces` are those of the host, or of the match; with none of them egress is not used.
    package init(
        _ match: TrafficMatch, name: String, action: NftAction, egress interfaces: [Interface], hasBridge: Bool = false
    ) throws(HostError) {
        let selector = NftSelector(match)
        let exempt = try match.exempt.map { (flow) throws(HostError) in try ExemptFlow(flow) }
        let ways: [NftSelector.Way] =
            switch match.direction {
            case .in: [.in]
            case .out: [.out]
            case .both: [.in, .out]
            }
        var main = NftTable(family: .inet, name: name, sets: selector.sets)
        var tables: [NftTable] = []
        var places: [String] = []
        switch match.place {
        case .forward:
            main.chains = [Self.forward(ways, selector, action, exempt, .inet)]
            places.append("forward")
            // Frames between a bridge's ports never come by the routing's hooks.
            if hasBridge, action.isSilent {
                var bridge = NftTable(family: .bridge, name: name, sets: selector.sets)
                bridge.chains = [Self.forward(ways, selector, action, exempt, .bridge)]
                tables.append(bridge)
                places.append("bridges")
            }
        case .end:
            let usesEgress =
                ways.contains(.out) && action.isSilent && match.transport != .tcp && !interfaces.isEmpty
            if ways.contains(.in) {
                main.chains.append(
                    Self.chain(
                        "input", .input, selector, exempt, action, .inet,
                        Self.rules(.in, selector, action, .inet, extra: selector.interface(.in))))
                places.append("input")
            }
            if ways.contains(.out) {
                main.chains.append(
                    Self.output(selector, action, exempt, leavesToEgress: usesEgress))
                places.append("output")
            }
            if usesEgress {
                main.sets.append(
                    NftTable.Set(
                        name: Self.covered, key: .interface,
                        elements: interfaces.map { NftExpression.native($0.index) }, isLeased: false))
                tables.append(Self.egress(name, selector, action, exempt, interfaces.map(\.name)))
                places.append("egress of \(Self.listing(interfaces.map(\.name)))")
            }
        }
        tables.insert(main, at: 0)
        self.tables = tables
        self.places = places.joined(separator: ", ")
        // By construction; a change of it that forgets them must not reach a kernel.
        precondition(
            tables.allSatisfy { table in
                table.chains.allSatisfy { chain in
                    let first = Self.exemption(exempt, table.family)
                    return Array(chain.rules.prefix(first.count)) == first
                }
            }, "a chain that does not begin with the exempt flows")
    }

    // MARK: - Chains

    private static let covered = "covered"

    private static func forward(
        _ ways: [NftSelector.Way], _ selector: NftSelector, _ action: NftAction, _ exempt: [ExemptFlow],
        _ family: NftTable.Family
    ) -> NftTable.Chain {
        chain(
            "forward", .forward, selector, exempt, action, family,
            ways.flatMap { rules($0, selector, action, family, extra: selector.interface($0)) })
    }

    private static func output(
        _ selector: NftSelector, _ action: NftAction, _ exempt: [ExemptFlow], leavesToEgress: Bool
    ) -> NftTable.Chain {
        let extra = selector.interface(.out) + selector.user
        var rules: [NftTable.Rule] = []
        if leavesToEgress {
            if selector.match.transport == nil {
                rules += Self.rules(.out, selector, action, .inet, extra: NftSelector.transport(6) + extra, "tcp")
                // Lost or not, TCP has had its turn.
                rules.append(
                    NftTable.Rule(
                        comment: "tcp is done", expressions: NftSelector.transport(6) + [.verdict(.accept)]))
            }
            rules.append(
                NftTable.Rule(
                    comment: "left to egress",
                    expressions: [.meta(.outgoingIndex), .lookup(set: covered)] + hasSender + [.verdict(.accept)]))
        }
        rules += Self.rules(.out, selector, action, .inet, extra: extra)
        return chain("output", .output, selector, exempt, action, .inet, rules)
    }

    private static func egress(
        _ name: String, _ selector: NftSelector, _ action: NftAction, _ exempt: [ExemptFlow], _ devices: [String]
    ) -> NftTable {
        var table = NftTable(family: .netdev, name: name, sets: selector.sets)
        // What is forwarded leaves here too, but has no sender on this host.
        let mine = selector.match.transport == nil ? NftSelector.transport(6, isNot: true) : []
        let sender = selector.match.user == nil ? hasSender : selector.user
        let rules = Self.rules(.out, selector, action, .netdev, extra: mine + sender)
        // A chain takes 256 devices.
        for start in stride(from: 0, to: devices.count, by: 200) {
            table.chains.append(
                chain(
                    start == 0 ? "egress" : "egress\(start / 200)",
                    .egress(Array(devices[start..<min(start + 200, devices.count)])), selector, exempt, action, .netdev,
                    rules))
        }
        return table
    }

    /// True of packets with an open socket on this host behind them; anything else ends the rule.
    private static let hasSender: [NftExpression] = [.meta(.user), .compare(.greaterOrEqual, [0, 0, 0, 0])]

    private static func chain(
        _ name: String, _ hook: NftTable.Chain.Hook, _ selector: NftSelector, _ exempt: [ExemptFlow],
        _ action: NftAction, _ family: NftTable.Family, _ rules: [NftTable.Rule]
    ) -> NftTable.Chain {
        NftTable.Chain(
            name: name, hook: hook,
            rules: exemption(exempt, family) + neighbours(selector, family) + refusals(action) + rules)
    }

    // MARK: - Rules

    private static func rules(
        _ way: NftSelector.Way, _ selector: NftSelector, _ action: NftAction, _ family: NftTable.Family,
        extra: [NftExpression], _ note: String? = nil
    ) -> [NftTable.Rule] {
        let comment = "\(action.word) \(note.map { "\($0) " } ?? "")\(way == .in ? "from" : "to") peers"
        return selector.addresses(way, in: family).flatMap { addresses in
            action.endings(selector.match.transport).map { ending in
                NftTable.Rule(
                    comment: comment,
                    expressions: addresses.expressions + extra + selector.ports(way, isV6: addresses.isV6)
                        + ending.condition + ending.end)
            }
        }
    }

    /// Both ways of every exempt flow, whatever the chain's own way is.
    private static func exemption(_ exempt: [ExemptFlow], _ family: NftTable.Family) -> [NftTable.Rule] {
        exempt.flatMap { flow in
            [true, false].map { isSource in
                var expressions = NftSelector.layer3(isV6: flow.address.isV6, in: family)
                expressions += [
                    NftSelector.address(isV6: flow.address.isV6, isSource: isSource),
                    .compare(.equal, flow.address.octets),
                ]
                expressions += NftSelector.transport(6) + NftSelector.port(flow.port, isSource: isSource)
                if let local = flow.localPort { expressions += NftSelector.port(local, isSource: !isSource) }
                return NftTable.Rule(
                    comment: "control flow \(isSource ? "from" : "to") \(flow.address.text):\(flow.port)",
                    expressions: expressions + [.counter, .verdict(.accept)])
            }
        }
    }

    /// In IPv6 neighbours find each other by ICMPv6; in IPv4 by ARP, which no rule here hits either.
    private static func neighbours(_ selector: NftSelector, _ family: NftTable.Family) -> [NftTable.Rule] {
        guard selector.hasV6, selector.match.transport == nil || selector.match.transport == .icmp else { return [] }
        return [
            NftTable.Rule(
                comment: "neighbour discovery",
                expressions: NftSelector.layer3(isV6: true, in: family) + NftSelector.transport(58) + [
                    .payload(.transport, offset: 0, length: 1), .compare(.greaterOrEqual, [133]),
                    .payload(.transport, offset: 0, length: 1), .compare(.lessOrEqual, [137]), .verdict(.accept),
                ])
        ]
    }

    /// Resets and unreachables, ours too, must come through where packets are refused.
    private static func refusals(_ action: NftAction) -> [NftTable.Rule] {
        guard action == .reject else { return [] }
        let resets = NftTable.Rule(
            comment: "tcp resets",
            expressions: NftSelector.transport(6) + [
                .payload(.transport, offset: 13, length: 1), .mask([0x04]), .compare(.notEqual, [0]), .verdict(.accept),
            ])
        let unreachables = [(protocol: UInt8(1), type: UInt8(3)), (58, 1)].map { icmp in
            NftTable.Rule(
                comment: "unreachables",
                expressions: NftSelector.transport(icmp.protocol) + [
                    .payload(.transport, offset: 0, length: 1), .compare(.equal, [icmp.type]), .verdict(.accept),
                ])
        }
        return [resets] + unreachables
    }

    private static func listing(_ names: [String]) -> String {
        names.count > 4
            ? "\(names.prefix(3).joined(separator: ", ")) and \(names.count - 3) more" : names.joined(separator: ", ")
    }

    /// A control flow with its address read.
    private struct ExemptFlow {
        var address: IPAddress
        var port: Int
        var localPort: Int?

        init(_ flow: ControlFlow) throws(HostError) {
            // A zone is not part of what a packet shows.
            let text = flow.address.prefix { $0 != "%" }
            address = try IPAddress(String(text))
            // ::ffff:10.0.0.1 is an IPv4 flow seen through an IPv6 socket.
            if address.isV6, Array(address.octets.prefix(12)) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF] {
                address = try IPAddress(address.octets.suffix(4).map(String.init).joined(separator: "."))
            }
            port = flow.port
            localPort = flow.localPort
        }
    }
}
