import CLinuxShims
import Glibc

/// The file without a name whose blocks fill a file system: the kernel frees them with its last descriptor.
package struct FillFile {
    package enum Growth: Hashable {
        case grown
        /// The file system (or a quota) gives no more.
        case full
    }

    /// What is taken at once: so much time passes at most between two looks at the figures.
    static let slice: Int64 = 64 << 20
    private static let writtenSlice = 1 << 20

    let descriptor: Int32
    package private(set) var size: Int64 = 0
    /// False once the file system has said that it cannot: then bytes are written.
    private var allocates = true
    private var noise: [UInt8] = []

    package init(descriptor: Int32) { self.descriptor = descriptor }

    /// Opens one in `directory`. Where the file system knows only files with names, `willName` is called with the name
    /// before the file is made, and the name is removed at once.
    static func open(
        in directory: String, willName: (String) throws(HostError) -> Void
    ) throws(HostError) -> Int32 {
        let descriptor = host_open_unnamed(directory)
        if descriptor >= 0 { return descriptor }
        guard [-EOPNOTSUPP, -EISDIR, -EINVAL, -ENOENT].contains(descriptor) else {
            throw SystemCall.failure(-descriptor, "making a file in \(directory)")
        }
        return try openNamed(in: directory, willName: willName)
    }

    package static func openNamed(
        in directory: String, willName: (String) throws(HostError) -> Void
    ) throws(HostError) -> Int32 {
        let path = "\(directory)/\(OwnFile.prefix)\(OwnFile.unique)"
        try willName(path)
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        try SystemCall.call(descriptor, "making a file in \(directory)")
        guard unlink(path) == 0 else {
            close(descriptor)
            throw SystemCall.failure(errno, "removing the name \(path)")
        }
        return descriptor
    }

    /// By at most `bytes`, in one slice.
    package mutating func grow(by bytes: Int64, block: Int64) throws(HostError) -> Growth {
        var wanted = min(bytes, Self.slice)
        while allocates {
            let result = host_allocate(descriptor, size, wanted)
            switch -result {
            case 0:
                size += wanted
                return .grown
            case EINTR: continue
            case ENOSPC, EDQUOT:
                // Less may still fit.
                guard wanted > block else { return .full }
                wanted = max(block, wanted / 2 / block * block)
            case EOPNOTSUPP, ENOSYS, EINVAL: allocates = false
            default: throw SystemCall.failure(-result, "taking blocks")
            }
        }
        return try write(Int(min(wanted, Int64(Self.writtenSlice))))
    }

    package mutating func shrink(by bytes: Int64) throws(HostError) {
        size = max(0, size - bytes)
        try SystemCall.call(ftruncate(descriptor, Int(size)), "giving blocks back")
    }

    /// Bytes that no file system can compress or share, and down to the disk: only then are the blocks taken.
    private mutating func write(_ count: Int) throws(HostError) -> Growth {
        if noise.isEmpty {
            var state: UInt64 = 0x9E37_79B9_7F4A_7C15
            noise = (0..<Self.writtenSlice).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 56)
            }
        }
        // Not the same block twice, for file systems that keep equal blocks once.
        withUnsafeBytes(of: size) { for (index, byte) in $0.enumerated() { noise[index] = byte } }
        let written = pwrite(descriptor, noise, count, Int(size))
        let error = errno
        if written < 0 {
            if error == EINTR { return .grown }
            guard error == ENOSPC || error == EDQUOT else { throw SystemCall.failure(error, "writing") }
            return .full
        }
        size += Int64(written)
        if fdatasync(descriptor) < 0, errno == ENOSPC || errno == EDQUOT { return .full }
        return written < count ? .full : .grown
    }
}

/// Files of ours in other people's directories: named so that they cannot be taken for anything else.
enum OwnFile {
    static let prefix = ".gauntlet-"

    static var unique: String {
        String(UInt64.random(in: .min ... .max), radix: 16) + String(UInt64.random(in: .min ... .max), radix: 16)
    }

    /// Removes `path` if it is ours: on that device, and of that number or (0: recorded before it was made) of our naming.
    static func remove(path: String, device: UInt64, inode: UInt64) -> Payment {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            return errno == ENOENT || errno == ENOTDIR
                ? .nothingThere : .owed("\(path) cannot be looked at: \(SystemCall.reason(errno))")
        }
        let name = path.split(separator: "/").last ?? ""
        let isOurs = inode == 0 ? name.hasPrefix(prefix) : UInt64(status.st_ino) == inode
        guard UInt64(status.st_dev) == device, status.st_mode & S_IFMT == S_IFREG, isOurs else { return .nothingThere }
        guard unlink(path) == 0 || errno == ENOENT else {
            return .owed("\(path) cannot be removed: \(SystemCall.reason(errno))")
        }
        return .paid
    }
}
