import CLinuxShims
import Glibc

/// A network namespace by what the kernel never gives to another one until reboot.
public struct NetNamespace: Hashable, Codable, Sendable {
    /// SO_NETNS_COOKIE; 0 where the kernel has none (before 5.14).
    public var cookie: UInt64
    /// Of /proc/self/ns/net: unique while the namespace lives.
    public var inode: UInt64

    package init(cookie: UInt64, inode: UInt64) {
        self.cookie = cookie
        self.inode = inode
    }

    public static let current: NetNamespace = {
        var status = stat()
        let inode = stat("/proc/self/ns/net", &status) == 0 ? UInt64(status.st_ino) : 0
        return NetNamespace(cookie: host_netns_cookie(), inode: inode)
    }()

    /// A path by which a namespace can be entered: of a process inside, or where it is mounted (`ip netns`, containers).
    /// Nil if it is gone (or kept by an open descriptor only).
    package static func path(of namespace: NetNamespace) -> String? {
        let mounts = ((try? SmallFile.read("/proc/self/mountinfo")) ?? "").split(separator: "\n")
            .map { $0.split(separator: " ") }
        let named = mounts.filter { $0.count > 4 && $0[3] == "net:[\(namespace.inode)]" }.map { String($0[4]) }
        let ofProcesses = SmallFile.names(in: "/proc").filter { Int32($0) != nil }.map { "/proc/\($0)/ns/net" }
        return (named + ofProcesses).first { path in
            var status = stat()
            return stat(path, &status) == 0 && UInt64(status.st_ino) == namespace.inode
        }
    }
}

/// A network interface that cannot be mistaken for a later one of the same name.
public struct LinkIdentity: Hashable, Codable, Sendable {
    public var index: Int32
    public var name: String
    /// Six octets in hexadecimal with colons; empty where it has none.
    public var address: String
    public var namespace: NetNamespace

    package init(index: Int32, name: String, address: String, namespace: NetNamespace = .current) {
        self.index = index
        self.name = name
        self.address = address
        self.namespace = namespace
    }
}
