import Foundation
import Testing

@testable import ChaosLinux

/// A cgroup of a test in the hierarchy of one controller; what runs in it is killed, and it goes, with the object.
final class TestCgroup {
    let directory: String
    let version: Int

    /// Nil where this host has no such controller to use.
    static func mount(of controller: String) -> CgroupMount? {
        let mounts = (try? CgroupMount.read()) ?? []
        return mounts.first { $0.version == 1 && $0.controllers.contains(controller) }
            ?? mounts.first { mount in
                mount.version == 2
                    && ((try? SmallFile.read("\(mount.point)/cgroup.subtree_control")) ?? "").contains(controller)
            }
    }

    init(_ controller: String) throws {
        let mount = try #require(Self.mount(of: controller))
        version = mount.version
        directory = "\(mount.point)/gauntlet-test-\(String(UInt32.random(in: .min ... .max), radix: 16))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    }

    deinit {
        for pid in processes where pid != getpid() { kill(pid, SIGKILL) }
        for _ in 0..<200 where rmdir(directory) != 0 && errno == EBUSY { usleep(5_000) }
    }

    var processes: [Int32] { TargetCgroup(directory: directory, version: version).processes }

    func add(_ pid: Int32) throws { try SmallFile.write("\(pid)", to: "\(directory)/cgroup.procs") }

    func read(_ file: String) throws -> String { try ControlFile.text("\(directory)/\(file)") }

    func write(_ text: String, to file: String) throws { try SmallFile.write(text, to: "\(directory)/\(file)") }
}

/// A program that a test starts and ends.
final class TestProcess {
    let process = Process()
    private let output = Pipe()

    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        try process.run()
    }

    deinit { end() }

    func end() {
        if process.isRunning { kill(pid, SIGKILL) }
        process.waitUntilExit()
    }

    var pid: Int32 { process.processIdentifier }

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
