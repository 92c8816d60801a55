import ChaosPlan
import ChaosRun
import ChaosSim
import Testing

@Suite struct PaceTests {
    @Test("Time held to a clock gives the same journal, over random plans")
    func hashIsUnchanged() async throws {
        for seed in 0..<UInt64(count(20, full: 1_000)) {
            let (plan, schedule) = try RandomPlan.make(seed: seed)
            let free = try await journalHash(plan, seed: seed, schedule: schedule)
            let stopping = try await SimulatedRun.run(plan, seed: seed, schedule: schedule, pace: .stops)
            #expect(stopping.hash.value == free, "seed \(seed)")
        }
    }

    @Test("A run at a pace takes virtual time ÷ pace, and its journal is the same")
    func takesItsTime() async throws {
        let plan = try RandomPlan.read(.twoHosts, 0)
        let free = try await SimulatedRun.run(plan, seed: 1, to: .memory)
        let began = ContinuousClock.now
        let paced = try await SimulatedRun.run(plan, seed: 1, to: .memory, pace: .speed(1_000))
        // Never less; how much more is the machine's affair.
        #expect(ContinuousClock.now - began >= .nanoseconds(plan.phases.end / 1_000))
        #expect(paced.bytes == free.bytes)
    }

    @Test("An interrupt is heard at the next whole second, and what is in force is taken back")
    func interruptHeals() async throws {
        let (plan, schedule) = try RandomPlan.make(seed: 3)
        var reached: Nanoseconds = 0
        nonisolated(unsafe) var count = 0
        let run = try await SimulatedRun.run(
            plan, seed: 3, to: .memory, schedule: schedule, pace: .stops, interrupts: { count },
            progress: { now, _ in
                if count == 0, now >= plan.phases.faultsStart + 3 * .second {
                    reached = now
                    count = 1
                }
            })
        #expect(run.outcome.ending == .interrupted)
        #expect(run.outcome.failedReverts.isEmpty)
        #expect(reached <= plan.phases.faultsStart + 4 * .second)
        let journal = try Journal(bytes: run.bytes)
        var inForce: Set<Int> = []
        for record in journal.records {
            guard case .fault(let event) = record.event else { continue }
            if event.state == .effective { inForce.insert(event.instance) }
            if event.state == .clean { inForce.remove(event.instance) }
        }
        #expect(inForce.isEmpty)
    }
}
