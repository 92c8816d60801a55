import Glibc

/// What /proc shows of all processes.
package enum ProcessTable {
    /// Numbers of all processes there are, kernel threads and zombies too.
    static var pids: [Int32] { SmallFile.names(in: "/proc").compactMap { Int32($0) }.sorted() }

    /// Numbers of a process's threads; empty when it has gone.
    static func threads(of pid: Int32) -> [Int32] {
        SmallFile.names(in: "/proc/\(pid)/task").compactMap { Int32($0) }.sorted()
    }

    /// Its arguments as it was started with them or has since written them; empty for kernel threads and zombies.
    static func arguments(of pid: Int32) -> [String] {
        guard let text = try? SmallFile.read("/proc/\(pid)/cmdline") else { return [] }
        if text.isEmpty, ProcessStatus.of(pid)?.state == "Z" {
            // Of a process whose first thread has ended the others still know.
            let lines = threads(of: pid).lazy.map { (try? SmallFile.read("/proc/\(pid)/task/\($0)/cmdline")) ?? "" }
            return lines.first { !$0.isEmpty }.map(arguments(in:)) ?? []
        }
        return arguments(in: text)
    }

    /// Of the text of /proc/PID/cmdline: each argument ends with a zero byte, unless the process has overwritten them.
    package static func arguments(in text: String) -> [String] {
        var parts = text.split(separator: "\0", omittingEmptySubsequences: false).map(String.init)
        if parts.last?.isEmpty == true { parts.removeLast() }
        return parts
    }

    /// The state letter of each thread.
    static func states(of pid: Int32) -> [Character] {
        threads(of: pid).compactMap { ProcessStatus.of(thread: $0, of: pid)?.state }
    }

    /// The session that a process is in; nil when it has gone.
    static func session(of pid: Int32) -> Int32? { ProcessStatus.of(pid)?.session }

    /// Who traces it; nil if nobody does.
    static func tracer(of pid: Int32) -> Int32? {
        guard let status = try? SmallFile.read("/proc/\(pid)/status") else { return nil }
        let line = status.split(separator: "\n").first { $0.hasPrefix("TracerPid:") }
        return line.flatMap { Int32($0.dropFirst(10).filter { !$0.isWhitespace }) }.flatMap { $0 == 0 ? nil : $0 }
    }

    /// Living processes begun by `parents`, or by what those began, nearest first.
    static func descendants(of parents: [Int32]) -> [ProcessIdentity] {
        var children: [Int32: [ProcessIdentity]] = [:]
        for pid in pids {
            guard let identity = ProcessIdentity.of(pid), let status = identity.status else { continue }
            children[status.parent, default: []].append(identity)
        }
        var found: [ProcessIdentity] = []
        var next = parents
        while let pid = next.popLast() {
            let own = children.removeValue(forKey: pid) ?? []
            found += own
            next += own.map(\.pid)
        }
        return found
    }

    /// What a symbolic link, such as those of /proc/PID/fd, points to; nil if it is none or has gone.
    static func target(of link: String) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(link, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Seconds since the epoch at which it started, by the wall clock as it is now.
    static func startTime(of identity: ProcessIdentity) -> Int64? {
        guard let stat = try? SmallFile.read("/proc/stat"),
            let line = stat.split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
            let boot = Int64(line.dropFirst(6))
        else { return nil }
        return boot + Int64(identity.start) / Int64(max(sysconf(Int32(_SC_CLK_TCK)), 1))
    }

    /// `process 812 (redis-server)`.
    static func name(_ identity: ProcessIdentity) -> String {
        guard let status = identity.status else { return "\(identity)" }
        return "\(identity) (\(status.command))"
    }

    /// As few words as tell who: `process 3 (a), process 4 (b) and 7 more`.
    static func names(_ identities: [ProcessIdentity]) -> String {
        let shown = identities.prefix(5).map(name).joined(separator: ", ")
        return identities.count > 5 ? "\(shown) and \(identities.count - 5) more" : shown
    }
}
