import ChaosFleet
import ChaosLinux
import Glibc

/// What lies below `/fleet`: directories, the hosts' disks, and the files of the launch spec.
enum FleetFileSystem {
    static func make(_ spec: LaunchSpec) throws(HostError) {
        let files = ["held", "ns", "pids", "state", "disk", "log"].map { "\(FleetLayout.root)/\($0)" }
        for path in files { try directory(path) }
        try directory(FleetLayout.credentials, mode: 0o700)
        try FleetRoot.fileSystem(FleetLayout.telemetry)
        for host in spec.hosts {
            try directory(FleetLayout.state(host: host.name))
            try disk(of: host)
        }
        for path in spec.directories { try parents(of: path + "/-") }
        for process in spec.processes { try parents(of: process.log) }
        for file in spec.files { try write(file) }
    }

    private static func disk(of host: LaunchSpec.Host) throws(HostError) {
        let path = FleetLayout.disk(host: host.name)
        try FleetRoot.fileSystem(path, bytes: host.disk)
        try directory(path + "/log")
        try directory(path + "/data")
        guard host.diskUsed > 0 else { return }
        let descriptor = open(path + "/.used", O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        try SystemCall.call(descriptor, "making \(path)/.used")
        defer { close(descriptor) }
        let error = posix_fallocate(descriptor, 0, off_t(host.diskUsed))
        guard error == 0 else { throw SystemCall.failure(error, "using \(host.diskUsed) bytes of \(path)") }
    }

    private static func write(_ file: LaunchSpec.File) throws(HostError) {
        try parents(of: file.path)
        let descriptor = open(file.path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o600)
        try SystemCall.call(descriptor, "writing \(file.path)")
        defer { close(descriptor) }
        // Not widened before it is what it should be.
        try SmallFile.writeAll(Array(file.text.utf8), to: descriptor, named: file.path)
        try SystemCall.call(fchmod(descriptor, file.mode), "setting the mode of \(file.path)")
    }

    private static func parents(of path: String) throws(HostError) {
        var parent = ""
        for part in path.split(separator: "/" as Character).dropLast() {
            parent += "/\(part)"
            try directory(parent)
        }
    }

    private static func directory(_ path: String, mode: UInt32 = 0o755) throws(HostError) {
        guard mkdir(path, mode) == 0 || errno == EEXIST else { throw SystemCall.failure(errno, "making \(path)") }
    }
}
