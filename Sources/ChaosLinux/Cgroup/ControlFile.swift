import Glibc

/// A small file of the kernel's (of a cgroup) that is set and set back.
package struct ControlFile: Hashable {
    let path: String
    /// Of the file itself: a cgroup removed and made anew has other ones.
    let inode: UInt64
    /// What it said when it was opened, without its line end.
    let was: String

    init(_ path: String) throws(HostError) {
        self.path = path
        was = try Self.text(path)
        guard let inode = Cgroup.inode(of: path) else { throw HostError(.missing, "\(path) vanished") }
        self.inode = inode
    }

    package static func text(_ path: String) throws(HostError) -> String {
        var text = try SmallFile.read(path)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    var now: String { get throws(HostError) { try Self.text(path) } }

    func set(_ text: String) throws(HostError) {
        // Without waiting for reclaim where the kernel offers it: the executor must not hang on a limit.
        let descriptor = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
        try SystemCall.call(descriptor, "writing \(path)")
        defer { close(descriptor) }
        try SmallFile.writeAll(Array(text.utf8), to: descriptor, named: path)
    }

    /// Sets it back if it is still the same file. Idempotent.
    static func pay(path: String, inode: UInt64, was: String) -> Payment {
        guard Cgroup.inode(of: path) == inode else { return .nothingThere }
        do throws(HostError) {
            if try text(path) == was { return .nothingThere }
            try SmallFile.write(was, to: path)
            return .paid
        } catch {
            return .owed("\(path) cannot be set back to `\(was)`: \(error.text)")
        }
    }
}
