import ChaosLinux

/// How this side numbers the processes of a pid namespace.
enum OuterPids {
    /// Of the children of the namespace's first process, by their number inside.
    static func children(of initial: Int32) -> [Int32: Int32] {
        var numbers: [Int32: Int32] = [:]
        for outer in candidates(initial) {
            guard let status = try? SmallFile.read("/proc/\(outer)/status") else { continue }
            var parent: Int32?
            var inner: Int32?
            for line in status.split(separator: "\n" as Character) {
                if line.hasPrefix("PPid:") {
                    parent = line.split(separator: "\t" as Character).last.flatMap { Int32($0) }
                }
                if line.hasPrefix("NSpid:") {
                    inner = line.split(separator: "\t" as Character).last.flatMap { Int32($0) }
                }
            }
            if parent == initial, let inner { numbers[inner] = outer }
        }
        return numbers
    }

    /// The kernel's own list where it has one (CONFIG_PROC_CHILDREN), else every process.
    private static func candidates(_ initial: Int32) -> [Int32] {
        if let list = try? SmallFile.read("/proc/\(initial)/task/\(initial)/children") {
            return list.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
        }
        return SmallFile.names(in: "/proc").compactMap { Int32($0) }
    }
}
