import Glibc

/// What the processes of each network namespace work and hold: the hosts of a fleet of ours share one kernel and have no
/// control groups of their own, so that only their processes tell.
package struct NamespaceLoad {
    package struct Sample: Hashable, Sendable {
        /// Processor time since the look before, in the kernel's ticks; 0 at the first.
        package var ticks: Int64 = 0
        /// Resident bytes; what several share counts for each.
        package var memory: Int64 = 0
    }

    /// One process, as it was seen last.
    private struct Seen {
        var start: Int64
        var ticks: Int64
        var host: Int?
    }

    private let proc: String
    /// `net:[4026532315]` to the number of a host.
    private let hosts: [String: Int]
    private let count: Int
    private var seen: [Int32: Seen]?

    /// - Parameters:
    ///   - proc: where the processes stand, `/proc` or that of another pid namespace.
    ///   - namespaces: by host, a file that is its network namespace (a process' `ns/net`, or where it is mounted).
    package init(proc: String, namespaces: [String]) {
        self.proc = proc
        count = namespaces.count
        let names = namespaces.enumerated().compactMap { host, path in Self.identity(of: path).map { ($0, host) } }
        hosts = Dictionary(names) { first, _ in first }
    }

    /// Of each host since the last call. A process that ended in between takes its last part with it.
    package mutating func look() -> [Sample] {
        var samples = [Sample](repeating: Sample(), count: count)
        var now: [Int32: Seen] = [:]
        let page = Int64(sysconf(Int32(_SC_PAGESIZE)))
        for pid in FileTail.names(in: proc).compactMap({ Int32($0) }) {
            guard let bytes = FileTail.read("\(proc)/\(pid)/stat", depth: 1024), let status = Status(bytes) else {
                continue
            }
            let former = seen?[pid].flatMap { $0.start == status.start ? $0 : nil }
            // Asked until it is in one: whoever enters a host was somewhere else before.
            let host = former?.host ?? Self.identity(of: "\(proc)/\(pid)/ns/net").flatMap { hosts[$0] }
            now[pid] = Seen(start: status.start, ticks: status.ticks, host: host)
            guard let host else { continue }
            samples[host].memory += status.pages * page
            if seen != nil { samples[host].ticks += max(0, status.ticks - (former?.ticks ?? 0)) }
        }
        seen = now
        return samples
    }

    private static func identity(of path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return "net:[\(status.st_ino)]"
    }

    /// The fields of /proc/PID/stat that count here.
    package struct Status: Hashable {
        package var ticks: Int64
        package var start: Int64
        package var pages: Int64

        /// Nil for what is no such line. The name in it may hold anything, so it is read from behind that.
        package init?(_ line: [UInt8]) {
            guard let end = line.lastIndex(of: UInt8(ascii: ")")) else { return nil }
            let fields = line[(end + 1)...].split(separator: UInt8(ascii: " ")).map {
                String(decoding: $0, as: UTF8.self)
            }
            // The 14th, 15th, 22nd and 24th of all; two stand before.
            guard fields.count > 21, let user = Int64(fields[11]), let system = Int64(fields[12]),
                let start = Int64(fields[19]), let pages = Int64(fields[21])
            else { return nil }
            self.ticks = user + system
            self.start = start
            self.pages = pages
        }
    }
}
