import ChaosLinux
import Foundation
import Testing

/// A cgroup of a test in the hierarchy of one controller; what runs in it is killed, and it goes, with the object.
final class TestCgroup {
    let directory: String
    let version: Int

    /// Nil where this host has no such controller to use.
    static func mount(of controller: String) -> Cgroup.Hierarchy? {
        let all = Cgroup.hierarchies
        return all.first { $0.controllers.contains(controller) }
            ?? all.first {
                $0.isUnified && ((try? SmallFile.read("\($0.path)/cgroup.subtree_control")) ?? "").contains(controller)
            }
    }

    init(_ controller: String) throws {
        let mount = try #require(Self.mount(of: controller))
        version = mount.isUnified ? 2 : 1
        directory = "\(mount.path)/gauntlet-test-\(String(UInt32.random(in: .min ... .max), radix: 16))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    }

    deinit {
        for pid in processes where pid != getpid() { kill(pid, SIGKILL) }
        for _ in 0..<200 where rmdir(directory) != 0 && errno == EBUSY { usleep(5_000) }
    }

    var processes: [Int32] { Cgroup.members(of: directory) }

    func add(_ pid: Int32) throws { try SmallFile.write("\(pid)", to: "\(directory)/cgroup.procs") }

    func read(_ file: String) throws -> String { try ControlFile.text("\(directory)/\(file)") }

    func write(_ text: String, to file: String) throws { try SmallFile.write(text, to: "\(directory)/\(file)") }
}

/// Cgroups of ours that are still there, by hierarchy walk.
func cgroupsOfOurs(_ fault: String) -> [String] {
    let output = try? Shell.run(["find", "/sys/fs/cgroup", "-type", "d", "-name", "gauntlet-\(fault)-*"]).output
    return (output ?? "").split(separator: "\n").map(String.init)
}
