import ChaosLinux
import Foundation
import Testing

/// Python itself, not a wrapper that takes its time.
let python = Shell.path(of: "python3") ?? "python3"

/// A program that a test started; ended with the object.
final class TestProgram {
    let process = Process()
    var pid: Int32 { process.processIdentifier }

    init(_ arguments: [String], directory: String = "/") throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    deinit { end() }

    func end() {
        kill(process.processIdentifier, SIGKILL)
        kill(process.processIdentifier, SIGCONT)
        process.waitUntilExit()
    }

    var status: ProcessStatus? { ProcessStatus.of(pid) }
    var cgroups: String { (try? String(contentsOfFile: "/proc/\(pid)/cgroup", encoding: .utf8)) ?? "" }
}

/// Three threads of a process that each count up every few milliseconds.
final class Counter {
    let program: TestProgram
    private let directory: TemporaryDirectory

    static let script = """
        import os, sys, threading, time
        def count(path):
            file = os.open(path, os.O_RDWR | os.O_CREAT)
            n = 0
            while True:
                n += 1
                os.pwrite(file, b'%012d' % n, 0)
                time.sleep(0.003)
        for i in range(1, 3): threading.Thread(target=count, args=(f'{sys.argv[1]}/{i}',)).start()
        count(f'{sys.argv[1]}/0')
        """

    init() throws {
        directory = try TemporaryDirectory()
        program = try TestProgram([python, "-c", Self.script, directory.path])
        try #require(eventually { self.values.allSatisfy { $0 > 0 } })
    }

    var pid: Int32 { program.pid }

    var values: [Int] {
        (0..<3).map {
            (try? String(contentsOfFile: "\(directory.path)/\($0)", encoding: .utf8)).flatMap { Int($0) } ?? 0
        }
    }

    /// Whether each thread counts on within a second.
    var isCounting: Bool {
        let before = values
        return eventually(within: 1) { zip(before, self.values).allSatisfy { $0 < $1 } }
    }

    /// Whether no thread counts for a fifth of a second.
    var isStill: Bool {
        let before = values
        usleep(200_000)
        return values == before
    }

    /// Seconds until each thread has counted on.
    func timeToCount() -> Double {
        let before = values
        let start = Date()
        _ = eventually { zip(before, self.values).allSatisfy { $0 < $1 } }
        return Date().timeIntervalSince(start)
    }
}

/// Polls until it holds; false if it does not within so many seconds.
func eventually(within seconds: Double = 5, _ condition: () -> Bool) -> Bool {
    let limit = Date().addingTimeInterval(seconds)
    while Date() < limit {
        if condition() { return true }
        usleep(2_000)
    }
    return condition()
}

/// A TCP server on loopback, as a command.
enum TestServer {
    static func command(port: Int) -> [String] {
        [
            python, "-c",
            "import socketserver,sys; socketserver.TCPServer(('127.0.0.1',int(sys.argv[1])),None).serve_forever()",
            "\(port)",
        ]
    }

    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(bound)
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// Who listens there, seen with another tool.
    static func owners(of port: Int) -> [Int32] {
        let output = (try? Shell.run(["ss", "-Hltnp", "sport = :\(port)"]))?.output ?? ""
        return output.split(separator: "pid=").dropFirst().compactMap { Int32($0.prefix { $0.isNumber }) }
    }

    /// All processes with these arguments.
    static func copies(_ arguments: [String]) -> [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }.filter { pid in
            let text = (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)) ?? ""
            return text.split(separator: "\0").map(String.init) == arguments
        }
    }
}

extension HostProcess {
    /// Debts on disk.
    var records: [String] {
        ["state", "durable"].flatMap { root -> [String] in
            let path = "\(state.path)/\(root)/runs"
            let all = FileManager.default.enumerator(atPath: path)?.allObjects as? [String] ?? []
            return all.filter { $0.hasSuffix(".undo") }
        }
    }

    /// As a crash ends it; its guardian lives.
    func crash() { kill(process.processIdentifier, SIGKILL) }
}

/// Cgroups of ours that are still there, by hierarchy walk.
func cgroupsOfOurs(_ fault: String) -> [String] {
    let output = try? Shell.run(["find", "/sys/fs/cgroup", "-type", "d", "-name", "gauntlet-\(fault)-*"]).output
    return (output ?? "").split(separator: "\n").map(String.init)
}

/// Expects a refusal: one error of that code, nothing on record.
func expectRefusal(
    _ host: HostProcess, _ fault: String, _ code: String, _ words: String,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    // What does not even fit the shapes is answered without an id.
    try host.send(#"{"id":7000,"op":"inject","fault":{\#(fault)}}"#)
    let reply = try host.reply(within: 10) { $0.re == 7000 || ($0.ok == false && $0.re == nil) }
    #expect(reply.ok == false, sourceLocation: sourceLocation)
    #expect(reply.error?.code == code, "\(reply.error?.message ?? "")", sourceLocation: sourceLocation)
    let text = "\(reply.error?.message ?? ""); \(reply.error?.hint ?? "")"
    #expect(text.contains(words), "\(text)", sourceLocation: sourceLocation)
    #expect(host.records == [], sourceLocation: sourceLocation)
}

/// Debts as a crash leaves them, written by hand.
struct Debts {
    private let directory: TemporaryDirectory
    var directories: StateDirectories {
        StateDirectories(volatile: directory.path + "/v", durable: directory.path + "/d")
    }

    init() throws { directory = try TemporaryDirectory() }

    /// Of the process with that number, or, with a later start, of none.
    func identity(_ pid: Int32, late: UInt64 = 0) throws -> [String: Any] {
        let identity = try #require(ProcessIdentity.of(pid))
        return ["pid": Int(pid), "start": identity.start + late, "boot": identity.boot]
    }

    func owe(_ steps: [[String: Any]]) throws {
        let runs = directory.path + "/v/runs/test"
        try FileManager.default.createDirectory(atPath: runs, withIntermediateDirectories: true)
        let namespace = try JSONSerialization.jsonObject(with: JSONEncoder().encode(NetNamespace.current))
        // Whoever wrote it had this test's number, and is gone.
        let header: [String: Any] = [
            "format": 1, "run": "test", "fault": "f", "kind": "pause", "executor": try identity(getpid(), late: 7),
            "namespace": namespace,
        ]
        let lines = try ([header] + steps).map { try JSONSerialization.data(withJSONObject: $0) + Data([10]) }
        try Data(lines.joined()).write(to: URL(fileURLWithPath: runs + "/f.undo"))
    }
}
