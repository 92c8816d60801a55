import CLinuxShims
public import ChaosFleet
public import ChaosLinux
import FoundationEssentials
import Glibc

/// Brings up a fleet in throw-away namespaces, holds it, and ends it.
///
/// The process that calls `run` must have one thread. It stays outside; its child is the namespaces' first process. When
/// either dies, however, the kernel ends every process of the fleet and frees every namespace, mount and file.
public struct Holder: Sendable {
    public var spec: LaunchSpec
    /// Goes on by itself once the fleet is ready; else the end of standard input ends the fleet.
    public var isDetached: Bool
    /// How long the processes of one stage may take until they are ready, nanoseconds.
    public var readyLimit: Int64

    public init(spec: LaunchSpec, isDetached: Bool = false, readyLimit: Int64 = 60_000_000_000) {
        self.spec = spec
        self.isDetached = isDetached
        self.readyLimit = readyLimit
    }

    /// Reads the spec from the first line of standard input.
    public init(readingInput isDetached: Bool, readyLimit: Int64) throws(HostError) {
        let line = try Self.firstLine()
        do throws(FleetFileError) {
            self.init(spec: try LaunchSpec.read(json: line), isDetached: isDetached, readyLimit: readyLimit)
        } catch {
            throw HostError(.malformed, error.message)
        }
    }

    private static func firstLine() throws(HostError) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(0, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            try SystemCall.call(Int32(clamping: count), "reading the launch spec from standard input")
            if let end = buffer[..<count].firstIndex(of: 10) {
                return String(decoding: bytes + buffer[..<end], as: UTF8.self)
            }
            bytes += buffer[..<count]
            if count == 0 { break }
        }
        guard !bytes.isEmpty else {
            throw HostError(.malformed, "no launch spec on standard input", hint: "write it as one line of JSON")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Returns when the fleet has ended by request; throws what kept it from coming up, or ended it.
    ///
    /// Prints the fleet's status (JSON, one line) on standard output when it is ready. Detached, it returns then.
    public func run() throws(HostError) {
        try LaunchCheck(spec).check()
        let programs = try Programs.find(for: spec)
        if isDetached { return try runDetached(programs) }
        try Self.requireEndingInput()
        _ = signal(SIGPIPE, SIG_IGN)
        let lines = try FleetHolder(spec, programs, readyLimit, isDetached: false, watching: 0)
        try lines.run { status in Self.say(status.json + "\n", on: 1) }
    }

    /// A file ends at once, and with it the fleet would.
    private static func requireEndingInput() throws(HostError) {
        var status = stat()
        guard fstat(0, &status) == 0, [S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT) || isatty(0) == 1 else {
            throw HostError(
                .malformed, "standard input is a file, and the fleet lives only until its end",
                hint: "give it by a pipe that stays open, or use --detach")
        }
    }

    // MARK: - Detached

    /// The caller waits for one line from the daemon: a status, or a `HoldReply` with an error.
    private func runDetached(_ programs: Programs) throws(HostError) {
        let (reading, writing) = try SystemCall.pipe()
        let pid = try SystemCall.check(host_fork(), "starting the holder")
        if pid == 0 {
            // The caller may go on only when its output is complete, and it goes away if the caller does.
            _exit(host_become_daemon(writing) == 0 ? daemon(programs, writing) : 1)
        }
        close(writing)
        defer { close(reading) }
        while waitpid(pid, nil, 0) < 0 && errno == EINTR {}
        let line = Self.readAll(reading)
        if (try? FleetStatus.read(json: line)) != nil { return Self.say(line, on: 1) }
        throw HoldReply.read(line)?.failure ?? HostError(.failed, "the holder ended before the fleet was ready")
    }

    private func daemon(_ programs: Programs, _ report: Int32) -> Int32 {
        _ = signal(SIGPIPE, SIG_IGN)
        do throws(HostError) {
            let holder = try FleetHolder(spec, programs, readyLimit, isDetached: true, watching: report)
            try holder.run { status in
                Self.say(status.json + "\n", on: report)
                close(report)
            }
            return 0
        } catch {
            Self.say(HoldReply(failure: error).json, on: report)
            return 4
        }
    }

    private static func readAll(_ descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }

    private static func say(_ text: String, on descriptor: Int32) {
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + done, bytes.count - done) }
            if count < 0 && errno == EINTR { continue }
            // Nobody listens any more: nothing that the fleet must die of.
            guard count > 0 else { return }
            done += count
        }
    }
}
