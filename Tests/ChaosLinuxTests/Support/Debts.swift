import ChaosLinux
import Foundation
import Testing

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
