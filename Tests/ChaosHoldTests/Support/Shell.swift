import CLinuxShims
import ChaosHold
import Foundation
import Testing

/// Why a fleet cannot be held here; nil where it can.
enum Namespaces {
    static let missing: String? = {
        guard Shell.path(of: "unshare") != nil else { return "needs the program `unshare`" }
        guard let probe = try? Shell.run(["unshare", "-Urmpnf", "true"]), probe.code == 0 else {
            return "users may not have namespaces here (`unshare -Urmpnf true` fails)"
        }
        for tool in ["python3", "ping", "ip"] where Shell.path(of: tool) == nil { return "needs the program `\(tool)`" }
        return nil
    }()

    static var areThere: Bool { missing == nil }
    static var reason: Comment { Comment(rawValue: missing ?? "") }

    /// What a command line begins with to run as an ordinary user; nil where that is not possible.
    static let ordinary: [String]? = {
        guard areThere, geteuid() == 0 else { return nil }
        let words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        let probe = try? Shell.run(words + [HostProgram.path, "--help"])
        return probe?.code == 0 ? words : nil
    }()
}

enum HostProgram {
    /// Built beside the tests, unless GAUNTLET_HOST names another.
    static let path: String = {
        if let other = ProcessInfo.processInfo.environment["GAUNTLET_HOST"] { return other }
        let bundle =
            Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundlePath ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("gauntlet-host").path
    }()
}

/// A started program: its number, and our ends of its standard streams.
struct Started {
    var pid: Int32
    var input: Int32
    var output: Int32
    var errors: Int32
}

enum Shell {
    struct Result {
        var code: Int32
        var output: String
        var errors: String
    }

    static func path(of tool: String) -> String? {
        ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].map { "\($0)/\(tool)" }.first { access($0, X_OK) == 0 }
    }

    /// With pipes as its standard streams.
    static func start(_ arguments: [String]) throws -> Started {
        var pipes: [[Int32]] = []
        for _ in 0..<3 {
            var ends: [Int32] = [-1, -1]
            try #require(pipe(&ends) == 0)
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            pipes.append(ends)
        }
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { (word: String) in strdup(word) } + [nil]
        let variables = ProcessInfo.processInfo.environment.map { "\($0)=\($1)" }
        var envp: [UnsafeMutablePointer<CChar>?] = variables.map { (word: String) in strdup(word) } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pidfd: Int32 = -1
        let pid = host_spawn(
            path(of: arguments[0]) ?? arguments[0], &argv, &envp, [pipes[0][0], pipes[1][1], pipes[2][1]], 3, 0, &pidfd)
        for end in [pipes[0][0], pipes[1][1], pipes[2][1]] { close(end) }
        try #require(pid > 0, "\(arguments[0]): \(String(cString: strerror(-pid)))")
        close(pidfd)
        return Started(pid: pid, input: pipes[0][1], output: pipes[1][0], errors: pipes[2][0])
    }

    /// To its end.
    static func run(_ arguments: [String], input: String = "") throws -> Result {
        let started = try start(arguments)
        say(input, on: started.input)
        close(started.input)
        let output = readAll(started.output)
        let errors = readAll(started.errors)
        return Result(code: wait(started.pid), output: output, errors: errors)
    }

    static func say(_ text: String, on descriptor: Int32) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }

    /// Exit code, or the signal as a negative number.
    static func wait(_ pid: Int32) -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        return status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F)
    }

    static func readAll(_ descriptor: Int32) -> String {
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }

    /// Nil when none comes in time.
    static func line(_ descriptor: Int32, within seconds: Double = 60) -> String? {
        let limit = Date().addingTimeInterval(seconds)
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let left = limit.timeIntervalSinceNow
            guard left > 0, poll(&wait, 1, Int32(left * 1000) + 1) == 1, read(descriptor, &byte, 1) == 1 else {
                return nil
            }
            if byte == 10 { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
    }
}

/// Polls until it holds; false if it does not within so many seconds.
func eventually(within seconds: Double = 20, _ condition: () throws -> Bool) rethrows -> Bool {
    let limit = Date().addingTimeInterval(seconds)
    while Date() < limit {
        if try condition() { return true }
        usleep(2_000)
    }
    return try condition()
}
