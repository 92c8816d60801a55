import ChaosCalendar
import ChaosService
import Foundation
import Testing

/// Each with real processes and its own folder.
@Suite(.serialized)
struct ServiceTests {
    private static let eachMinute =
        "runs: [ { id: a, scenario: hub-failover, cron: \"* * * * *\", missed: once, pause: false } ]\n"

    @Test("a calendar's runs are started as processes, and what they say of themselves is read back")
    func runs() async throws {
        let rig = try ServiceRig(Self.eachMinute)
        try await rig.serve { service in
            try await ServiceRig.wait(for: "three runs") {
                await service.status().recent.filter { $0.outcome == "held" }.count >= 3
            }
            let status = await service.status()
            let run = try #require(status.recent.last { $0.outcome == "held" })
            #expect(run.entry == "a" && run.scenario == "hub-failover" && run.score == 98.5)
            #expect(run.directory?.hasPrefix("hub-failover/") == true, "\(run.directory ?? "none")")
            let next = try #require(status.next.first)
            #expect(next.blastRadius == "1 host, 2 agents" && next.due > status.now - 60 && status.paused == nil)
            #expect(status.next.map(\.due) == status.next.map(\.due).sorted())
        }
        let begun = rig.log.filter { $0.hasPrefix("begin") }
        #expect(Set(begun).count == begun.count && begun.count >= 3)
    }

    @Test("a halt interrupts twice, waits until all is healed, and pauses the calendar until it is resumed")
    func halt() async throws {
        let rig = try ServiceRig(
            Self.eachMinute,
            run: """
                trap 'echo interrupt >> log; n=$((n+1))' INT; n=0
                while [ $n -lt 2 ] && [ ! -e quick ]; do sleep 0.02; done
                [ $n -lt 2 ] || { echo healed >> log; exit 130; }
                """)
        try await rig.serve { service in
            try await ServiceRig.wait(for: "a run") { await !service.status().running.isEmpty && !rig.log.isEmpty }
            let result = await service.halt(by: "ada")
            #expect(result.isAccepted && result.message == "hub-failover healed and ended; the calendar is paused")
            #expect(rig.log.filter { $0 == "interrupt" }.count == 2 && rig.log.last == "healed")
            let status = await service.status()
            #expect(status.running.isEmpty && status.paused == "halted by ada")
            #expect(ServiceRig.ran(status).first?.outcome == "interrupted", "\(status.recent)")
            _ = FileManager.default.createFile(atPath: rig.path("quick"), contents: nil)
            #expect(await service.resume(by: "bob").isAccepted)
            #expect(
                await service.resume(by: "bob")
                    == ActionResult(isAccepted: false, message: "the calendar is not paused"))
            try await ServiceRig.wait(for: "a run after") {
                await service.status().recent.contains { $0.outcome == "held" }
            }
        }
    }

    @Test("a service that is ended heals what runs before it returns, and a pause outlives it")
    func gracefulEnd() async throws {
        let rig = try ServiceRig(
            Self.eachMinute,
            run:
                "trap 'echo interrupt >> log; n=$((n+1))' INT; n=0\nwhile [ $n -lt 2 ]; do sleep 0.02; done; echo healed >> log; exit 130"
        )
        try await rig.serve { service in
            try await ServiceRig.wait(for: "a run") { await !service.status().running.isEmpty && !rig.log.isEmpty }
        }
        #expect(rig.log.last == "healed")
        try await rig.serve { service in
            let recent = await service.status()
            #expect(ServiceRig.ran(recent).first?.outcome == "interrupted", "\(recent.recent)")
            _ = await service.halt(by: "ada")
        }
        try await rig.serve { service in #expect(await service.status().paused == "halted by ada") }
        #expect(
            try ServiceRecords.resume(in: rig.path("reports"), by: "bob")
                == "the calendar will be resumed; it was halted by ada")
        try await rig.serve { service in
            try await ServiceRig.wait(for: "the resumption") { await service.status().paused == nil }
        }
    }

    @Test("a run that does not end when it is told to is killed when the time for healing is over, and told of")
    func deafRun() async throws {
        let rig = try ServiceRig(
            Self.eachMinute, run: "trap '' INT; touch begun; while [ ! -e quick ]; do sleep 0.02; done")
        let settings = {
            var settings = rig.settings()
            settings.healing = 1
            return settings
        }()
        // Gone when this returns, and its lock with it.
        func first() async throws -> ServiceEnding {
            let service = try Service(settings)
            let serving = Task { try await service.run() }
            try await ServiceRig.wait(for: "a run") { FileManager.default.fileExists(atPath: rig.path("begun")) }
            let told = ContinuousClock.now
            serving.cancel()
            let ending = try await serving.value
            #expect(ContinuousClock.now - told >= .seconds(1), "it had its time")
            return ending
        }
        let ending = try await first()
        #expect(ending.killed == ["hub-failover"] && ending.notReverted.isEmpty)
        let jobs = try ServiceRecords.jobs(in: rig.path("reports")).filter { $0.started != nil }
        #expect(jobs.map(\.outcome) == ["failed: it was interrupted, did not end in time and was killed"])
        // The next service neither repeats nor loses it, and has the fleet to itself.
        _ = FileManager.default.createFile(atPath: rig.path("quick"), contents: nil)
        try await rig.serve { service in
            try await ServiceRig.wait(for: "another run") {
                await service.status().recent.contains { $0.outcome == "held" }
            }
        }
        let begun = rig.log.filter { $0.hasPrefix("begin") }
        #expect(Set(begun).count == begun.count)
    }

    @Test("a live run is rehearsed first: a broken invariant refuses it, with the command that shows it")
    func rehearsal() async throws {
        let rig = try ServiceRig(
            "runs: [ { id: a, scenario: hub-failover, world: live, cron: \"* * * * *\", missed: once } ]\n",
            run: "[ $world = live ] || [ -e good ] || { broken='\"1 message lost\"'; code=1; verdict=deviated; }")
        try await rig.serve { service in
            try await ServiceRig.wait(for: "a refusal") {
                await service.status().recent.contains { $0.outcome.hasPrefix("refused") }
            }
            let recent = await service.status().recent
            let refused = try #require(recent.first { $0.outcome.hasPrefix("refused") })
            #expect(
                refused.outcome.hasPrefix(
                    "refused: the rehearsal breaks an invariant: 1 message lost; gauntlet replay "))
            #expect(!rig.log.contains { $0.contains("a@") }, "the rehearsal is not the job's run")
            _ = FileManager.default.createFile(atPath: rig.path("good"), contents: nil)
            try await ServiceRig.wait(for: "a live run") {
                await service.status().recent.contains { $0.outcome == "held" }
            }
            #expect(await service.status().paused == nil)
        }
    }

    @Test("a fleet that is not well is left alone")
    func preflight() async throws {
        let rig = try ServiceRig(
            "runs: [ { id: a, scenario: hub-failover, world: live, cron: \"* * * * *\", missed: once, rehearse: false } ]\n"
        )
        _ = FileManager.default.createFile(atPath: rig.path("sick"), contents: nil)
        try await rig.serve { service in
            try await ServiceRig.wait(for: "a refusal") {
                await service.status().recent.contains { $0.outcome.hasPrefix("refused") }
            }
            let recent = await service.status().recent
            #expect(recent.contains { $0.outcome == "refused: the fleet is not well: EdgeHub is waiting" })
            #expect(rig.log.isEmpty)
            try FileManager.default.removeItem(atPath: rig.path("sick"))
            try await ServiceRig.wait(for: "a run") { await service.status().recent.contains { $0.outcome == "held" } }
        }
    }

    @Test("a deviated run pauses the calendar and is told of; its cost is counted against the week's budget")
    func deviated() async throws {
        let rig = try ServiceRig(
            "budgets: [ { fleet: two-machine, world: simulated, share: 10% } ]\nruns: [ { id: a, scenario: x, cron: \"* * * * *\", missed: once } ]\n",
            run: "code=1; verdict=deviated")
        let told = Told()
        var settings = rig.settings()
        settings.tell = { told.add($0) }
        let service = try Service(settings)
        let serving = Task { try await service.run() }
        try await ServiceRig.wait(for: "the pause") { await service.status().paused != nil }
        let status = await service.status()
        #expect(status.paused == "paused after x deviated (a)")
        let budget = try #require(status.budgets.first)
        #expect(budget.spent == 12.5 && abs(budget.allowed - 4656.96) < 0.01 && budget.until == 1_795_392_000)
        serving.cancel()
        _ = try await serving.value
        #expect(told.kinds.filter { $0 != "missed" }.prefix(3) == ["started", "deviated", "paused"])
    }

    @Test("two services do not share one folder of reports, and two of them not one fleet")
    func locks() async throws {
        let rig = try ServiceRig(Self.eachMinute, run: "while [ ! -e quick ]; do sleep 0.02; done")
        let other = try ServiceRig(Self.eachMinute)
        try await rig.serve { service in
            try await ServiceRig.wait(for: "a run") { await !service.status().running.isEmpty }
            let refusal = #expect(throws: ServiceError.self) { try Service(rig.settings()) }
            #expect(refusal?.description.contains("another service is at work") == true)
            var settings = other.settings()
            settings.locks = rig.settings().locks
            let second = try Service(settings)
            let serving = Task { try await second.run() }
            try await ServiceRig.wait(for: "due times that passed") { await second.status().recent.count >= 2 }
            #expect(await second.status().recent.allSatisfy { $0.outcome.hasPrefix("missed") })
            #expect(other.log.isEmpty)
            _ = FileManager.default.createFile(atPath: rig.path("quick"), contents: nil)
            try await ServiceRig.wait(for: "its own run") { !other.log.isEmpty }
            serving.cancel()
            _ = try await serving.value
        }
    }

    @Test("a run by hand begins at once, and one that cannot be says why")
    func byHand() async throws {
        let rig = try ServiceRig("runs: []\n")
        try await rig.serve { service in
            let result = await service.run(RunRequest(scenario: "link-latency", seed: 7), by: "ada")
            #expect(result == ActionResult(isAccepted: true, message: "link-latency begins with seed 7"))
            try await ServiceRig.wait(for: "its end") { await service.status().recent.first?.outcome == "held" }
            #expect(await service.status().recent.first?.entry == "by hand")
            #expect(await !service.run(RunRequest(scenario: "--help"), by: "ada").isAccepted)
            #expect(await !service.run(RunRequest(scenario: "x", world: "moon"), by: "ada").isAccepted)
        }
    }

    @Test("a calendar with problems is refused with all of them")
    func problems() throws {
        let rig = try ServiceRig(
            "runs: [ { id: a, scenario: x, cron: \"61 * * * *\" }, { id: b, scenaro: y, cron: \"@daily\" } ]\n")
        let error = #expect(throws: ServiceError.self) { try Service(rig.settings()) }
        let lines = error?.description.split(separator: "\n") ?? []
        #expect(lines.count == 3 && lines.contains { $0.contains("61 is no minute") }, "\(lines)")
    }
}

private final class Told: @unchecked Sendable {
    private let lock = NSLock()
    private var notices: [ServiceNotice] = []

    func add(_ notice: ServiceNotice) { lock.withLock { notices.append(notice) } }
    var kinds: [String] { lock.withLock { notices.map(\.kind) } }
}
