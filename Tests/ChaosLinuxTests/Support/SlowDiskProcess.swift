import CLinuxShims
import ChaosLinux
import Foundation
import Testing

/// `gauntlet-host slow-disk` on a directory of its own; ended, and its mount with it, with the object.
final class SlowDiskProcess: @unchecked Sendable {
    let place: String
    let backing: String
    let control: String
    let identity: ProcessIdentity
    private let pidfd: Int32

    /// Why it cannot be had here; nil where it can.
    static let missing: String? =
        Privilege.missing ?? (access("/dev/fuse", R_OK | W_OK) == 0 ? nil : "needs /dev/fuse")
    static var isThere: Bool { missing == nil }
    static var reason: Comment { Comment(rawValue: missing ?? "") }

    init(at place: String, control: String) throws {
        self.place = place
        self.control = control
        backing = place + ".backing"
        for path in [place, backing] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        let arguments = [
            HostProcess.executable, "slow-disk", "--backing", backing, "--at", place, "--control", control,
        ]
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { (word: String) in strdup(word) } + [nil]
        let variables = ProcessInfo.processInfo.environment.map { "\($0)=\($1)" }
        var envp: [UnsafeMutablePointer<CChar>?] = variables.map { (word: String) in strdup(word) } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pidfd: Int32 = -1
        let pid = host_spawn(arguments[0], &argv, &envp, [-1, -1, 2], 3, 0, &pidfd)
        self.pidfd = pidfd
        identity = try #require(ProcessIdentity.of(pid))
        let isServed = eventually { (try? SlowDiskClient(control).order(SlowDiskOrder())) != nil }
        try #require(isServed, "no slow disk is served")
    }

    deinit {
        end(SIGTERM)
        fuse_detach(place)
        close(pidfd)
    }

    /// Ends it with a signal, and waits.
    func end(_ signal: Int32) {
        if identity.isAlive { kill(identity.pid, signal) }
        waitpid(identity.pid, nil, 0)
    }

    /// How slow it is, as a fault could leave it different.
    var state: String {
        guard let state = try? SlowDiskClient(control).order(SlowDiskOrder()) else { return "gone" }
        return "\(state.delayNs) ns, \(state.errors) ppm, \(state.holders) holders"
    }

    var isMounted: Bool {
        ((try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? "").contains(" \(place) ")
    }
}
