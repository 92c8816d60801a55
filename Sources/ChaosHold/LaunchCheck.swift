import ChaosFleet
import ChaosLinux
import Glibc

/// Whether a launch spec can be brought up at all; everything that is wrong with it at once.
struct LaunchCheck {
    private let spec: LaunchSpec
    private var problems: [String] = []

    init(_ spec: LaunchSpec) { self.spec = spec }

    func check() throws(HostError) {
        var copy = self
        copy.examine()
        guard copy.problems.isEmpty else {
            throw HostError(.malformed, "the launch spec cannot be: " + copy.problems.joined(separator: "; "))
        }
    }

    private mutating func examine() {
        name(spec.fleet, of: "fleet")
        require(spec.hosts.count <= 300, "\(spec.hosts.count) hosts; at most 300 can be")
        unique(spec.hosts.map(\.name), "host")
        unique(spec.hosts.map(\.address), "address")
        for host in spec.hosts { examine(host) }
        for path in spec.directories { inside(path, "directory") }
        for file in spec.files { inside(file.path, "file") }
        unique(spec.processes.map(\.name), "process")
        for process in spec.processes { examine(process) }
        let restart = spec.restart
        require(
            restart.delay >= 0 && restart.cap >= 0 && restart.interval >= 0 && restart.stableAfter >= 0
                && [restart.delay, restart.cap, restart.interval, restart.stableAfter].allSatisfy { $0 <= .max / 4 },
            "a time of `restart` is negative or beyond 73 years")
        require(restart.multiplier >= 1 && restart.limit >= 1, "`multiplier` and `limit` of `restart` are at least 1")
    }

    private mutating func examine(_ host: LaunchSpec.Host) {
        name(host.name, of: "host")
        require(host.name != FleetNetwork.outsideName, "a host `\(host.name)`, which is the name of what is no host")
        var octets = in_addr()
        require(
            inet_pton(AF_INET, host.address, &octets) == 1 && host.address != FleetLayout.outside,
            "the address `\(host.address)` of \(host.name)")
        require(
            host.disk >= 65_536 && host.diskUsed >= 0 && host.diskUsed <= host.disk,
            "the disk of \(host.name): \(host.diskUsed) of \(host.disk) bytes used (at least 65536 in all)")
    }

    private mutating func examine(_ process: LaunchSpec.Process) {
        name(process.name, of: "process")
        require(!process.command.isEmpty, "\(process.name) without a command")
        if let host = process.host {
            require(spec.hosts.contains { $0.name == host }, "\(process.name) on `\(host)`, which is no host")
        }
        inside(process.log, "log of \(process.name)")
        if let port = process.readyPort { require((1...65_535).contains(port), "port \(port) of \(process.name)") }
        let words = process.command + process.environment.flatMap { [$0.key, $0.value] }
        require(!words.contains { $0.utf8.contains(0) }, "a zero byte in the command or environment of \(process.name)")
    }

    /// Names become names of files.
    private mutating func name(_ name: String, of what: String) {
        let isGood =
            !name.isEmpty && name.utf8.count <= 64 && !name.hasPrefix(".")
            && name.unicodeScalars.allSatisfy { $0.value > 32 && $0 != "/" && $0.value != 127 }
        require(isGood, "the \(what)'s name `\(name)`; letters, digits, `-` and `_` make one")
    }

    /// Anything else would be a file of the real host.
    private mutating func inside(_ path: String, _ what: String) {
        let parts = path.split(separator: "/" as Character, omittingEmptySubsequences: false)
        require(
            path.hasPrefix(FleetLayout.root + "/") && !parts.contains("..") && !path.utf8.contains(0),
            "the \(what) `\(path)`; only below \(FleetLayout.root) is the fleet's own")
    }

    private mutating func unique(_ values: [String], _ what: String) {
        let twice = Dictionary(grouping: values) { $0 }.filter { $1.count > 1 }.keys.sorted()
        require(twice.isEmpty, "twice the \(what) \(twice.map { "`\($0)`" }.joined(separator: ", "))")
    }

    private mutating func require(_ condition: Bool, _ problem: String) {
        if !condition { problems.append(problem) }
    }
}
