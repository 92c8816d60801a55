import Foundation

/// A temporary directory with a copy of the scenarios, and the executable to run in it.
final class Sandbox: Sendable {
    struct Finished {
        var code: Int32
        var output: String
        var errors: String

        var lines: [Substring] { output.split(separator: "\n") }

        func json() throws -> [String: Any] {
            try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any] ?? [:]
        }
    }

    let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("gauntlet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: Self.package.appendingPathComponent("scenarios"), to: path("scenarios"))
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func path(_ file: String) -> URL { directory.appendingPathComponent(file) }

    func text(_ file: String) throws -> String { try String(contentsOf: path(file), encoding: .utf8) }

    func write(_ text: String, to file: String) throws {
        try FileManager.default.createDirectory(
            at: path(file).deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: path(file), atomically: true, encoding: .utf8)
    }

    /// A scenario of the catalogue under another name, with some of its text replaced.
    func derive(_ name: String, from scenario: String, _ changes: [(String, String)]) throws {
        var text = try text("scenarios/\(scenario).yaml")
        for (old, new) in [("name: \(scenario)", "name: \(name)")] + changes {
            guard text.contains(old) else { throw CocoaError(.fileReadCorruptFile) }
            text = text.replacingOccurrences(of: old, with: new)
        }
        try write(text, to: "scenarios/\(name).yaml")
    }

    /// Runs `gauntlet` to its end.
    func gauntlet(_ arguments: String..., environment: [String: String] = [:]) async throws -> Finished {
        try await start(Self.executable.path, arguments, environment: environment) { _ in }
    }

    /// Runs a line of shell in which `$GAUNTLET` is the executable.
    func shell(_ line: String) async throws -> Finished {
        try await start("/bin/sh", ["-c", line], environment: ["GAUNTLET": Self.executable.path]) { _ in }
    }

    /// Runs `gauntlet` and does something to it meanwhile.
    func gauntlet(_ arguments: [String], meanwhile: @Sendable (Process) async -> Void) async throws -> Finished {
        try await start(Self.executable.path, arguments, environment: [:], meanwhile: meanwhile)
    }

    /// Runs a scenario that must get as far as a run directory; its path is relative to the sandbox.
    func run(_ arguments: String...) async throws -> (finished: Finished, directory: String) {
        let finished = try await start(
            Self.executable.path, ["run", "--quiet"] + arguments, environment: [:]
        ) { _ in }
        let last = finished.lines.last.map(String.init) ?? ""
        guard last.hasPrefix("gauntlet replay ") else {
            throw NoRunDirectory(output: finished.output + finished.errors)
        }
        return (finished, String(last.dropFirst("gauntlet replay ".count)))
    }

    struct NoRunDirectory: Error {
        var output: String
    }

    /// Runs `gauntlet` on a terminal of its own; everything that it shows there.
    func onTerminal(_ arguments: String..., environment: [String: String] = [:]) async throws -> String {
        var master: Int32 = -1
        var other: Int32 = -1
        guard openpty(&master, &other, nil, nil, nil) == 0 else { throw CocoaError(.fileReadUnknown) }
        // Else the processes of other tests would hold the terminal open.
        for descriptor in [master, other] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        let (reading, terminal) = (master, FileHandle(fileDescriptor: other, closeOnDealloc: true))
        // Read to the end by a thread of its own: a terminal that nobody reads would stop the process.
        let shown = Task.detached { () async -> String in
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = read(reading, &chunk, chunk.count)
                if count <= 0 { return String(decoding: bytes, as: UTF8.self) }
                bytes.append(contentsOf: chunk[..<count])
            }
        }
        _ = try await start(Self.executable.path, arguments, environment: environment, terminal: terminal) { _ in }
        // The process had the other copy: now nobody writes there, and reading ends.
        try terminal.close()
        defer { close(reading) }
        return await shown.value
    }

    /// Output goes to files: a pipe that nobody reads would stop the process.
    private func start(
        _ executable: String, _ arguments: [String], environment: [String: String],
        terminal: FileHandle? = nil, meanwhile: @Sendable (Process) async -> Void
    ) async throws -> Finished {
        let names = (path(".out-\(UUID().uuidString)"), path(".err-\(UUID().uuidString)"))
        for name in [names.0, names.1] { _ = FileManager.default.createFile(atPath: name.path, contents: nil) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.currentDirectoryURL = directory
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        process.environment = ["PATH": path, "TERM": "xterm-256color"].merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try terminal ?? FileHandle(forWritingTo: names.0)
        process.standardError = try terminal ?? FileHandle(forWritingTo: names.1)
        let ended = AsyncStream<Void>.makeStream()
        process.terminationHandler = { _ in ended.continuation.finish() }
        try process.run()
        await meanwhile(process)
        for await _ in ended.stream {}
        return Finished(
            code: process.terminationStatus, output: try String(contentsOf: names.0, encoding: .utf8),
            errors: try String(contentsOf: names.1, encoding: .utf8))
    }

    /// Built beside the tests.
    private static let executable: URL = {
        let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let candidates = [bundle.path] + CommandLine.arguments
        let found = candidates.lazy.map {
            URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent("gauntlet")
        }
        .first { FileManager.default.isExecutableFile(atPath: $0.path) }
        guard let found else { preconditionFailure("no executable `gauntlet` beside \(candidates)") }
        return found
    }()

    /// The nearest directory above the executable that has scenarios.
    static let package: URL = {
        var directory = executable.resolvingSymlinksInPath().deletingLastPathComponent()
        while directory.path != "/" {
            if FileManager.default.fileExists(atPath: directory.appendingPathComponent("Package.swift").path) {
                return directory
            }
            directory.deleteLastPathComponent()
        }
        preconditionFailure("no package above \(executable.path)")
    }()
}
