import CLinuxShims
import ChaosFleet
import ChaosLinux
import Glibc

/// The fleet's network namespaces: one a host, each with `eth0` on a bridge; the bridge, with an address of its own, is outside.
struct FleetNetwork {
    static let outsideName = "outside"
    static let bridge = "fleet0"

    /// Descriptors of the namespaces by name.
    private var namespaces: [String: Int32] = [:]

    /// Nil stands for outside.
    func descriptor(of host: String?) -> Int32 { namespaces[host ?? Self.outsideName] ?? -1 }

    /// The namespace of the calling process, a new and empty one, becomes the outside.
    ///
    /// Everybody knows everybody's hardware address from the start: the kernel's table of those that were asked for is one
    /// for all namespaces and has room for 1,024, which 77 hosts exceed; and no fault delays the asking.
    static func make(_ hosts: [LaunchSpec.Host]) throws(HostError) -> FleetNetwork {
        var network = FleetNetwork()
        let outside = try network.keep(outsideName)
        let links = try NetworkLinks()
        let everybody = neighbours(hosts)
        withoutIPv6()
        try links.addBridge(bridge, hardware: everybody[0].hardware)
        try links.setUp("lo")
        try links.address(FleetLayout.outside, on: bridge)
        try links.setUp(bridge)
        try links.neighbours(Array(everybody.dropFirst()), on: bridge)
        quietBridge()
        for (index, host) in hosts.enumerated() {
            let port = "port\(index)"
            try network.join(host, index, of: everybody, to: outside, port: port)
            try links.enslave(port, to: bridge)
        }
        return network
    }

    /// Makes a host's namespace; returns in the outside again.
    private mutating func join(
        _ host: LaunchSpec.Host, _ index: Int, of everybody: [Neighbour], to outside: Int32, port: String
    ) throws(HostError) {
        try SystemCall.check(host_new_network(), "making the network of \(host.name)")
        _ = try keep(host.name)
        // Sockets belong to the namespace they are made in.
        let links = try NetworkLinks()
        Self.withoutIPv6()
        try links.addPair("eth0", hardware: everybody[index + 1].hardware, peer: port, in: outside)
        try links.address(host.address, on: "eth0")
        try links.setUp("lo")
        try links.setUp("eth0")
        var others = everybody
        others.remove(at: index + 1)
        try links.neighbours(others, on: "eth0")
        try SystemCall.check(host_setns(outside, 0), "going back outside")
    }

    /// The outside, then the hosts.
    private static func neighbours(_ hosts: [LaunchSpec.Host]) -> [Neighbour] {
        ([FleetLayout.outside] + hosts.map(\.address)).enumerated().map { index, address in
            // Locally administered.
            Neighbour(address: address, hardware: [0x02, 0x67, 0x61, 0, UInt8(index >> 8), UInt8(index & 0xFF)])
        }
    }

    /// Interfaces made from now on have no IPv6: the fleet does not use it, and 77 hosts that announce themselves to each
    /// other are heard. Where the kernel has none, there is nothing to do.
    private static func withoutIPv6() {
        try? SmallFile.write("1", to: "/proc/sys/net/ipv6/conf/default/disable_ipv6")
    }

    /// A file keeps the present namespace, and lets others enter it.
    private mutating func keep(_ name: String) throws(HostError) -> Int32 {
        let path = "\(FleetLayout.namespaces)/\(name)"
        close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o444))
        try SystemCall.check(host_bind("/proc/self/ns/net", path), "keeping the network of \(name)")
        let descriptor = try SystemCall.call(open(path, O_RDONLY | O_CLOEXEC), "opening \(path)")
        namespaces[name] = descriptor
        return descriptor
    }

    /// Where netfilter sees bridged packets at all, the rules that a fault makes in the outside must not.
    private static func quietBridge() {
        for name in ["iptables", "ip6tables", "arptables"] {
            try? SmallFile.write("0", to: "/proc/sys/net/bridge/bridge-nf-call-\(name)")
        }
    }
}
