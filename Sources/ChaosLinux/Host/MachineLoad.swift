import Glibc

/// How busy this machine is, as its kernel counts: the difference of two looks says it of the time between them.
public struct MachineLoad: Hashable, Codable, Sendable {
    /// Of all cores together, in the kernel's ticks since the start: what was worked (or taken by a hypervisor), and all.
    public var busyTicks: Int64
    public var totalTicks: Int64
    /// Bytes that are in use and cannot be had at once, and all.
    public var memory: Int64
    public var memoryTotal: Int64
    /// Of the file system that was asked about, in parts per million, as root counts it; nil where it has no size.
    public var diskPpm: Int64?
    /// CLOCK_BOOTTIME when it was looked at.
    public var nowNs: Int64

    /// Nil where /proc does not say.
    /// - Parameter path: on the file system whose fill is wanted.
    public init?(disk path: String) {
        guard let stat = try? SmallFile.read("/proc/stat"), let info = try? SmallFile.read("/proc/meminfo") else {
            return nil
        }
        self.init(stat: stat, memory: info)
        diskPpm = Self.fill(of: path)
    }

    /// From the texts of /proc/stat and /proc/meminfo.
    package init?(stat: String, memory info: String) {
        guard let line = stat.split(separator: "\n" as Character).first, line.hasPrefix("cpu ") else { return nil }
        // user nice system idle iowait irq softirq steal; guests are in `user` already.
        let ticks = line.split(separator: " " as Character).dropFirst().prefix(8).compactMap { Int64($0) }
        guard ticks.count >= 5 else { return nil }
        totalTicks = ticks.reduce(0, +)
        busyTicks = totalTicks - ticks[3] - ticks[4]
        func bytes(_ key: String) -> Int64? {
            guard let line = info.split(separator: "\n" as Character).first(where: { $0.hasPrefix(key + ":") }) else {
                return nil
            }
            return line.split(separator: " " as Character).dropFirst().first.flatMap { Int64($0) }.map { $0 * 1024 }
        }
        guard let total = bytes("MemTotal"), let available = bytes("MemAvailable") else { return nil }
        memoryTotal = total
        memory = max(0, total - available)
        nowNs = BootTime.now
    }

    /// Parts per million; nil where it has no size.
    public static func fill(of path: String) -> Int64? {
        var status = statvfs()
        guard statvfs(path, &status) == 0, status.f_blocks > 0 else { return nil }
        return Int64(status.f_blocks - status.f_bfree) * 1_000_000 / Int64(status.f_blocks)
    }

    /// Of the time since `former`, what all cores together worked, in parts per million; nil where no time has passed.
    public func cpuPpm(since former: MachineLoad) -> Int64? {
        let total = totalTicks - former.totalTicks
        guard total > 0 else { return nil }
        // The kernel's counts of idleness may step back a little.
        return min(1_000_000, max(0, (busyTicks - former.busyTicks) * 1_000_000 / total))
    }
}
