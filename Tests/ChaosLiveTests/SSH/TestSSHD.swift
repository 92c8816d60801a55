import ChaosLive
import ChaosPlan
import Foundation
import Synchronization
import Testing

/// An sshd of a test's own: on loopback, with keys that nobody else has, in the foreground, ended by its number.
final class TestSSHD {
    /// Why none can be started here; nil where one can.
    static let missing: String? = {
        for tool in ["sshd", "ssh", "ssh-keygen"] where Servers.path(of: tool) == nil {
            return "needs the program `\(tool)` (Debian: openssh-server, openssh-client)"
        }
        return nil
    }()
    static var reason: Comment { Comment(rawValue: missing ?? "") }

    let directory: String
    let port: Int
    /// Not Foundation's `Process`: sshd closes what it inherits, also the descriptor by whose end that one knows that a child is
    /// over; it would wait for sshd, and with it for every other child of these tests.
    private var daemon: pid_t = -1
    private let privilegeDirectory: PrivilegeDirectory?

    init() async throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "gauntlet-sshd-\(UUID())").path
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        port = try Servers.freePort()
        privilegeDirectory = geteuid() == 0 ? PrivilegeDirectory() : nil
        for key in ["host", "user", "other"] {
            try #require(
                Servers.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", key, "-f", path(key)]) == 0)
        }
        try copy("user.pub", to: "authorized")
        let hostKey = try String(contentsOfFile: path("host.pub"), encoding: .utf8)
        let otherKey = try String(contentsOfFile: path("other.pub"), encoding: .utf8)
        try write("[127.0.0.1]:\(port) \(hostKey)", to: "known")
        try write("[127.0.0.1]:\(port) \(otherKey)", to: "known-wrong")
        try write("", to: "known-none")
        try write(
            """
            Port \(port)
            ListenAddress 127.0.0.1
            HostKey \(path("host"))
            PidFile none
            AuthorizedKeysFile \(path("authorized"))
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin prohibit-password
            AllowUsers \(NSUserName())

            """, to: "config")
        daemon = try Self.spawn(
            [Servers.path(of: "sshd") ?? "", "-D", "-e", "-f", path("config")], errors: path("log"))
        let limit = Date().addingTimeInterval(60)
        while !isListening, kill(daemon, 0) == 0, Date() < limit { try await Task.sleep(for: .milliseconds(20)) }
        try #require(isListening, "\(log)")
    }

    deinit {
        if daemon > 0 {
            kill(daemon, SIGKILL)
            waitpid(daemon, nil, 0)
        }
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// As root, sshd locks itself into it before anybody has logged in. Where it was not there it is made, for all daemons that run at
    /// the same time, and goes with the last of them.
    private final class PrivilegeDirectory: Sendable {
        private static let path = "/run/sshd"
        private static let users = Mutex((count: 0, isOurs: false))

        init() {
            Self.users.withLock { users in
                if users.count == 0 { users.isOurs = mkdir(Self.path, 0o755) == 0 }
                users.count += 1
            }
        }

        deinit {
            Self.users.withLock { users in
                users.count -= 1
                if users.count == 0, users.isOurs { rmdir(Self.path) }
            }
        }
    }

    private static func spawn(_ words: [String], errors: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // A test's thread has signals blocked, and would pass that on.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var pid: pid_t = -1
        try #require(posix_spawn(&pid, words[0], &actions, &attributes, &arguments, &variables) == 0)
        return pid
    }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    var log: String { (try? String(contentsOfFile: path("log"), encoding: .utf8)) ?? "" }

    /// This machine, as one that is reached by ssh.
    func machine(
        identity: String = "user", knownHosts: String = "known", program: String? = nil, port: Int? = nil
    ) -> LiveSettings.Remote {
        LiveSettings.Remote(
            destination: "\(NSUserName())@127.0.0.1", port: port ?? self.port, identity: path(identity),
            knownHosts: path(knownHosts), program: program ?? "\(Servers.programs)/gauntlet-host", isRoot: false)
    }

    /// An executor at the far end.
    func executor(_ remote: LiveSettings.Remote) throws -> HostSession {
        try HostSession(
            host: "far", run: "test-\(UUID().uuidString.prefix(8))",
            command: SSHCommand.words(
                remote, ssh: Servers.path(of: "ssh") ?? "",
                state: ["--state", path("state"), "--durable", path("state/durable")]), remote: remote)
    }

    /// Records of faults that are not taken back.
    var debts: [String] {
        let files = FileManager.default.enumerator(atPath: path("state"))?.compactMap { $0 as? String } ?? []
        return files.filter { $0.hasSuffix(".undo") }
    }

    private var isListening: Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private func write(_ text: String, to name: String) throws {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    }

    private func copy(_ name: String, to other: String) throws {
        try FileManager.default.copyItem(atPath: path(name), toPath: path(other))
    }
}
