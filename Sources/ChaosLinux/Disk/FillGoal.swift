import Glibc

/// A file system's figures in bytes, as `df` shows them: what root alone may use counts neither as used nor as available.
package struct FileSystemFigures: Hashable {
    var block: Int64
    /// In use, whoever by.
    var used: Int64
    /// To a program without root's reserve.
    package var available: Int64
    /// Kept for root besides.
    package var reserved: Int64

    /// What used and available are shares of; it stays the same while files come and go.
    var usable: Int64 { used + available }

    package init(block: Int64, used: Int64, available: Int64, reserved: Int64 = 0) {
        (self.block, self.used, self.available, self.reserved) = (block, used, available, reserved)
    }

    init(_ status: statvfs) {
        block = Int64(status.f_frsize)
        available = Int64(status.f_bavail) * block
        used = Int64(status.f_blocks - min(status.f_bfree, status.f_blocks)) * block
        reserved = max(0, Int64(status.f_bfree) * block - available)
    }

    package static func read(_ path: String) throws(HostError) -> FileSystemFigures {
        var status = statvfs()
        try SystemCall.call(statvfs(path, &status), "reading the file system of \(path)")
        return FileSystemFigures(status)
    }

    static func read(_ descriptor: Int32) throws(HostError) -> FileSystemFigures {
        var status = statvfs()
        try SystemCall.call(fstatvfs(descriptor, &status), "reading the file system")
        return FileSystemFigures(status)
    }

    /// As `df` rounds it, in tenths of a percent.
    var usedText: String {
        guard usable > 0 else { return "0 %" }
        let thousandths = Int64((Double(used) / Double(usable) * 1_000).rounded())
        return "\(thousandths / 10).\(thousandths % 10) %"
    }
}

/// How full a file system is to be.
package enum FillGoal: Hashable {
    /// Parts per million of what is usable.
    case full(Int64)
    /// Bytes that stay available.
    case leave(Int64)

    package func available(of figures: FileSystemFigures) -> Int64 {
        switch self {
        case .full(let share): figures.usable - Int64((Double(figures.usable) * Double(share) / 1e6).rounded())
        case .leave(let bytes): bytes
        }
    }

    /// How far from the goal counts as reached: a thousandth, at least 16 blocks. Others write while we look.
    static func tolerance(of figures: FileSystemFigures) -> Int64 { max(16 * figures.block, figures.usable / 1_000) }

    /// Bytes that our file must grow (or, negative, shrink) by; 0 where that is less than the tolerance. What is to be
    /// full takes the last block.
    package func change(_ figures: FileSystemFigures) -> Int64 {
        let wanted = available(of: figures)
        let change = figures.available - wanted
        let least = wanted == 0 ? figures.block : Self.tolerance(of: figures)
        return change.magnitude < least ? 0 : change / figures.block * figures.block
    }

    package func isReached(_ figures: FileSystemFigures) -> Bool {
        figures.available <= available(of: figures) + Self.tolerance(of: figures)
    }

    /// For a worker's command line.
    package var words: [String] {
        switch self {
        case .full(let share): ["full", "\(share)"]
        case .leave(let bytes): ["leave", "\(bytes)"]
        }
    }

    package init?(words: ArraySlice<String>) {
        guard words.count == 2, let first = words.first, let value = words.last.flatMap({ Int64($0) }), value >= 0
        else { return nil }
        switch first {
        case "full": self = .full(value)
        case "leave": self = .leave(value)
        default: return nil
        }
    }
}
