import CLinuxShims
import ChaosFleet
import ChaosLinux
import Glibc

/// The fleet's file system: the host's as it is, but `/proc`, `/run`, `/dev/shm` and `/fleet` are its own.
///
/// An ordinary user cannot make a directory `/fleet`. So the root is a new tmpfs with every directory of the host's bound into
/// it. All of it is the mount namespace's and goes with it.
enum FleetRoot {
    private static let own: Set<String> = ["proc", "run", "fleet", "lost+found"]

    static func make() throws(HostError) {
        try SystemCall.check(host_mount_private(), "keeping the fleet's mounts to itself")
        let (base, old) = try beginNewRoot()
        try SystemCall.check(host_change_root(base, base + old), "changing to the fleet's root")
        for name in SmallFile.names(in: old) where !own.contains(name) { adopt(name, from: old) }
        try directory("/proc")
        // Before the old one goes: the kernel gives a new one only to who can see one whole.
        try SystemCall.check(host_mount_proc("/proc"), "mounting the fleet's /proc")
        try SystemCall.check(host_detach(old), "leaving the host's root")
        rmdir(old)
        try fileSystem("/run")
        if SmallFile.exists("/dev/shm") { try fileSystem("/dev/shm", mode: 0o1777) }
        try fileSystem(FleetLayout.root)
    }

    /// A tmpfs over some directory that surely is there; whatever it hides is seen again once it is the root.
    private static func beginNewRoot() throws(HostError) -> (base: String, old: String) {
        let base = SmallFile.exists("/tmp") ? "/tmp" : "/usr"
        let old = "/.host"
        try SystemCall.check(host_mount_tmpfs(base, 0, 0o755), "mounting the fleet's root")
        try directory(base + old)
        return (base, old)
    }

    /// What cannot be bound is left out: nothing of it is needed for certain, and a program that needs it says so.
    private static func adopt(_ name: String, from old: String) {
        let (source, target) = ("\(old)/\(name)", "/\(name)")
        var status = stat()
        guard lstat(source, &status) == 0 else { return }
        switch status.st_mode & S_IFMT {
        case S_IFLNK:
            var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = readlink(source, &buffer, buffer.count - 1)
            if count > 0 { symlink(buffer, target) }
        case S_IFDIR:
            mkdir(target, 0o755)
            if host_bind(source, target) != 0 { rmdir(target) }
        case S_IFREG:
            close(open(target, O_CREAT | O_WRONLY | O_CLOEXEC, 0o644))
            if host_bind(source, target) != 0 { unlink(target) }
        default:
            break
        }
    }

    private static func directory(_ path: String) throws(HostError) {
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw SystemCall.failure(errno, "making \(path)") }
    }

    static func fileSystem(_ path: String, bytes: Int64 = 0, mode: UInt32 = 0o755) throws(HostError) {
        try directory(path)
        try SystemCall.check(host_mount_tmpfs(path, bytes, mode), "mounting \(path)")
    }
}
