import Glibc

/// The files that the kernel remembers, each by a number and held open by its place behind, so that a rename or an unlink
/// changes nothing about which file is meant.
struct FuseNodes {
    struct Node {
        /// An O_PATH descriptor.
        var descriptor: Int32
        var key: Key
        /// How often the kernel has been told of it.
        var lookups: UInt64
    }

    struct Key: Hashable {
        var device: UInt64
        var inode: UInt64
    }

    static let root: UInt64 = 1

    private var nodes: [UInt64: Node]
    private var numbers: [Key: UInt64] = [:]
    private var next: UInt64 = 2

    /// Takes `root` over, an O_PATH descriptor of the directory behind.
    init(root: Int32) {
        nodes = [Self.root: Node(descriptor: root, key: Key(device: 0, inode: 0), lookups: 1)]
        var status = stat()
        if fstat(root, &status) == 0 {
            let key = Key(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
            nodes[Self.root]?.key = key
            numbers[key] = Self.root
        }
    }

    subscript(_ number: UInt64) -> Int32? { nodes[number]?.descriptor }

    /// A name for system calls that do not take an O_PATH descriptor.
    func path(_ number: UInt64) -> String? { nodes[number].map { "/proc/self/fd/\($0.descriptor)" } }

    /// Takes `descriptor` over: the kernel is told of the file once more.
    mutating func remember(_ descriptor: Int32, _ status: stat) -> UInt64 {
        let key = Key(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        if let number = numbers[key] {
            close(descriptor)
            nodes[number]?.lookups += 1
            return number
        }
        let number = next
        next += 1
        nodes[number] = Node(descriptor: descriptor, key: key, lookups: 1)
        numbers[key] = number
        return number
    }

    /// The kernel has forgotten so many of the times that it was told.
    mutating func forget(_ number: UInt64, _ times: UInt64) {
        guard number != Self.root, var node = nodes[number] else { return }
        node.lookups -= min(times, node.lookups)
        nodes[number] = node
        guard node.lookups == 0 else { return }
        close(node.descriptor)
        nodes[number] = nil
        numbers[node.key] = nil
    }
}
