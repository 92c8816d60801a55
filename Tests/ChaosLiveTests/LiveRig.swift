import ChaosHold
import Foundation
import Testing

/// What a live run needs here, and the command as a user starts it.
enum LiveRig {
    /// Why no fleet can run here; nil where one can.
    static let missing: String? = {
        for program in ["unshare", "nats-server", "redis-server"] where find(program) == nil {
            return "needs the program `\(program)`"
        }
        let probe = try? run(["/usr/bin/env", "unshare", "-Urmpnf", "true"])
        return probe?.code == 0 ? nil : "users may not have namespaces here (`unshare -Urmpnf true` fails)"
    }()
    static var reason: Comment { Comment(rawValue: missing ?? "") }

    static func find(_ program: String) -> String? {
        ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].map { "\($0)/\(program)" }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }

    /// Where the products lie: beside the tests.
    static let products: String = {
        let bundle =
            Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundlePath ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().path
    }()

    struct Ended {
        var code: Int32
        var output: String
        var errors: String
    }

    /// A program that runs, its output in files: a pipe that nobody empties would stop it.
    final class Running {
        let process = Process()
        private let directory: URL

        init(_ command: [String], in place: URL? = nil) throws {
            directory = URL(fileURLWithPath: "/tmp/gauntlet-live-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            process.executableURL = URL(fileURLWithPath: command[0])
            process.arguments = Array(command.dropFirst())
            if let place { process.currentDirectoryURL = place }
            for name in ["out", "err"] { _ = FileManager.default.createFile(atPath: path(name), contents: nil) }
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = FileHandle(forWritingAtPath: path("out"))
            process.standardError = FileHandle(forWritingAtPath: path("err"))
            try process.run()
        }

        deinit { try? FileManager.default.removeItem(at: directory) }

        private func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

        var output: String { (try? String(contentsOfFile: path("out"), encoding: .utf8)) ?? "" }
        var errors: String { (try? String(contentsOfFile: path("err"), encoding: .utf8)) ?? "" }

        func wait() -> Ended {
            process.waitUntilExit()
            let code = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
            return Ended(code: code, output: output, errors: errors)
        }
    }

    static func run(_ command: [String], in place: URL? = nil) throws -> Ended {
        try Running(command, in: place).wait()
    }

    /// `gauntlet` with these words.
    static func gauntlet(_ words: [String]) -> [String] { ["\(products)/gauntlet"] + words }

    /// Short phases: what the scenario asks of time is not what these tests are about.
    static let short = [
        "--set", "phases.baseline=4s", "--set", "phases.faults=16s", "--set", "phases.recovery=8s",
        "--set", "faults.kill-one.at=1s", "--set", "faults.kill-one.for=10s",
    ]

    /// The same fleet under a name of its own, so that tests do not meet.
    static func fleetFile(named name: String, in directory: URL) throws -> String {
        let text = try String(contentsOfFile: "\(Fixture.root)/scenarios/fleets/single-machine.yaml", encoding: .utf8)
        let file = directory.appendingPathComponent("\(name).yaml")
        try text.replacing("name: single-machine", with: "name: \(name)").write(
            to: file, atomically: true, encoding: .utf8)
        return file.path
    }

    /// Waits for what has to come; false if it has not after that long on a busy machine.
    static func eventually(within seconds: Double = 60, _ condition: () throws -> Bool) rethrows -> Bool {
        let limit = Date().addingTimeInterval(seconds)
        while Date() < limit {
            if try condition() { return true }
            usleep(20_000)
        }
        return try condition()
    }

    /// Living processes of a fleet, by the words in their command lines or by their fleet's name.
    static func processes(of fleet: String) -> [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }.filter { pid in
            guard pid != getpid(), let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
                !status.contains("State:\tZ"), !status.contains("State:\tX")
            else { return false }
            let root = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/root/fleet")) ?? ""
            let text = (try? String(contentsOfFile: "/proc/\(pid)/root/fleet/fleet.json", encoding: .utf8)) ?? root
            return text.contains("\"name\":\"\(fleet)\"")
        }
    }
}

/// A directory that goes with the test.
final class Scratch {
    let url: URL

    init() throws {
        url = URL(fileURLWithPath: "/tmp/gauntlet-live-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o777])
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: url.path)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}
