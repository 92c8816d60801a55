import ChaosPlan
import Foundation
import Testing

/// Damages good files at random: nothing may crash or hang, and every problem must have its place.
@Suite struct FuzzTests {
    @Test func `no damaged file crashes the reader`() {
        let count = ProcessInfo.processInfo.environment["GAUNTLET_FUZZ"].flatMap(Int.init) ?? 1_500
        let first = ProcessInfo.processInfo.environment["GAUNTLET_FUZZ_SEED"].flatMap(UInt64.init) ?? 1
        var sound = 0
        for seed in first..<first + UInt64(count) {
            var mutation = Mutation(seed: seed)
            let scenario = mutation.damage(seed % 3 == 0 ? Fixtures.scenario : Self.faulty)
            let fleet = seed % 2 == 0 ? mutation.damage(Fixtures.fleet) : Fixtures.fleet
            // Named before reading, so that a crash leaves it behind.
            _ = FileManager.default.createFile(atPath: "/tmp/gauntlet-fuzz-seed", contents: Data("\(seed)\n".utf8))
            let start = ContinuousClock.now
            let options = seed % 4 == 0 ? Self.options.map { mutation.damage($0) } : []
            let shared = seed % 8 == 0 ? mutation.damage(Fixtures.objectives) : Fixtures.objectives
            let reading = PlanReader.read(
                scenario: scenario, file: "s.yaml", variant: seed % 16 == 0 ? "slow" : nil, overrides: options
            ) { path in
                switch path {
                case "fleets/two-machine.yaml": fleet
                case "objectives.yaml": shared
                default: nil
                }
            }
            if let plan = reading.plan {
                sound += 1
                let schedule = Schedule.draw(plan, seed: seed)
                _ = schedule.describe(plan)
                _ = fleetWarnings(plan.fleet, plan.workload)
            } else {
                #expect(reading.problems.contains { $0.severity == .error }, "seed \(seed): no plan and no error")
            }
            for problem in reading.problems {
                #expect(
                    !problem.file.isEmpty && problem.line >= 1 && problem.column >= 1 && !problem.message.isEmpty,
                    "seed \(seed)")
            }
            #expect(ContinuousClock.now - start < .seconds(5), "seed \(seed) took too long")
        }
        // Some damage is harmless; if none or all were, the mutations would test nothing.
        #expect(sound > 0 && sound < count)
    }

    private static let options = [
        "phases.faults=2min", "fleet.calls[1].share=50%",
        "fleet.policies.breaker={ kind: time, window: 60s (promise) }",
        "fleet.agents.tutoring.members=[ A, { name: B } ]",
    ]

    private static let faulty = Fixtures.scenario(
        faults: """
              - { id: a, kind: kill, target: { group: tutoring, pick: 50%, same: host }, at: 5s, every: 20s, for: 5s, jitter: 1s }
              - { id: b, kind: partition, between: [MainPC, PC2], mode: reject, after: a, delay: 1s, for: 2s }
              - { id: c, kind: latency, from: MainPC, to: PC2, delay: 5ms, variation: 1ms, at: 9s, for: 2s }
              - { id: d, kind: rolling-restart, groups: [[TutorAgent], [models]], gate: 1s, gate-limit: 5s, bad-version: 5%, after-start: c }
              - { id: e, kind: clock, target: { host: any, pick: one }, offset: -5s, drift: 200, at: 30s, for: 4s }
              - { id: f, kind: procedure, action: restart-component, target: { label: tier=core, pick: one }, takes: 2s, limit: 9s, at: 40s, allow-irreversible: true }
            """,
        rest:
            "objectives: [ { metric: restore-time, of: a, max: 30s, stat: median } ]\nsafety: { blast-radius: { hosts: 2 } }"
    )
}
