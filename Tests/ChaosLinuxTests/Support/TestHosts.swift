import CLinuxShims
import Foundation
import Testing

/// Why the tests in namespaces cannot run here; nil where they can.
enum Privilege {
    static let missing: String? = {
        if geteuid() != 0 { return "needs root for network namespaces" }
        for tool in ["ip", "nft", "tc", "iptables"] where Shell.path(of: tool) == nil {
            return "needs the program `\(tool)`"
        }
        return nil
    }()

    static var isThere: Bool { missing == nil }
    static var reason: Comment { Comment(rawValue: missing ?? "") }
}

enum Shell {
    struct Result {
        var code: Int32
        var output: String
    }

    static func path(of tool: String) -> String? {
        ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].map { "\($0)/\(tool)" }.first { access($0, X_OK) == 0 }
    }

    /// Runs a program to its end, output and errors together. Foundation's `Process` is not for several threads at once.
    @discardableResult
    static func run(_ arguments: [String]) throws -> Result {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { (word: String) in strdup(word) } + [nil]
        let variables = ProcessInfo.processInfo.environment.map { "\($0)=\($1)" }
        var envp: [UnsafeMutablePointer<CChar>?] = variables.map { (word: String) in strdup(word) } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pidfd: Int32 = -1
        let pid = host_spawn(
            path(of: arguments[0]) ?? arguments[0], &argv, &envp, [-1, ends[1], ends[1]], 3, 0, &pidfd)
        close(ends[1])
        try #require(pid > 0, "\(arguments[0]): \(String(cString: strerror(-pid)))")
        defer { close(pidfd) }
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(ends[0], &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            output += buffer[..<count]
        }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        let code = status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F)
        return Result(code: code, output: String(decoding: output, as: UTF8.self))
    }

    /// As `run`, and fails the test unless it succeeds.
    @discardableResult
    static func must(_ arguments: String...) throws -> String {
        let result = try run(arguments)
        try #require(result.code == 0, "\(arguments.joined(separator: " ")): \(result.output)")
        return result.output
    }
}

/// A host made for a test: a network namespace with one interface `eth0` on the fabric's bridge.
final class TestHost {
    let name: String
    let address: String

    fileprivate init(name: String, address: String) {
        self.name = name
        self.address = address
    }

    /// What a command line begins with to run inside. Unlike `ip netns exec`, it leaves the mounts (control groups among
    /// them) as they are.
    var entering: [String] { ["nsenter", "--net=/run/netns/\(name)"] }

    /// Runs a program inside.
    @discardableResult
    func run(_ arguments: String...) throws -> Shell.Result {
        try Shell.run(entering + arguments)
    }

    /// The state that no fault may leave different: rules, qdiscs, links, routes.
    func fingerprint() throws -> String {
        try state(
            "nft list ruleset", "iptables-legacy-save", "ip6tables-legacy-save", "tc qdisc show",
            "tc filter show dev eth0", "ip -o link show", "ip route show table all")
    }

    /// What these commands say inside, without what counts or changes by itself.
    func state(_ commands: String...) throws -> String {
        // One shell inside: entering a namespace costs more than most of these.
        try run("sh", "-c", commands.joined(separator: "; echo ---; ")).output
            .split(separator: "\n").filter { !Self.changesByItself($0) }.joined(separator: "\n")
            .replacing(/\[\d+:\d+\]|link-netns(id)? \S+|direct_packets_stat [0-9]+/, with: "")
    }

    /// Dates of iptables; routes that the kernel makes a second after an interface came up; and that `ip` cannot name
    /// the namespace at a link's other end while another test removes one of its own.
    private static func changesByItself(_ line: Substring) -> Bool {
        line.hasPrefix("# ") || line == "Error: Peer netns reference is invalid."
            || line.contains(/(fe80|ff00)::.* proto kernel/)
    }

    /// The empty tables and chains that iptables makes when it is first used stay for ever: made beforehand, they hide
    /// nothing that a fault leaves.
    func settleIPTables() throws {
        for program in ["iptables-nft", "ip6tables-nft", "iptables-legacy", "ip6tables-legacy"] {
            for chain in ["INPUT", "OUTPUT", "FORWARD"] { try run(program, "-P", chain, "ACCEPT") }
        }
    }

    /// True if at least one of three pings comes back.
    func reaches(_ other: TestHost) throws -> Bool {
        try run("ping", "-c", "3", "-i", "0.05", "-W", "0.3", other.address).code == 0
    }
}

/// Two to four hosts joined by veth pairs and a bridge in a namespace of its own; gone with the object.
final class TestFabric {
    let hosts: [TestHost]
    /// The namespace of the bridge; `port0` leads to `hosts[0]`.
    let switchName: String

    init(hosts count: Int = 2) throws {
        let tag = String(UInt32.random(in: 0..<(1 << 24)), radix: 16)
        switchName = "gt\(tag)sw"
        hosts = (0..<count).map { TestHost(name: "gt\(tag)h\($0)", address: "10.77.0.\($0 + 1)") }
        let ends = hosts.map { host in
            """
            ip netns exec \(host.name) sh -c 'echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad'
            """
        }
        let ports = hosts.enumerated().map { index, host in
            """
            link add port\(index) type veth peer name eth0 netns \(host.name)
            link set port\(index) master br0 up
            """
        }
        let interfaces = hosts.map { host in
            """
            ip -n \(host.name) -batch - <<END
            addr add \(host.address)/24 dev eth0
            link set eth0 up
            link set lo up
            END
            """
        }
        // Few processes, because starting one can be slow. Without the wait for duplicate addresses, because else routes of
        // IPv6 appear a second later by themselves, and fingerprints differ.
        let script = """
            set -e
            ip -batch - <<END
            \((hosts.map(\.name) + [switchName]).map { "netns add \($0)" }.joined(separator: "\n"))
            END
            \(ends.joined(separator: "\n"))
            ip -n \(switchName) -batch - <<END
            link add br0 type bridge
            link set br0 up
            \(ports.joined(separator: "\n"))
            END
            \(interfaces.joined(separator: "\n"))
            """
        try Shell.must("sh", "-c", script)
    }

    deinit {
        for name in hosts.map(\.name) + [switchName] { _ = try? Shell.run(["ip", "netns", "del", name]) }
    }
}
