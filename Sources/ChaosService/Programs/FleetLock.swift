internal import Foundation

/// One run at a time for each fleet: a `flock`, which the kernel releases when its holder and the run that inherits it are gone.
final class FleetLock: Sendable {
    /// For the run to inherit.
    let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Nil when somebody else has it.
    ///
    /// - Parameter holder: written into the file, for people.
    static func take(_ name: String, in directory: String, holder: String) throws(ServiceError) -> FleetLock? {
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw ServiceError("cannot make \(directory): \(error.localizedDescription)")
        }
        let path = "\(directory)/\(name).lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ServiceError("cannot open \(path): \(String(cString: strerror(errno)))") }
        let lock = FleetLock(descriptor: descriptor)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            if errno == EWOULDBLOCK { return nil }
            throw ServiceError("cannot lock \(path): \(String(cString: strerror(errno)))")
        }
        _ = ftruncate(descriptor, 0)
        let bytes = Array((holder + "\n").utf8)
        // Only people read it.
        _ = pwrite(descriptor, bytes, bytes.count, 0)
        return lock
    }
}
