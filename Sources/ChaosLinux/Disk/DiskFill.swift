import CLinuxShims
import ChaosPlan
import Glibc

/// Fills a file system with blocks that the kernel frees when we die.
///
/// "Full" is what `df` calls so: to programs without root's reserve. A writer that runs as root may go on into the reserve
/// (ext4: 5 % unless set), and says so in the evidence. Quotas of a user do not bind root, so that the fault fills the file
/// system, not a user's share of it; a project quota shows as the size of the directory and is filled like one.
package enum DiskFill {
    static let keys: [ObjectShape.Key] = [
        .required("path", .scalar(ScalarRule(.text)), "any path on the file system"),
        .optional("fill-to", .scalar(ScalarRule(.share, low: 1)), "how full it becomes"),
        .optional("leave", .scalar(ScalarRule(.size)), "what stays available"),
    ]

    static let mechanism = "unlinked-file"

    static var capabilities: [Capability] { [Capability(mechanism)] }

    /// What stays available where our own records lie: 64 MiB or 5 %, whichever is less.
    package static func reserve(of figures: FileSystemFigures) -> Int64 { min(64 << 20, figures.usable / 20) }

    private static let tmpfs: Int64 = 0x0102_1994
    private static let ramfs: Int64 = 0x8584_58F6

    static func make(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        if let asked = request.mechanism, asked != mechanism {
            throw HostError(
                .unsupported, "no mechanism `\(asked)` for disk-fill", hint: "leave it out, or write `\(mechanism)`")
        }
        let goal: FillGoal
        switch (request.parameters["fill-to"], request.parameters["leave"]) {
        case (let share?, nil): goal = .full(share.quantity)
        case (nil, let size?): goal = .leave(size.quantity)
        default:
            throw HostError(
                .malformed, "disk-fill needs exactly one of `fill-to` and `leave`", hint: "write `fill-to: 95%`")
        }
        let path = request.parameters.text("path")
        guard path.hasPrefix("/") else {
            throw HostError(.malformed, "`\(path)` is not an absolute path", hint: "begin with `/`")
        }
        let directory = try directory(of: path)
        let figures = try FileSystemFigures.read(directory)
        let type = host_file_system_type(directory)
        guard figures.usable > 0, type != ramfs else {
            throw HostError(
                .unsupported, "the file system of \(path) has no size and cannot be filled",
                hint: "choose one with a size")
        }
        let growth = figures.available - goal.available(of: figures)
        guard growth > 0 else {
            throw HostError(
                .malformed,
                "the file system of \(path) is fuller already: \(figures.usedText), \(ByteText.of(figures.available)) available",
                hint: "fill further")
        }
        try protect(request.host.directories, directory, goal, figures)
        let memory = try HostMemory.read()
        if type == tmpfs, growth > memory.takeable {
            throw HostError(
                .protected,
                "\(path) lies in memory, and filling it takes \(ByteText.of(growth)) of which only "
                    + "\(ByteText.of(memory.takeable)) may be taken", hint: "fill it less")
        }
        return FileSystemFill(directory: directory, goal: goal, host: request.host)
    }

    package static func payFile(path: String, device: UInt64, inode: UInt64) -> Payment {
        OwnFile.remove(path: path, device: device, inode: inode)
    }

    private static func directory(of path: String) throws(HostError) -> String {
        var status = stat()
        try SystemCall.call(stat(path, &status), "looking at \(path)")
        if status.st_mode & S_IFMT == S_IFDIR { return path }
        let parent = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        return parent.isEmpty ? "/" : parent
    }

    /// The undo log must be able to grow while the fault is in force.
    private static func protect(
        _ directories: StateDirectories, _ directory: String, _ goal: FillGoal, _ figures: FileSystemFigures
    ) throws(HostError) {
        let least = reserve(of: figures)
        guard goal.available(of: figures) < least else { return }
        for ours in [directories.volatile, directories.durable] where isSame(ours, directory) {
            throw HostError(
                .protected, "\(directory) shares its file system with this harness's own records in \(ours)",
                hint:
                    "leave at least \(ByteText.of(least)) available, or give the file system of \(directory) a mount of its own"
            )
        }
    }

    private static func isSame(_ a: String, _ b: String) -> Bool {
        var (first, second) = (stat(), stat())
        guard stat(a, &first) == 0, stat(b, &second) == 0 else { return true }
        if first.st_dev == second.st_dev { return true }
        // Subvolumes have devices of their own and share the blocks.
        var (one, other) = (statvfs(), statvfs())
        guard statvfs(a, &one) == 0, statvfs(b, &other) == 0 else { return true }
        return one.f_fsid != 0 && one.f_fsid == other.f_fsid
    }
}
