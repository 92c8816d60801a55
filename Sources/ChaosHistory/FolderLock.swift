internal import Foundation

/// A folder held by one process, or one thread of it, at a time. The kernel lets go when its holder is gone.
final class FolderLock {
    private let descriptor: Int32

    /// Nil where the folder cannot be opened; whoever needs it will say so.
    init?(_ folder: String) {
        descriptor = open(folder, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    /// False while another has it. Where a file system knows no such locks it is true: then nobody has it.
    func take() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK }
}
