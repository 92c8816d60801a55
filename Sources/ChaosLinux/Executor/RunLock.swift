import Glibc

/// One fault-holding run per host: executors of one run share the lock, another run is refused.
///
/// A `flock`, so that the kernel releases it when the executor and its guardian (which inherits it) are gone.
final class RunLock {
    let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    static func acquire(run: String, in directories: StateDirectories) throws(HostError) -> RunLock {
        try StateDirectories.create(directories.volatile)
        let path = "\(directories.volatile)/lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        try SystemCall.call(descriptor, "opening \(path)")
        for _ in 0..<100 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
                ftruncate(descriptor, 0)
                let bytes = Array(run.utf8)
                _ = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, bytes.count, 0) }
                // Not atomic: another may get in between, so that the name is read again below.
                flock(descriptor, LOCK_SH)
            } else {
                flock(descriptor, LOCK_SH | LOCK_NB)
            }
            let holder = (try? SmallFile.read(path)) ?? ""
            // The name is there only once its writer has let go of the exclusive lock.
            if flock(descriptor, LOCK_SH | LOCK_NB) == 0 {
                if holder == run { return RunLock(descriptor: descriptor) }
                close(descriptor)
                throw HostError(
                    .busy, "run `\(holder)` holds this host", hint: "wait for its end, or stop it: gauntlet halt")
            }
            usleep(2_000)
        }
        close(descriptor)
        throw HostError(.busy, "another run is taking this host", hint: "try again")
    }
}
