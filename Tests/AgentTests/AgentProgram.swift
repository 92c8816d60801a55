import Foundation
import Synchronization

/// The built program, run as a process of its own.
final class AgentProgram: Sendable {
    static let path: String = {
        // Beside the bundle of tests.
        let bundle = URL(filePath: CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0])
        return bundle.deletingLastPathComponent().appending(path: "gauntlet-agent").path()
    }()

    private let process = Mutex(Process())
    // A file: what comes is there at once, and a killed process' last words too.
    private let output = "/tmp/gauntlet-agent-\(UInt64.random(in: 0 ... .max)).out"
    private let input = Pipe()

    init(_ arguments: [String]) throws {
        guard FileManager.default.createFile(atPath: output, contents: nil),
            let file = FileHandle(forWritingAtPath: output)
        else { throw BrokerRig.Problem("\(output) cannot be written") }
        try process.withLock { process in
            process.executableURL = URL(filePath: Self.path)
            process.arguments = arguments
            process.standardInput = input
            process.standardOutput = file
            process.standardError = file
            try process.run()
        }
    }

    var text: String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }
    /// Fields of each whole line.
    var lines: [[String]] {
        text.split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
    }
    var isRunning: Bool { process.withLock { $0.isRunning } }

    func endInput() { try? input.fileHandleForWriting.close() }

    func kill() {
        process.withLock { process in
            if process.isRunning { Glibc.kill(process.processIdentifier, SIGKILL) }
        }
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(atPath: output)
    }

    static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
