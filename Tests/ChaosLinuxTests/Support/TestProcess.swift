import ChaosLinux
import Foundation
import Testing

/// A program that a test starts; ended with the object.
final class TestProcess {
    let process = Process()
    private let output = Pipe()

    /// What it writes is for `line` if it `isHeard`, else for nobody.
    init(
        _ arguments: [String], directory: String = "/", environment: [String: String] = [:], isHeard: Bool = false
    ) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        if isHeard {
            process.standardOutput = output
        } else {
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
        }
        try process.run()
    }

    deinit { end() }

    func end() {
        if process.isRunning { kill(pid, SIGKILL) }
        process.waitUntilExit()
    }

    var pid: Int32 { process.processIdentifier }

    var status: ProcessStatus? { ProcessStatus.of(pid) }
    var cgroups: String { (try? String(contentsOfFile: "/proc/\(pid)/cgroup", encoding: .utf8)) ?? "" }

    /// The next line that it writes.
    func line() throws -> String { try #require(nextLine(within: 5_000), "it says nothing more") }

    /// Nil if none comes, or it has ended.
    func nextLine(within milliseconds: Int32) -> String? {
        let descriptor = output.fileHandleForReading.fileDescriptor
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, milliseconds) == 1, read(descriptor, &byte, 1) == 1 else { return nil }
            if byte == 10 { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
    }

    /// Throws away what it has written so far.
    func drain() {
        let descriptor = output.fileHandleForReading.fileDescriptor
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&wait, 1, 0) == 1, read(descriptor, &buffer, buffer.count) > 0 {}
    }
}
