import ChaosLinux
import Foundation
import Testing

/// `gauntlet-host` as a test starts it, in a network namespace or here: requests in, replies out.
final class HostProcess {
    /// Built beside the tests, unless GAUNTLET_HOST names another (with a sanitizer in it).
    static let executable: String = {
        if let other = ProcessInfo.processInfo.environment["GAUNTLET_HOST"] { return other }
        let bundle =
            Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundlePath ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("gauntlet-host").path
    }()

    let process = Process()
    let state: TemporaryDirectory
    private let input = Pipe()
    private let output = Pipe()
    private var pending = Data()
    private var unread: [HostReply] = []
    private var next = 1

    /// Started, and greeted unless `run` is nil.
    init(
        in host: TestHost? = nil, run: String? = "test", lease: String = "2s", state: TemporaryDirectory? = nil,
        environment: [String: String] = [:], hello: String = "", errors: FileHandle? = nil
    ) throws {
        self.state = try state ?? TemporaryDirectory()
        let command =
            [Self.executable, "--state", self.state.path + "/state", "--durable", self.state.path + "/durable"]
        let arguments = (host?.entering ?? []) + command
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = input
        process.standardOutput = output
        if let errors { process.standardError = errors }
        try process.run()
        if let run {
            let reply = try ask(#""op":"hello","version":1,"run":"\#(run)","lease":"\#(lease)"\#(hello)"#)
            try #require(reply.ok == true, "hello: \(String(describing: reply.error))")
        }
    }

    deinit {
        try? input.fileHandleForWriting.close()
        if process.isRunning {
            // Its end of input ends it; a hung one is ended by id.
            for _ in 0..<300 {
                guard process.isRunning else { break }
                usleep(10_000)
            }
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
    }

    /// Sends `{"id":N,FIELDS}` and returns its reply; events that come before it are kept for `event`.
    @discardableResult
    func ask(_ fields: String, within seconds: Double = 10) throws -> HostReply {
        let id = next
        next += 1
        try send(#"{"id":\#(id),\#(fields)}"#)
        return try reply(within: seconds) { $0.re == id }
    }

    @discardableResult
    func inject(_ fault: String, probes: String? = nil) throws -> HostReply {
        try ask(#""op":"inject","fault":{\#(fault)}"# + (probes.map { #","probes":[\#($0)]"# } ?? ""))
    }

    @discardableResult
    func revert(_ id: String) throws -> HostReply { try ask(#""op":"revert","fault":"\#(id)""#) }

    /// The next event of that name.
    func event(_ name: String, within seconds: Double = 10) throws -> HostReply {
        try reply(within: seconds) { $0.event == name }
    }

    func send(_ line: String) throws {
        try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
    }

    func closeInput() { try? input.fileHandleForWriting.close() }

    /// Waits for its end and returns its exit code (or the signal, negative).
    func ended(within seconds: Double = 10) throws -> Int32 {
        let limit = Date().addingTimeInterval(seconds)
        while process.isRunning {
            try #require(Date() < limit, "the executor did not end within \(seconds) s")
            usleep(2_000)
        }
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    /// As a crash ends it; its guardian lives.
    func crash() { kill(process.processIdentifier, SIGKILL) }

    /// Has a fault end in one of three ways: `revert`, `kill` (of the executor) or (the end of its) `input`.
    func end(_ fault: String, by way: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        switch way {
        case "revert": #expect(try revert(fault).clean == true, sourceLocation: sourceLocation)
        case "kill": crash()
        default: closeInput()
        }
    }

    /// Its workers in this role, or its guardian.
    func children(_ word: String) -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { pid in
            guard let status = ProcessStatus.of(pid), status.parent == process.processIdentifier else { return false }
            return status.command == "gauntlet-\(word)"
                || (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8))?.contains("\0\(word)\0")
                    == true
        }.sorted()
    }

    /// The guardian's process, nil if there is none.
    var guardian: Int32? { children("guardian").first }

    /// Undo records on disk.
    var records: [String] { state.files().filter { $0.hasSuffix(".undo") } }

    /// Waits until no record is left.
    func owesNothing(within seconds: Double = 5) -> Bool { eventually(within: seconds) { records == [] } }

    /// Waits until `status` says that the only fault held is effective.
    func becomesEffective(within seconds: Double = 5) throws -> Bool {
        try eventually(within: seconds) { try ask(#""op":"status""#).held?.first?.effective == true }
    }

    func reply(within seconds: Double, where wanted: (HostReply) -> Bool) throws -> HostReply {
        let limit = Date().addingTimeInterval(seconds)
        let descriptor = output.fileHandleForReading.fileDescriptor
        while true {
            if let index = unread.firstIndex(where: wanted) { return unread.remove(at: index) }
            var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let left = limit.timeIntervalSinceNow
            try #require(left > 0 && poll(&wait, 1, Int32(left * 1000) + 1) == 1, "no answer within \(seconds) s")
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = read(descriptor, &buffer, buffer.count)
            try #require(count > 0, "the executor closed its output")
            pending.append(contentsOf: buffer[..<count])
            while let end = pending.firstIndex(of: 10) {
                unread.append(try HostReply.read(String(decoding: pending[pending.startIndex..<end], as: UTF8.self)))
                pending = pending[(end + 1)...]
            }
        }
    }
}

final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/gauntlet-test-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

extension TemporaryDirectory {
    /// Paths of the files below it, sorted.
    func files() -> [String] {
        (FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []).filter {
            var isDirectory: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(path)/\($0)", isDirectory: &isDirectory)
                && !isDirectory.boolValue
        }.sorted()
    }
}
