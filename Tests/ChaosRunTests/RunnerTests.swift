import ChaosPlan
import ChaosRun
import Synchronization
import Testing

/// A world of one kind: it writes down what it is asked, and fails where it is told to.
private final class FakeWorld: World {
    var log: [String] = []
    var inForce: Set<Int> = []
    var failingInjections: Set<Int> = []
    var failingReverts: Set<Int> = []
    var withoutEffect: Set<Int> = []
    var breaksDownAt: Nanoseconds = .max
    /// Instance that ends by itself, and when.
    var ends: (instance: Int, time: Nanoseconds)?
    /// Every half second each subject sends a request; it fails while this says so.
    var isDown: (Int, Nanoseconds) -> Bool = { _, _ in false }
    private var now: Nanoseconds = 0
    private var observer: Observer!
    private var subjects = 0

    let capabilities = Set(FaultKind.allCases)

    func start(plan: Plan, schedule: Schedule, observer: Observer) {
        self.observer = observer
        subjects = plan.fleet.agents.count
        log.append("start")
    }

    func advance(to instant: Nanoseconds) throws(WorldError) -> WorldSignal {
        while now < instant {
            let next = min(instant, now + s / 2 - now % (s / 2))
            if next >= breaksDownAt { throw WorldError(code: .fleetFailed, message: "the fleet is gone") }
            now = next
            if let end = ends, now >= end.time {
                ends = nil
                return .ended(instance: end.instance, now: now)
            }
            guard now % (s / 2) == 0 else { continue }
            for subject in 0..<subjects {
                observer.completed(subject: subject, intended: now, end: now, succeeded: !isDown(subject, now))
            }
        }
        return .reached
    }

    func inject(_ instance: Int) throws(WorldError) -> Injection {
        if failingInjections.contains(instance) {
            throw WorldError(code: .injectionFailed, message: "no such process")
        }
        inForce.insert(instance)
        log.append("inject \(instance)")
        return Injection(
            fault: ActiveFault(instance: instance),
            evidence: FaultEvidence(
                text: "seen", targets: ["a0"], subjects: [0], effective: !withoutEffect.contains(instance)))
    }

    func revert(_ fault: consuming ActiveFault) throws(WorldError) -> Reversal {
        let instance = fault.relinquish()
        log.append("revert \(instance)")
        if failingReverts.contains(instance) { throw WorldError(code: .revertFailed, message: "it resists") }
        inForce.remove(instance)
        return "gone"
    }

    func finish() { log.append("finish") }
}

private let phases = Phases(baseline: 10 * s, faults: 20 * s, recovery: 10 * s)

@Suite struct RunnerTests {
    private func run(
        _ world: FakeWorld, _ instances: [FaultInstance], abortWhen: [AbortRule] = [],
        interrupts: Runner.InterruptCount = { 0 }
    ) async throws(WorldError) -> (Runner.Outcome, Lines) {
        let lines = Lines()
        return (try await run(world, instances, lines, abortWhen: abortWhen, interrupts: interrupts), lines)
    }

    private func run(
        _ world: FakeWorld, _ instances: [FaultInstance], _ lines: Lines, abortWhen: [AbortRule] = [],
        interrupts: Runner.InterruptCount = { 0 }
    ) async throws(WorldError) -> Runner.Outcome {
        let plan = plan(phases: phases, abortWhen: abortWhen)
        let schedule = schedule(instances)
        let header = JournalHeader(plan: plan, schedule: schedule, world: "fake")
        let observer = Observer(header: header, plan: plan, sink: lines)
        return try await Runner(plan: plan, schedule: schedule).run(
            in: world, observer: observer, interrupts: interrupts)
    }

    private let two = [instance("a", .at(12 * s), for: 10 * s), instance("b", .at(15 * s), for: 3 * s)]

    @Test func `a fault is commanded, effective, reverted and clean, in this order`() async throws {
        let world = FakeWorld()
        let (outcome, lines) = try await run(world, two)
        #expect(outcome == Runner.Outcome(ending: .completed, failedInjections: [], failedReverts: []))
        #expect(
            lines.faults == [
                "commanded 0 at 12", "effective 0 at 12", "commanded 1 at 15", "effective 1 at 15",
                "reverted 1 at 18", "clean 1 at 18", "reverted 0 at 22", "clean 0 at 22",
            ])
        #expect(world.log == ["start", "inject 0", "inject 1", "revert 1", "revert 0", "finish"])
        #expect(lines.records.last == JournalRecord(time: 40 * s, event: .end))
    }

    @Test func `a failed injection is reported and the run goes on`() async throws {
        let world = FakeWorld()
        world.failingInjections = [0]
        let (outcome, lines) = try await run(world, two)
        #expect(outcome.failedInjections == ["a: no such process"])
        #expect(outcome.ending == .completed)
        #expect(
            lines.faults == [
                "commanded 0 at 12", "failed 0 at 12", "commanded 1 at 15", "effective 1 at 15", "reverted 1 at 18",
                "clean 1 at 18",
            ])
    }

    @Test func `a fault that changed nothing is taken back at once and has not landed`() async throws {
        let world = FakeWorld()
        world.withoutEffect = [1]
        let (outcome, lines) = try await run(world, two)
        #expect(outcome.failedInjections.isEmpty)
        #expect(world.inForce.isEmpty)
        #expect(lines.faults.contains("failed 1 at 15"))
        #expect(!lines.faults.contains("effective 1 at 15"))
    }

    @Test func `a failed revert is reported as the gravest thing`() async throws {
        let world = FakeWorld()
        world.failingReverts = [1]
        let (outcome, lines) = try await run(world, two)
        #expect(outcome.failedReverts == ["b: it resists"])
        #expect(lines.faults.contains("failed 1 at 18"))
        #expect(!lines.faults.contains("reverted 1 at 18"))
        #expect(world.log.last == "finish")
    }

    @Test func `a fault without effect that cannot be taken back counts as a failed revert`() async throws {
        let world = FakeWorld()
        world.withoutEffect = [1]
        world.failingReverts = [1]
        let (outcome, _) = try await run(world, two)
        #expect(outcome.failedReverts == ["b: it resists"])
    }

    @Test(arguments: 0..<40)
    func `a world that breaks down half-way has every fault reverted`(second: Int) async {
        let world = FakeWorld()
        world.breaksDownAt = Int64(second) * s + 1
        world.failingReverts = second == 17 ? [1] : []
        let lines = Lines()
        let expected =
            second == 17
            ? WorldError(code: .revertFailed, message: "the fleet is gone; not reverted: b: it resists")
            : WorldError(code: .fleetFailed, message: "the fleet is gone")
        await #expect(throws: expected) {
            _ = try await run(world, two, lines)
        }
        #expect(world.inForce == world.failingReverts)
        #expect(lines.faults.contains { $0.hasPrefix("failed 1") } == (second == 17))
    }

    @Test func `a fault that ends by itself is reverted at the instant it says`() async throws {
        let world = FakeWorld()
        world.ends = (0, 19 * s + s / 2)
        let (_, lines) = try await run(world, [instance("rollout", .at(12 * s), for: nil)])
        #expect(lines.faults == ["commanded 0 at 12", "effective 0 at 12", "reverted 0 at 19", "clean 0 at 19"])
        #expect(lines.records.contains { $0.time == 19 * s + s / 2 })
    }

    @Test func `an abort rule heals, and the recovery is measured`() async throws {
        let world = FakeWorld()
        world.isDown = { _, now in now > 12 * s && now <= 20 * s }
        let rule = AbortRule(metric: .availability, over: 4 * s, below: Share(partsPerMillion: 500_000))
        let (outcome, lines) = try await run(world, two, abortWhen: [rule])
        // Down from 12.5 s: more than half of the last four seconds is down first at the check of 15 s (2.5 s of 4).
        #expect(outcome.ending == .aborted("availability over 4 s below 50 %"))
        let abort = lines.records.first { if case .abort = $0.event { true } else { false } }
        #expect(abort?.time == 15 * s)
        #expect(world.inForce.isEmpty)
        #expect(
            lines.faults == [
                "commanded 0 at 12", "effective 0 at 12", "reverted 0 at 15", "clean 0 at 15", "skipped 1 at 15",
            ])
        #expect(lines.records.last?.time == 25 * s)
    }

    @Test func `an abort rule looks back into the baseline no further than its window`() async throws {
        let world = FakeWorld()
        world.isDown = { subject, now in subject == 0 && now >= 10 * s }
        let rule = AbortRule(metric: .successRatio, over: 3 * s, below: Share(partsPerMillion: 700_000))
        let (_, lines) = try await run(world, [], abortWhen: [rule])
        // Half fails from 10 s on. At 11 s: 3 of 12 in (8, 11]; at 12 s: 5 of 12, below 70 %.
        let abort = lines.records.first { if case .abort = $0.event { true } else { false } }
        #expect(abort?.time == 12 * s)
    }

    @Test func `an interrupt heals and measures, a second one ends at once`() async throws {
        let seen = Mutex(0)
        let world = FakeWorld()
        let rule = AbortRule(metric: .availability, over: s, below: Share(partsPerMillion: 1))
        let (outcome, lines) = try await run(world, two, abortWhen: [rule]) {
            // Asked once a second: once at 14 s.
            seen.withLock {
                $0 += 1
                return $0 >= 14 ? 1 : 0
            }
        }
        #expect(outcome.ending == .interrupted)
        #expect(world.inForce.isEmpty)
        #expect(lines.records.last?.time == 24 * s)

        let twice = Mutex(0)
        let again = FakeWorld()
        let (ending, end) = try await run(again, two, abortWhen: [rule]) {
            twice.withLock {
                $0 += 1
                return $0 >= 14 ? 2 : 0
            }
        }
        #expect(ending.ending == .interrupted)
        #expect(again.inForce.isEmpty)
        #expect(end.records.last?.time == 14 * s)
    }

    @Test func `a second interrupt that comes later still ends the run at once`() async throws {
        let asked = Mutex(0)
        let world = FakeWorld()
        // Long faults before and after, so that there are instants to ask at while it heals.
        world.ends = (2, 18 * s)
        let all = two + [instance("rollout", .at(12 * s), for: nil)]
        let rule = AbortRule(metric: .availability, over: s, below: Share(partsPerMillion: 1))
        let (outcome, lines) = try await run(world, all, abortWhen: [rule]) {
            asked.withLock {
                $0 += 1
                return $0 >= 15 ? 2 : $0 >= 14 ? 1 : 0
            }
        }
        #expect(outcome.ending == .interrupted)
        #expect(world.inForce.isEmpty)
        #expect((lines.records.last?.time ?? 0) < 24 * s, "the second interrupt was not heard")
    }
}

@Suite struct ActiveFaultTests {
    @Test func `a fault in force that is dropped without a revert traps`() async {
        await #expect(processExitsWith: .failure) {
            let fault = ActiveFault(instance: 3)
            _ = fault.instance
        }
    }

    @Test func `a fault that is reverted does not`() async {
        await #expect(processExitsWith: .success) {
            #expect(ActiveFault(instance: 3).relinquish() == 3)
        }
    }
}
