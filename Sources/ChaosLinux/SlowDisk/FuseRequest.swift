import CLinuxShims
import Glibc

/// One request of the kernel: a header, a structure that its operation knows, and names or data.
struct FuseRequest {
    let header: fuse_in_header
    private let bytes: UnsafeRawBufferPointer

    /// `bytes` must outlive it. Nil for what is no request.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= MemoryLayout<fuse_in_header>.size else { return nil }
        self.bytes = bytes
        header = bytes.loadUnaligned(as: fuse_in_header.self)
    }

    var operation: UInt32 { header.opcode }
    var node: UInt64 { header.nodeid }

    private var body: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[MemoryLayout<fuse_in_header>.size...])
    }

    /// The structure at the beginning of its body; nil if the body is too short.
    func body<Body: BitwiseCopyable>(_ type: Body.Type) -> Body? {
        body.count >= MemoryLayout<Body>.size ? body.loadUnaligned(as: type) : nil
    }

    /// What follows that structure.
    func rest<Body: BitwiseCopyable>(after type: Body.Type) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: body[min(MemoryLayout<Body>.size, body.count)...])
    }

    /// The names at the body's end, each ended by a zero byte; as bytes, for a name need not be UTF-8.
    func names(after size: Int = 0) -> [[CChar]] {
        var names: [[CChar]] = []
        var name: [CChar] = []
        for byte in body.dropFirst(size) {
            name.append(CChar(bitPattern: byte))
            if byte == 0 {
                names.append(name)
                name = []
            }
        }
        return names
    }

    func name(after size: Int = 0) -> [CChar]? { names(after: size).first }

    /// Whether it puts something on the disk: what a slow or failing disk shows first.
    var writes: Bool {
        switch operation {
        case FUSE_WRITE.rawValue, FUSE_FSYNC.rawValue, FUSE_FSYNCDIR.rawValue, FUSE_CREATE.rawValue,
            FUSE_MKNOD.rawValue, FUSE_MKDIR.rawValue, FUSE_SYMLINK.rawValue, FUSE_LINK.rawValue, FUSE_RENAME.rawValue,
            FUSE_RENAME2.rawValue, FUSE_FALLOCATE.rawValue:
            true
        case FUSE_SETATTR.rawValue: body(fuse_setattr_in.self).map { $0.valid & Attributes.size != 0 } ?? false
        default: false
        }
    }

    /// FATTR_…
    enum Attributes {
        static let mode: UInt32 = 1
        static let user: UInt32 = 2
        static let group: UInt32 = 4
        static let size: UInt32 = 8
        static let accessed: UInt32 = 16
        static let modified: UInt32 = 32
        static let handle: UInt32 = 64
        static let accessedNow: UInt32 = 128
        static let modifiedNow: UInt32 = 256
    }
}

/// What a request is answered with.
enum FuseAnswer {
    case bytes([UInt8])
    /// An errno, positive.
    case error(Int32)
    /// The kernel waits for none.
    case none

    static let done = FuseAnswer.bytes([])
    /// What the last system call failed with.
    static var failure: FuseAnswer { .error(errno) }

    static func value<Body: BitwiseCopyable>(_ body: Body) -> FuseAnswer { .bytes(raw(body)) }
    /// Done, if the system call did not fail.
    static func of(_ result: Int32) -> FuseAnswer { result < 0 ? failure : done }

    static func raw<Body: BitwiseCopyable>(_ body: Body) -> [UInt8] { withUnsafeBytes(of: body) { Array($0) } }
}
