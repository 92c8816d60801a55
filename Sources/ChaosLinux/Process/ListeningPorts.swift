import Glibc

/// Which sockets listen on a port in this network namespace, and whose they are.
package enum ListeningPorts {
    /// Inodes of the sockets that listen on `port`: TCP ones that listen, UDP ones that are bound and not connected.
    static func inodes(on port: Int) -> Set<UInt64> {
        var found: Set<UInt64> = []
        for (file, state) in [("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")] {
            guard let text = try? SmallFile.read("/proc/self/net/\(file)") else { continue }
            found.formUnion(inodes(on: port, in: text, state: state))
        }
        return found
    }

    /// Of the text of /proc/net/tcp and its like; `state` is the hexadecimal word of its column.
    package static func inodes(on port: Int, in table: String, state: String) -> Set<UInt64> {
        var found: Set<UInt64> = []
        for line in table.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            guard fields.count > 9, fields[3] == state, let colon = fields[1].lastIndex(of: ":"),
                Int(fields[1][fields[1].index(after: colon)...], radix: 16) == port, let inode = UInt64(fields[9]),
                inode != 0
            else { continue }
            found.insert(inode)
        }
        return found
    }

    static func isOpen(_ port: Int) -> Bool { !inodes(on: port).isEmpty }

    /// Every process that holds one of its sockets: a server's workers share theirs.
    static func owners(of port: Int) -> [Int32] {
        let names = Set(inodes(on: port).map { "socket:[\($0)]" })
        guard !names.isEmpty else { return [] }
        return ProcessTable.pids.filter { pid in
            let directory = "/proc/\(pid)/fd"
            return SmallFile.names(in: directory).contains { name in
                ProcessTable.target(of: "\(directory)/\(name)").map(names.contains) ?? false
            }
        }
    }
}
