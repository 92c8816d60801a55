import Glibc

/// Where the programs of a live run lie: ours beside this one, servers on the PATH.
public struct Programs: Sendable {
    public var host: String
    public var agent: String
    public var probe: String
    public var broker: String
    public var redis: String

    /// - Throws: one error that names everything that is missing, with the packages.
    public static func find(needsBroker: Bool, needsRedis: Bool) throws(LiveError) -> Programs {
        var missing: [String] = []
        func own(_ name: String) -> String {
            let path = "\(directory)/\(name)"
            if access(path, X_OK) != 0 { missing.append("\(path) (swift build --product \(name))") }
            return path
        }
        func server(_ name: String, package: String, isNeeded: Bool) -> String {
            if let path = path(of: name) { return path }
            if isNeeded { missing.append("\(name) (Debian: apt-get install \(package))") }
            return name
        }
        let programs = Programs(
            host: own("gauntlet-host"), agent: own("gauntlet-agent"), probe: own("gauntlet-probe"),
            broker: server("nats-server", package: "nats-server", isNeeded: needsBroker),
            redis: server("redis-server", package: "redis-server", isNeeded: needsRedis))
        guard missing.isEmpty else {
            throw LiveError("missing for a live run: \(missing.joined(separator: ", "))", isMissing: true)
        }
        return programs
    }

    /// Of a program that the system has; nil if it has none of the name.
    static func path(of name: String) -> String? {
        ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"].map { "\($0)/\(name)" }
            .first { access($0, X_OK) == 0 }
    }

    /// Of this executable; GAUNTLET_PROGRAMS names another, for tests whose executable lies elsewhere.
    private static var directory: String {
        if let other = getenv("GAUNTLET_PROGRAMS") { return String(cString: other) }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = max(0, readlink("/proc/self/exe", &buffer, buffer.count - 1))
        let path = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }
}
