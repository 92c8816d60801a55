import ChaosFleet
import ChaosLinux
import Glibc

/// An address on the bridge, and the hardware address of its interface.
struct Neighbour {
    var address: String
    var hardware: [UInt8]
}

/// Makes and configures the interfaces of one network namespace: the one that the process is in when this is made.
struct NetworkLinks {
    private let socket: NetlinkSocket

    init() throws(HostError) { socket = try NetlinkSocket(.route) }

    func addBridge(_ name: String, hardware: [UInt8]) throws(HostError) {
        try perform("making the bridge \(name)", RouteMessage.newLink, flags: Netlink.createNew) {
            Self.link(&$0)
            $0.string(Attribute.name, name)
            $0.attribute(Attribute.address, hardware)
            $0.nest(Attribute.info) { $0.string(Attribute.kind, "bridge") }
        }
    }

    /// Two ends of a cable: `name` here, `peer` in the namespace of the descriptor.
    func addPair(_ name: String, hardware: [UInt8], peer: String, in namespace: Int32) throws(HostError) {
        try perform("making the interface \(name)", RouteMessage.newLink, flags: Netlink.createNew) {
            Self.link(&$0)
            $0.string(Attribute.name, name)
            $0.attribute(Attribute.address, hardware)
            $0.nest(Attribute.info) {
                $0.string(Attribute.kind, "veth")
                $0.nest(Attribute.data) {
                    $0.nest(Attribute.peer) {
                        Self.link(&$0)
                        $0.string(Attribute.name, peer)
                        $0.native(Attribute.namespace, namespace)
                    }
                }
            }
        }
    }

    func setUp(_ name: String) throws(HostError) {
        let index = try index(of: name)
        try perform("bringing up \(name)", RouteMessage.newLink) { Self.link(&$0, index, setting: UInt32(IFF_UP)) }
    }

    /// As a port of the bridge, and up.
    func enslave(_ name: String, to bridge: String) throws(HostError) {
        let (index, master) = (try index(of: name), try index(of: bridge))
        try perform("joining \(name) to \(bridge)", RouteMessage.newLink) {
            Self.link(&$0, index, setting: UInt32(IFF_UP))
            $0.native(Attribute.master, master)
        }
    }

    func address(_ address: String, on name: String) throws(HostError) {
        let index = try index(of: name)
        let bytes = try Self.octets(address)
        try perform("giving \(name) the address \(address)", RouteMessage.newAddress, flags: Netlink.createNew) {
            // `struct ifaddrmsg`; IFA_LOCAL and IFA_ADDRESS.
            $0.append([UInt8(AF_INET), UInt8(FleetLayout.prefixLength), 0, 0])
            $0.native(index)
            $0.attribute(2, bytes)
            $0.attribute(1, bytes)
        }
    }

    /// Whom `name` reaches without asking for their hardware addresses.
    func neighbours(_ all: [Neighbour], on name: String) throws(HostError) {
        let index = try index(of: name)
        var batch = NetlinkWriter()
        for (number, neighbour) in all.enumerated() {
            let octets = try Self.octets(neighbour.address)
            let flags = Netlink.request | Netlink.createNew | (number == all.count - 1 ? Netlink.acknowledge : 0)
            batch.message(RouteMessage.newNeighbour, flags: flags, sequence: UInt32(number + 1)) {
                // `struct ndmsg`, NUD_PERMANENT; NDA_DST and NDA_LLADDR.
                $0.append([UInt8(AF_INET), 0, 0, 0])
                $0.native(index)
                $0.native(UInt16(0x80))
                $0.append([0, 0])
                $0.attribute(1, octets)
                $0.attribute(2, neighbour.hardware)
            }
        }
        guard !all.isEmpty else { return }
        do { try socket.perform(batch.bytes, acknowledging: UInt32(all.count)) } catch {
            throw error.failure("naming the neighbours of \(name)")
        }
    }

    private static func octets(_ address: String) throws(HostError) -> [UInt8] {
        var octets = in_addr()
        guard inet_pton(AF_INET, address, &octets) == 1 else { throw HostError(.malformed, "the address `\(address)`") }
        return withUnsafeBytes(of: octets.s_addr) { Array($0) }
    }

    private func index(of name: String) throws(HostError) -> UInt32 {
        let index = if_nametoindex(name)
        guard index > 0 else { throw SystemCall.failure(errno, "looking for the interface \(name)") }
        return index
    }

    private func perform(
        _ what: @autoclosure () -> String, _ type: UInt16, flags: UInt16 = 0, _ body: (inout NetlinkWriter) -> Void
    ) throws(HostError) {
        do { try socket.perform(NetlinkWriter.request(type, flags: flags, body)) } catch { throw error.failure(what()) }
    }

    /// `struct ifinfomsg`.
    private static func link(_ writer: inout NetlinkWriter, _ index: UInt32 = 0, setting: UInt32 = 0) {
        writer.native(UInt32(0))
        writer.native(index)
        writer.native(setting)
        writer.native(setting)
    }

    /// IFLA_…; `kind` and `data` are IFLA_INFO_…, `peer` is VETH_INFO_PEER.
    private enum Attribute {
        static let address: UInt16 = 1
        static let name: UInt16 = 3
        static let master: UInt16 = 10
        static let info: UInt16 = 18
        static let namespace: UInt16 = 28
        static let kind: UInt16 = 1
        static let data: UInt16 = 2
        static let peer: UInt16 = 1
    }
}
