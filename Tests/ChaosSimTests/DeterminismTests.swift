import ChaosPlan
import ChaosRun
import ChaosSim
import Foundation
import Testing

@Suite struct ElisionTests {
    @Test func `elided and explicit heartbeats give the same journal over random plans`() async throws {
        var compared = 0
        for seed in 0..<UInt64(count(60, full: 10_000)) {
            let (plan, schedule) = try RandomPlan.make(seed: seed)
            let elided = try await journalHash(plan, seed: seed, heartbeats: .elided, schedule: schedule)
            let explicit = try await journalHash(plan, seed: seed, heartbeats: .explicit, schedule: schedule)
            compared += 1
            guard elided != explicit else { continue }
            let one = try await simulate(plan, seed: seed, heartbeats: .elided, schedule: schedule)
            let two = try await simulate(plan, seed: seed, heartbeats: .explicit, schedule: schedule)
            if ProcessInfo.processInfo.environment["GAUNTLET_DUMP"] == "\(seed)" {
                dump(one.records, "elided")
                dump(two.records, "explicit")
            }
            Issue.record(
                "seed \(seed): \(difference(one.records, two.records))\n\(schedule.instances.map(brief).joined(separator: "\n"))"
            )
        }
        #expect(compared > 0)
    }

    @Test func `elision saves the heartbeats of a quiet run`() async throws {
        let plan = try RandomPlan.read(.twoHosts, 0)
        let elided = try await simulate(plan, seed: 1, heartbeats: .elided)
        let explicit = try await simulate(plan, seed: 1, heartbeats: .explicit)
        #expect(elided.hash == explicit.hash)
        #expect(elided.statistics.heartbeats == 0)
        #expect(explicit.statistics.heartbeats > 1000)
    }
}

/// The first lines that differ, as the journal has them.
func difference(_ a: [JournalRecord], _ b: [JournalRecord]) -> String {
    let index = zip(a, b).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(a.count, b.count)
    func line(_ records: [JournalRecord]) -> String {
        guard index < records.count else { return "nothing\n" }
        var bytes: [UInt8] = []
        JournalEncoder.encode(records[index], into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
    return "line \(index):\n\(line(a))\(line(b))"
}

/// For a human with a failing seed: `GAUNTLET_DUMP=seed` writes both journals to /tmp.
func dump(_ records: [JournalRecord], _ name: String) {
    var bytes: [UInt8] = []
    for record in records { JournalEncoder.encode(record, into: &bytes) }
    _ = FileManager.default.createFile(atPath: "/tmp/\(name).jsonl", contents: Data(bytes))
}

func brief(_ instance: FaultInstance) -> String {
    "\(instance.id) \(instance.fault) \(instance.targets) \(instance.start) for \(instance.duration ?? -1)"
}

@Suite struct HealingTests {
    /// Whatever was done: once it is over and the fleet had its time, everybody is served again.
    @Test func `after any random plan the fleet comes back`() async throws {
        for seed in 0..<UInt64(count(60, full: 2_000)) {
            var (plan, schedule) = try RandomPlan.make(seed: seed)
            plan.phases.recovery = 240 * s
            // A supervisor that gives up stays down by design; here none does. A fallen certificate stays expired.
            plan.fleet.policies.restart.limit = 1_000_000
            schedule.instances.removeAll { $0.fault == .credential(rotate: false) }
            let run = try await simulate(plan, seed: seed, schedule: schedule)
            let what = schedule.instances.map { "\($0.fault.kind) \($0.targets)" }
            #expect(run.outcome.failedReverts.isEmpty, "seed \(seed)")
            // The last minute of the recovery is spotless.
            let last = run.requests(in: plan.phases.end - 60 * s..<plan.phases.end)
            #expect(last.all > 0 && last.all == last.succeeded, "seed \(seed): \(last) \(what)")
            #expect(
                run.totals.registered == plan.fleet.agents.count,
                "seed \(seed): \(run.totals.registered) registered, \(what)")
        }
    }
}

@Suite struct DeterminismTests {
    @Test func `the same seed gives the same journal twice`() async throws {
        var hashes: Set<UInt64> = []
        for seed in 0..<UInt64(count(20, full: 200)) {
            let (plan, schedule) = try RandomPlan.make(seed: seed)
            let first = try await journalHash(plan, seed: seed, schedule: schedule)
            let second = try await journalHash(plan, seed: seed, schedule: schedule)
            #expect(first == second, "seed \(seed)")
            hashes.insert(first)
        }
        #expect(hashes.count == count(20, full: 200))
    }

    @Test func `another seed is another run`() async throws {
        let plan = try RandomPlan.read(.twoHosts, 0)
        var hashes: Set<UInt64> = []
        for seed in 0..<UInt64(20) { hashes.insert(try await journalHash(plan, seed: seed)) }
        #expect(hashes.count == 20)
    }

    @Test func `a fault that never fires changes nothing but the header and its own skip`() async throws {
        for seed in 0..<UInt64(count(15, full: 200)) {
            let (plan, schedule) = try RandomPlan.make(seed: seed)
            var longer = schedule
            // It waits for one that waits for it to end: neither ever comes.
            let count = schedule.instances.count
            for other in [count + 1, count] {
                longer.instances.append(
                    FaultInstance(
                        id: "never\(other)", faultID: "never\(other)", fault: .kill,
                        targets: .members(plan.fleet.members), start: .afterRevert(other, 0), duration: s))
            }
            let without = try await simulate(plan, seed: seed, schedule: schedule)
            let with = try await simulate(plan, seed: seed, schedule: longer)
            let rest = with.records.filter {
                if case .fault(let event) = $0.event { event.instance < count } else { true }
            }
            #expect(rest == without.records, "seed \(seed)")
            #expect(with.records.count == without.records.count + 2, "seed \(seed)")
            #expect(with.header != without.header)
        }
    }

    @Test func `an isolated agent leaves all others' records as they were`() async throws {
        let alone = try RandomPlan.read(.twoHosts, 0)
        // On a host of its own, linked to nobody: its heartbeats reach no hub, nobody asks it, it asks nobody.
        var crowded = alone
        crowded.fleet.hosts.append(.init(name: "Z", cores: 1, memory: 1 << 30, disk: 1 << 40, diskUsed: .zero))
        let service = Fleet.Service(time: 5 * ms, spread: .exponential, workers: 4, queue: 8, startup: s, memory: 0)
        crowded.fleet.agents.append(
            .init(
                name: "Zoe", host: 2, group: "island", role: "r", port: nil, labels: [], service: service, standby: nil)
        )
        // Hubs merge their registries entry by entry: with a merge that takes no time her entry delays nobody's.
        crowded.fleet.policies.partition.mergeTime = 0
        var quiet = alone
        quiet.fleet.policies.partition.mergeTime = 0
        for seed in 0..<UInt64(count(20, full: 200)) {
            var dice = Dice(seed)
            let agent = Member.agent(Int(dice.below(6)))
            let schedule = Schedule(
                seed: seed,
                instances: [
                    FaultInstance(
                        id: "a", faultID: "a", fault: dice.pick([.kill, .pause]), targets: .members([agent]),
                        start: .at(12 * s + dice.below(s)), duration: 15 * s),
                    FaultInstance(
                        id: "b", faultID: "b", fault: dice.pick([.kill, .pause]), targets: .members([.hub(1)]),
                        start: .at(20 * s + dice.below(s)), duration: 10 * s),
                ], blastRadius: RandomPlan.nobody)
            let before = try await simulate(quiet, seed: seed, schedule: schedule)
            let after = try await simulate(crowded, seed: seed, schedule: schedule)
            let (one, two) = (story(before), story(after))
            if one != two { Issue.record("seed \(seed): \(difference(one, two))") }
            #expect(
                after.records.contains { if case .window(let window) = $0.event { window.group == 3 } else { false } })
        }
    }

    /// Change records and mechanism lines of everybody but Zoe.
    private func story(_ run: Run) -> [JournalRecord] {
        run.records.filter { record in
            switch record.event {
            case .availability(let subject, _): subject != 6
            case .mechanism(let event): event.by != "Zoe" && event.about != "Zoe"
            case .window(let window): window.group >= 0 && window.group != 3
            case .subjectWindow(let subject, _, _, _): subject != 6
            default: false
            }
        }
    }
}
