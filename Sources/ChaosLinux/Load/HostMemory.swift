/// The host's memory in bytes, from /proc/meminfo.
package struct HostMemory: Hashable {
    package var total: Int64
    /// What could be had without swapping.
    package var available: Int64

    package init(total: Int64, available: Int64) {
        self.total = total
        self.available = available
    }

    /// What a fault leaves in any case: 256 MiB or 5 % of all, whichever is more.
    package var floor: Int64 { max(256 << 20, total / 20) }

    /// What a fault may take at most.
    package var takeable: Int64 { max(0, available - floor) }

    static func read() throws(HostError) -> HostMemory {
        guard let memory = HostMemory(try SmallFile.read("/proc/meminfo")) else {
            throw HostError(.unsupported, "/proc/meminfo does not say how much memory is available")
        }
        return memory
    }

}

extension HostMemory {
    package init?(_ text: String) {
        func kibibytes(_ name: String) -> Int64? {
            text.split(separator: "\n").first { $0.hasPrefix("\(name):") }?
                .split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int64($0) }
        }
        guard let total = kibibytes("MemTotal"), let available = kibibytes("MemAvailable") else { return nil }
        self.init(total: total << 10, available: available << 10)
    }
}

/// Bytes for people: `12.0 MiB`.
package enum ByteText {
    package static func of(_ bytes: Int64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var unit = 0
        var scale: Int64 = 1
        while unit < units.count - 1, bytes.magnitude >= UInt64(scale) * 1024 {
            scale *= 1024
            unit += 1
        }
        guard unit > 0 else { return "\(bytes) B" }
        let tenths = (bytes * 10 + scale / 2) / scale
        return "\(tenths / 10).\(abs(tenths % 10)) \(units[unit])"
    }
}

/// How much time tasks lost for want of a resource: /proc/pressure, `some avg10=…`.
package enum Pressure {
    /// In percent as the kernel writes it; nil where it has no pressure information.
    static func some(_ resource: String) -> String? {
        (try? SmallFile.read("/proc/pressure/\(resource)")).flatMap { some(in: $0) }
    }

    package static func some(in text: String) -> String? {
        text.split(separator: "\n").first { $0.hasPrefix("some ") }?.split(separator: " ")
            .first { $0.hasPrefix("avg10=") }.map { "\($0.dropFirst(6)) %" }
    }
}
