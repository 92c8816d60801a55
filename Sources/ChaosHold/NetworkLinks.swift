import ChaosFleet
import ChaosLinux
import Glibc

/// Makes and configures the interfaces of one network namespace: the one that the process is in when this is made.
struct NetworkLinks {
    private let socket: NetlinkSocket

    init() throws(HostError) { socket = try NetlinkSocket(.route) }

    func addBridge(_ name: String) throws(HostError) {
        try perform("making the bridge \(name)", RouteMessage.newLink, flags: Netlink.createNew) {
            Self.link(&$0)
            $0.string(Attribute.name, name)
            $0.nest(Attribute.info) { $0.string(Attribute.kind, "bridge") }
        }
    }

    /// Two ends of a cable: `name` here, `peer` in the namespace of the descriptor.
    func addPair(_ name: String, peer: String, in namespace: Int32) throws(HostError) {
        try perform("making the interface \(name)", RouteMessage.newLink, flags: Netlink.createNew) {
            Self.link(&$0)
            $0.string(Attribute.name, name)
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
        var octets = in_addr()
        guard inet_pton(AF_INET, address, &octets) == 1 else { throw HostError(.malformed, "the address `\(address)`") }
        let bytes = withUnsafeBytes(of: octets.s_addr) { Array($0) }
        try perform("giving \(name) the address \(address)", RouteMessage.newAddress, flags: Netlink.createNew) {
            // `struct ifaddrmsg`; IFA_LOCAL and IFA_ADDRESS.
            $0.append([UInt8(AF_INET), UInt8(FleetLayout.prefixLength), 0, 0])
            $0.native(index)
            $0.attribute(2, bytes)
            $0.attribute(1, bytes)
        }
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
        static let name: UInt16 = 3
        static let master: UInt16 = 10
        static let info: UInt16 = 18
        static let namespace: UInt16 = 28
        static let kind: UInt16 = 1
        static let data: UInt16 = 2
        static let peer: UInt16 = 1
    }
}
