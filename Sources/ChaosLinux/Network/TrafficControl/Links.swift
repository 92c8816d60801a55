import CNetlink
import Glibc

/// Network interfaces of this namespace, and which of them leads to an address.
enum Links {
    /// Nil if there is none of that index.
    static func find(index: Int32, _ socket: RouteSocket) throws(HostError) -> LinkIdentity? {
        try find(index, nil, socket)
    }

    static func find(name: String, _ socket: RouteSocket) throws(HostError) -> LinkIdentity? {
        try find(0, name, socket)
    }

    private static func find(_ index: Int32, _ name: String?, _ socket: RouteSocket) throws(HostError) -> LinkIdentity?
    {
        var link: OpaquePointer?
        let result = rtnl_link_get_kernel(socket.socket, index, name, &link)
        guard result >= 0, let link else {
            if result == -NLE_OBJ_NOTFOUND || result == -NLE_NODEV || result == 0 { return nil }
            throw HostError(
                .failed, "looking for the interface \(name ?? "\(index)"): \(String(cString: nl_geterror(result)))")
        }
        defer { rtnl_link_put(link) }
        var text = [CChar](repeating: 0, count: 128)
        if let address = rtnl_link_get_addr(link) { nl_addr2str(address, &text, text.count) }
        return LinkIdentity(
            index: rtnl_link_get_ifindex(link),
            name: rtnl_link_get_name(link).map { String(cString: $0) } ?? "",
            address: String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }

    /// Whether this namespace has an interface of that kind (`bridge`); false where the kernel does not say.
    static func areThere(ofKind kind: String) -> Bool {
        let found = try? RouteSocket().list(18, header(0, flags: 0, change: 0))  // RTM_GETLINK
        return (found ?? []).contains { message in
            // IFLA_LINKINFO, IFLA_INFO_KIND.
            RouteAttributes(message.payload.dropFirst(16)).nested(18).text(1) == kind
        }
    }

    /// The interface by which this host sends to `address`.
    static func towards(_ address: IPAddress, _ socket: RouteSocket) throws(HostError) -> LinkIdentity {
        var body = NetlinkBody()
        body.append(UInt8(address.isV6 ? AF_INET6 : AF_INET))
        body.append(UInt8(address.octets.count * 8))
        for _ in 0..<10 { body.append(UInt8(0)) }
        body.attribute(1, raw: address.octets)  // RTA_DST
        let what = "looking up the route to \(address.text)"
        let answer: RouteSocket.Message?
        do {
            answer = try socket.ask(26, body)  // RTM_GETROUTE
        } catch {
            throw HostError(
                .missing, "no route to \(address.text): \(SystemCall.reason(error.number))",
                hint: "name the `interface`, or check the address")
        }
        guard let index: Int32 = answer.flatMap({ RouteAttributes($0.payload.dropFirst(12)).integer(4) }),
            let link = try find(index: index, socket)
        else { throw HostError(.missing, "\(what): no interface", hint: "name the `interface`") }
        return link
    }

    /// The interfaces by which this host sends to these, each once. A prefix must leave by one of them.
    static func towards(_ addresses: [IPAddress], _ socket: RouteSocket) throws(HostError) -> [LinkIdentity] {
        var links: [LinkIdentity] = []
        for address in addresses {
            guard address.prefix > 0 else {
                throw HostError(
                    .malformed, "`\(address.text)` leads to no one interface", hint: "name the `interface`")
            }
            let first = try towards(address.edge(ones: false), socket)
            if !address.isSingle, try towards(address.edge(ones: true), socket) != first {
                throw HostError(
                    .malformed, "`\(address.text)` leads to more than one interface", hint: "name the `interface`")
            }
            if !links.contains(first) { links.append(first) }
        }
        return links
    }

    /// An identity for an `ifb` that does not exist yet: its index, name and address are ours to choose.
    static func newIfb() -> LinkIdentity {
        let number = UInt32.random(in: 0..<(1 << 24))
        let octets = [0x02, 0x67, 0x61, UInt8(number >> 16), UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF)]
        return LinkIdentity(
            index: Int32(1_000_000 + number), name: "gauntlet" + hex(octets[3...]),
            address: octets.map { hex([$0]) }.joined(separator: ":"))
    }

    static func hex(_ octets: some Sequence<UInt8>) -> String {
        octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Makes it, down.
    static func addIfb(_ link: LinkIdentity, _ socket: RouteSocket) throws(HostError) {
        var body = header(link.index, flags: 0, change: 0)
        body.attribute(3, text: link.name)  // IFLA_IFNAME
        body.attribute(1, raw: link.address.split(separator: ":").map { UInt8($0, radix: 16) ?? 0 })  // IFLA_ADDRESS
        body.nest(18) { $0.attribute(1, text: "ifb") }  // IFLA_LINKINFO, IFLA_INFO_KIND
        do {
            try socket.perform(16, flags: RouteSocket.create, body)  // RTM_NEWLINK
        } catch {
            throw error.host("making the interface \(link.name) (ifb)")
        }
    }

    static func bringUp(_ link: LinkIdentity, _ socket: RouteSocket) throws(HostError) {
        do {
            try socket.perform(16, header(link.index, flags: 1, change: 1))
        } catch {
            throw error.host("bringing up \(link.name)")
        }
    }

    /// False if it was gone.
    static func delete(_ link: LinkIdentity, _ socket: RouteSocket) throws(HostError) -> Bool {
        do {
            try socket.perform(17, header(link.index, flags: 0, change: 0))  // RTM_DELLINK
            return true
        } catch {
            if error.number == ENODEV { return false }
            throw error.host("deleting the interface \(link.name)")
        }
    }

    /// `struct ifinfomsg`.
    private static func header(_ index: Int32, flags: UInt32, change: UInt32) -> NetlinkBody {
        var body = NetlinkBody()
        body.append(UInt32(0))
        body.append(index)
        body.append(flags)
        body.append(change)
        return body
    }
}

extension IPAddress {
    /// The first or last single address of a prefix.
    func edge(ones: Bool) -> IPAddress {
        var edge = self
        edge.prefix = octets.count * 8
        if ones {
            for bit in prefix..<edge.prefix { edge.octets[bit / 8] |= 0x80 >> UInt8(bit % 8) }
        }
        return edge
    }
}
