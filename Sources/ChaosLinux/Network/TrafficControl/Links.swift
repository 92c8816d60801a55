import CNetlink
import Glibc

/// Network interfaces of this namespace, and which of them leads to an address.
enum Links {
    /// Nil if there is none of that index.
    static func find(index: Int32, _ socket: NetlinkSocket) throws(HostError) -> LinkIdentity? {
        try find(index, nil, socket)
    }

    static func find(name: String, _ socket: NetlinkSocket) throws(HostError) -> LinkIdentity? {
        try find(0, name, socket)
    }

    private static func find(_ index: Int32, _ name: String?, _ socket: NetlinkSocket) throws(HostError) -> LinkIdentity?
    {
        var link: OpaquePointer?
        let result = rtnl_link_get_kernel(socket.handle, index, name, &link)
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
        let found = try? NetlinkSocket(.route).list(request(RouteMessage.getLink, 0, flags: Netlink.dump))
        return (found ?? []).contains { message in
            NetlinkAttributes(message.payload.dropFirst(headerSize)).nested(Attribute.info).string(Attribute.kind) == kind
        }
    }

    /// The interface by which this host sends to `address`.
    static func towards(_ address: IPAddress, _ socket: NetlinkSocket) throws(HostError) -> LinkIdentity {
        // `struct rtmsg`, RTA_DST.
        let request = NetlinkWriter.request(RouteMessage.getRoute) {
            $0.native(UInt8(address.isV6 ? AF_INET6 : AF_INET))
            $0.native(UInt8(address.octets.count * 8))
            $0.append([UInt8](repeating: 0, count: 10))
            $0.attribute(1, address.octets)
        }
        let what = "looking up the route to \(address.text)"
        let answer: NetlinkMessage?
        do {
            answer = try socket.perform(request).first
        } catch {
            throw HostError(
                .missing, "no route to \(address.text): \(SystemCall.reason(error.error))",
                hint: "name the `interface`, or check the address")
        }
        // RTA_OIF.
        guard let index: Int32 = answer.flatMap({ NetlinkAttributes($0.payload.dropFirst(12)).native(4) }),
            let link = try find(index: index, socket)
        else { throw HostError(.missing, "\(what): no interface", hint: "name the `interface`") }
        return link
    }

    /// The interfaces by which this host sends to these, each once. A prefix must leave by one of them.
    static func towards(_ addresses: [IPAddress], _ socket: NetlinkSocket) throws(HostError) -> [LinkIdentity] {
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
    static func addIfb(_ link: LinkIdentity, _ socket: NetlinkSocket) throws(HostError) {
        let request = request(RouteMessage.newLink, link.index, flags: Netlink.createNew) {
            $0.string(Attribute.name, link.name)
            $0.attribute(Attribute.address, link.address.split(separator: ":").map { UInt8($0, radix: 16) ?? 0 })
            $0.nest(Attribute.info) { $0.string(Attribute.kind, "ifb") }
        }
        do {
            try socket.perform(request)
        } catch {
            throw error.failure("making the interface \(link.name) (ifb)")
        }
    }

    static func bringUp(_ link: LinkIdentity, _ socket: NetlinkSocket) throws(HostError) {
        do {
            try socket.perform(request(RouteMessage.newLink, link.index, setting: UInt32(IFF_UP)))
        } catch {
            throw error.failure("bringing up \(link.name)")
        }
    }

    /// False if it was gone.
    static func delete(_ link: LinkIdentity, _ socket: NetlinkSocket) throws(HostError) -> Bool {
        do {
            try socket.perform(request(RouteMessage.deleteLink, link.index))
            return true
        } catch {
            if error.error == ENODEV { return false }
            throw error.failure("deleting the interface \(link.name)")
        }
    }

    /// About one interface, or with 0 about all: `struct ifinfomsg`, then attributes. `setting` are IFF_… flags.
    private static func request(
        _ type: UInt16, _ index: Int32, flags: UInt16 = 0, setting: UInt32 = 0,
        _ attributes: (inout NetlinkWriter) -> Void = { _ in }
    ) -> [UInt8] {
        NetlinkWriter.request(type, flags: flags) {
            $0.native(UInt32(0))
            $0.native(index)
            $0.native(setting)
            $0.native(setting)
            attributes(&$0)
        }
    }

    /// Of `struct ifinfomsg`.
    private static let headerSize = 16

    /// IFLA_…; `kind` is IFLA_INFO_KIND, within `info`.
    private enum Attribute {
        static let address: UInt16 = 1
        static let name: UInt16 = 3
        static let info: UInt16 = 18
        static let kind: UInt16 = 1
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
