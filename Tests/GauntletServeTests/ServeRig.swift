import Foundation
import FoundationNetworking
import Glibc
import Synchronization
import Testing

/// `gauntlet-serve` as people start it, with the real `gauntlet` beside it, in a folder of its own.
final class ServeRig: Sendable {
    let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "gauntlet-served-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: "\(Self.repository)/scenarios", toPath: path("scenarios"))
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    var reports: String { path("reports") }

    func write(_ text: String, to name: String, mode: Int = 0o644) throws {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path(name))
    }

    func text(_ name: String) -> String { (try? String(contentsOfFile: path(name), encoding: .utf8)) ?? "" }

    /// A scenario of the catalogue under another name, with some of its text replaced.
    func derive(_ name: String, from scenario: String, _ changes: [(String, String)] = []) throws {
        var text = text("scenarios/\(scenario).yaml")
        for (old, new) in [("name: \(scenario)", "name: \(name)")] + changes {
            try #require(text.contains(old), "\(scenario) has no `\(old)`")
            text = text.replacingOccurrences(of: old, with: new)
        }
        try write(text, to: "scenarios/\(name).yaml")
    }

    /// A `gauntlet` that does what shell says for some scenario, and for all others what the real one does.
    func wrap(_ scenario: String, run: String) throws -> String {
        try write(
            """
            #!/bin/sh
            case "$1 $2" in
            'run \(scenario)') \(run);;
            'plan \(scenario)') shift 2; set -- plan first-steps "$@";;
            esac
            exec '\(Self.program("gauntlet"))' "$@"
            """, to: "wrapped-\(scenario)", mode: 0o755)
        return path("wrapped-\(scenario)")
    }

    /// One that serves.
    final class Served: Sendable {
        let process: Process
        let page: URL
        let token: String

        init(process: Process, page: URL, token: String) {
            self.process = process
            self.page = page
            self.token = token
        }

        /// `POST /api/NAME` with the token: what was answered.
        @discardableResult
        func act(_ name: String, _ body: [String: String] = [:]) async throws -> (status: Int, body: String) {
            var request = URLRequest(url: page.appending(path: "api/\(name)"))
            request.httpMethod = "POST"
            request.timeoutInterval = 120
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
            request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
            request.httpBody = try JSONEncoder().encode(body)
            let (data, response) = try await URLSession.shared.data(for: request)
            return ((response as? HTTPURLResponse)?.statusCode ?? 0, String(decoding: data, as: UTF8.self))
        }

        /// What a page that is opened now is told: the first of `/events`.
        func snapshot() async throws -> String {
            let answer = try await Ended.of(
                ["curl", "-sSN", "--max-time", "2", "\(page)events"], in: NSTemporaryDirectory())
            return answer.output.split(separator: "\n").first { $0.hasPrefix("data: ") }.map(String.init) ?? ""
        }

        /// How it ended, once it has: 128 + n for signal n.
        func end() async throws -> Int32 {
            try await ServeRig.wait(for: "the end of gauntlet-serve") { !process.isRunning }
            return (process.terminationReason == .exit ? 0 : 128) + process.terminationStatus
        }

        /// SIGTERM, and its end.
        func stop() async throws -> Int32 {
            process.terminate()
            return try await end()
        }

        func kill() async throws {
            Glibc.kill(process.processIdentifier, SIGKILL)
            _ = try await end()
        }
    }

    /// Starts it, and is back when its page answers.
    ///
    /// - Parameters:
    ///   - environment: all of it; where it is given the state is where that says.
    ///   - directory: that it works in; the rig's folder unless given.
    func start(
        _ options: [String] = [], environment: [String: String]? = nil, directory: String? = nil
    ) async throws -> Served {
        let state = environment?["STATE_DIRECTORY"] ?? path("state")
        let number = Self.count.wrappingAdd(1, ordering: .relaxed).newValue
        let (output, errors) = ("out-\(number)", "err-\(number)")
        for name in [output, errors] { _ = FileManager.default.createFile(atPath: path(name), contents: nil) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.program("gauntlet-serve"))
        process.arguments = ["--port", "0"] + (environment == nil ? ["--state", state] : []) + options
        process.currentDirectoryURL = URL(fileURLWithPath: directory ?? folder)
        process.environment =
            environment ?? [
                "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "HOME": folder,
                "GAUNTLET_SCENARIOS": path("scenarios"),
            ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: path(output))
        process.standardError = FileHandle(forWritingAtPath: path(errors))
        try process.run()
        var address: URL?
        try await Self.wait(for: "the page") {
            address = text(output).firstMatch(of: /page   (http\S+)/).flatMap { URL(string: String($0.output.1)) }
            return address != nil || !process.isRunning
        }
        let page = try #require(address, "\(text(errors))")
        let token = try String(contentsOfFile: "\(state)/serve-token", encoding: .utf8)
            .trimmingCharacters(in: .newlines)
        return Served(process: process, page: page, token: token)
    }

    /// The same for the time of `body`; whatever happens there, nothing is left running.
    func serve<Value>(
        _ options: [String] = [], environment: [String: String]? = nil, directory: String? = nil,
        _ body: (Served) async throws -> Value
    ) async throws -> Value {
        let served = try await start(options, environment: environment, directory: directory)
        do {
            let value = try await body(served)
            if served.process.isRunning { _ = try await served.stop() }
            return value
        } catch {
            try? await served.kill()
            throw error
        }
    }

    /// Journals of runs below the reports.
    var journals: [String] {
        ((try? FileManager.default.subpathsOfDirectory(atPath: reports)) ?? []).filter { $0.hasSuffix("journal.jsonl") }
            .map { "reports/\($0)" }
    }

    /// Waits for something that must come.
    static func wait(
        for what: String, _ limit: Duration = .seconds(240), _ isThere: () async throws -> Bool
    ) async throws {
        let end = ContinuousClock.now + limit
        while try await !isThere() {
            guard ContinuousClock.now < end else { throw Never(what: what) }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    struct Never: Error { var what: String }

    private static let count = Atomic<Int>(0)

    /// Built beside the tests.
    static func program(_ name: String) -> String {
        let bundle =
            Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundlePath ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appending(path: name).path
    }

    /// Above this file; tests also run from a package of links.
    static let repository: String = {
        var folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            if FileManager.default.fileExists(atPath: folder.appending(path: "docs/systemd").path) {
                return folder.path
            }
        }
        preconditionFailure("no repository above \(#filePath)")
    }()
}

/// Runs a program to its end.
struct Ended {
    var code: Int32
    var output: String
    var errors: String

    static func of(
        _ command: [String], in folder: String, environment: [String: String]? = nil
    ) async throws -> Ended {
        let names = ("\(folder)/.out-\(UUID())", "\(folder)/.err-\(UUID())")
        defer { for name in [names.0, names.1] { try? FileManager.default.removeItem(atPath: name) } }
        for name in [names.0, names.1] { _ = FileManager.default.createFile(atPath: name, contents: nil) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        if let environment { process.environment = environment }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: names.0)
        process.standardError = FileHandle(forWritingAtPath: names.1)
        try process.run()
        try await ServeRig.wait(for: "the end of \(command[0])") { !process.isRunning }
        return Ended(
            code: process.terminationStatus, output: (try? String(contentsOfFile: names.0, encoding: .utf8)) ?? "",
            errors: (try? String(contentsOfFile: names.1, encoding: .utf8)) ?? "")
    }
}
