import ChaosFleet
import ChaosPlan
import Foundation
import Testing

@Suite("Monitoring of a fleet")
struct MonitoringTests {
    static let examples = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../docs/examples/alerts"
    )
    .standardized

    static func setup() throws -> MonitoringSetup {
        MonitoringSetup(FleetLayout(try Fixture.fleet("two-machine")))
    }

    static func has(_ program: String) -> Bool { FileManager.default.isExecutableFile(atPath: "/usr/bin/\(program)") }

    @Test func `the examples are what is generated for the reference fleet`() throws {
        for file in try Self.setup().files {
            let committed = Self.examples.appending(path: URL(filePath: file.path).lastPathComponent)
            if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
                try file.text.write(to: committed, atomically: true, encoding: .utf8)
            }
            #expect(
                try String(contentsOf: committed, encoding: .utf8) == file.text,
                "UPDATE_GOLDEN=1 rewrites \(committed.lastPathComponent)")
        }
    }

    @Test func `every agent and hub is asked, by its name`() throws {
        let fleet = try Fixture.fleet("two-machine")
        let text = try Self.setup().prometheus
        #expect(text.components(separatedBy: "targets: [\"10.77.0.").count - 1 == fleet.agents.count + fleet.hubs.count)
        let tutor = try #require(fleet.agents.firstIndex { $0.name == "TutorAgent" })
        let layout = FleetLayout(fleet)
        #expect(
            text.contains(
                """
                      - targets: ["\(layout.endpoint(of: .agent(tutor)))"]
                        labels: { instance: "TutorAgent", host: "PC2", role: agent, home: "EdgeHub" }
                """))
    }

    @Test(.enabled(if: has("promtool"), "promtool is not installed (Debian: prometheus)"))
    func `promtool takes the configuration and the rules`() throws {
        #expect(
            try Self.check("promtool", ["check", "config", Self.examples.appending(path: "prometheus.yml").path]) == 0)
        #expect(try Self.check("promtool", ["check", "rules", Self.examples.appending(path: "rules.yml").path]) == 0)
    }

    @Test(.enabled(if: has("amtool"), "amtool is not installed (Debian: prometheus-alertmanager)"))
    func `amtool takes the configuration`() throws {
        #expect(
            try Self.check("amtool", ["check-config", Self.examples.appending(path: "alertmanager.yml").path]) == 0)
    }

    private static func check(_ program: String, _ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/\(program)")
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    @Test func `a fleet with one hub has no rule about switching`() throws {
        var fleet = try Fixture.fleet("two-machine")
        fleet.hubs.removeLast()
        let rules = MonitoringSetup(FleetLayout(fleet)).rules
        #expect(!rules.contains("HubSwitched") && rules.contains("InstanceDown"))
    }

    @Test func `it is started last, outside of all hosts`() throws {
        let member = LaunchSpec.Process(name: "a", host: "h", command: ["x"], log: "l", stage: 2, readyPort: nil)
        let spec = LaunchSpec(
            fleet: "f", hosts: [], files: [], processes: [member],
            restart: .init(isOn: true, delay: 1, cap: 1, multiplier: 1, limit: 1, interval: 1, stableAfter: 1))
        let watched = spec.monitored(
            by: try Self.setup(), prometheus: "/usr/bin/prometheus", alertmanager: "/usr/bin/am")
        #expect(watched.processes.map(\.name) == ["a", "alertmanager", "prometheus"])
        #expect(watched.processes.dropFirst().allSatisfy { $0.stage == 3 && $0.host == nil && $0.readyPort != nil })
        #expect(watched.files.count == 3)
    }
}
