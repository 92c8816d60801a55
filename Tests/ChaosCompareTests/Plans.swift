import ChaosPlan
import ChaosRun
import ChaosSim
import Foundation

/// Small plans on the fleet for learners.
enum Plans {
    static let scenarios = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("scenarios")

    /// A scenario of the catalogue; nil if it cannot be read under these overrides.
    static func named(_ name: String, set: [String] = [], disable: [Mechanism] = []) -> Plan? {
        guard let text = load("\(name).yaml") else { return nil }
        return read(text, file: "\(name).yaml", set: set, disable: disable).plan
    }

    /// A scenario written for a test: the phases are 10 s, 30 s and 20 s.
    static func with(faults: String, objectives: String = "", set: [String] = []) -> Reading {
        let text = """
            gauntlet: 1
            name: made-up
            summary: For a test.
            fleet: fleets/single-machine.yaml
            phases: { baseline: 10s, faults: 30s, recovery: 20s }
            workload:
              requests: { rate: 2/s, timeout: 500ms }
              messages: { rate: 1/s, stream: agent-events }
            exercises: agent-failover
            faults:\(faults)
            objectives:
              - { metric: availability, over: run, min: 90% }
            \(objectives)
            """
        return read(text, file: "made-up.yaml", set: set, disable: [])
    }

    static func read(_ text: String, file: String, set: [String], disable: [Mechanism]) -> Reading {
        PlanReader.read(scenario: text, file: file, overrides: set, disable: disable, load: load)
    }

    private static func load(_ path: String) -> String? {
        try? String(contentsOf: scenarios.appendingPathComponent(path), encoding: .utf8)
    }

    /// A run's journal in memory.
    static func journal(_ plan: Plan, seed: UInt64, schedule: Schedule? = nil) async throws -> [UInt8] {
        try await SimulatedRun.run(plan, seed: seed, to: .memory, schedule: schedule).bytes
    }
}
