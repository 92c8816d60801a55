import ChaosLinux
import ChaosPlan
import ChaosRun
import ChaosScore
import Foundation
import Testing

/// A run whose fault is a real one on a real (test) host: what its proof says decides what the run is worth.
@Suite(.enabled(if: Privilege.isThere, Privilege.reason), .serialized)
struct ProvenRunTests {
    @Test func aPartitionThatTheProbesSeeMakesTheRunDeviate() async throws {
        let fabric = try TestFabric()
        let card = try await score(cutting: fabric.hosts[1].address, in: fabric)
        #expect(card.verdict == .deviated)
        #expect(try fabric.hosts[0].reaches(fabric.hosts[1]))
    }

    @Test func aRuleThatMatchesNothingMakesTheRunInconclusive() async throws {
        let fabric = try TestFabric()
        // The kernel holds just what was asked for; but nobody lives there, so nothing is cut.
        let card = try await score(cutting: "10.77.0.99", in: fabric)
        #expect(card.verdict == .inconclusive)
    }

    private static let scenario = """
        gauntlet: 1
        name: cut
        summary: A link is cut for real.
        fleet: two-machine.yaml
        phases: { baseline: 5s, faults: 15s, recovery: 10s }
        workload:
          requests: { rate: 1/s, per: agent, timeout: 500ms }
        faults:
          - { id: cut, kind: partition, between: [ MainPC, PC2 ], at: 2s, for: 10s }
        exercises: { nothing: "the fleet of this test has no mechanisms" }
        objectives:
          - { metric: availability, over: run, min: 99% }
        """

    private func score(cutting address: String, in fabric: TestFabric) async throws -> Scorecard {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let fleet = root.appendingPathComponent("scenarios/fleets/two-machine.yaml")
        let reading = PlanReader.read(scenario: Self.scenario, file: "cut.yaml") { _ in
            try? String(contentsOf: fleet, encoding: .utf8)
        }
        let plan = try #require(reading.plan, "\(reading.problems)")
        let schedule = Schedule.draw(plan, seed: 1)
        let header = JournalHeader(plan: plan, schedule: schedule, world: "test")
        let recorder = JournalRecorder(header: header, to: .memory)
        let observer = Observer(header: header, plan: plan, sink: recorder)
        let world = try OneLinkWorld(fabric: fabric, cutting: address, subjects: header.subjects.count)
        _ = try await Runner(plan: plan, schedule: schedule).run(in: world, observer: observer)
        recorder.flush()
        return try Scorer.score(journal: recorder.bytes, plan: plan)
    }
}

/// Two hosts and one link: a request succeeds if, when its second comes, the far host answers a ping. Time is counted, not
/// waited for; faults go through a real executor and count as effective only if its probes prove them.
private final class OneLinkWorld: World {
    let capabilities: Set<FaultKind> = [.partition]
    private let fabric: TestFabric
    private let address: String
    private let subjects: Int
    private let executor: HostProcess
    private var observer: Observer?
    private var now: Nanoseconds = 0

    init(fabric: TestFabric, cutting address: String, subjects: Int) throws {
        self.fabric = fabric
        self.address = address
        self.subjects = subjects
        executor = try HostProcess(in: fabric.hosts[0], lease: "60s")
    }

    func start(plan: Plan, schedule: Schedule, observer: Observer) async throws(WorldError) { self.observer = observer }

    func advance(to instant: Nanoseconds) async throws(WorldError) -> WorldSignal {
        let succeeded = (try? fabric.hosts[0].reaches(fabric.hosts[1])) ?? false
        while now + .second <= instant {
            for subject in 0..<subjects {
                observer?.completed(subject: subject, intended: now, end: now + .millisecond, succeeded: succeeded)
            }
            now += .second
        }
        return .reached
    }

    func inject(_ instance: Int) async throws(WorldError) -> Injection {
        do {
            let reply = try executor.inject(
                #""id":"cut","kind":"partition","peers":["\#(address)"]"#,
                probes: #"{"address":"\#(fabric.hosts[1].address)"}"#)
            guard reply.ok == true else { throw failure(reply.error?.message ?? "no answer", .injectionFailed) }
            let proof = try executor.event("proof")
            return Injection(
                fault: ActiveFault(instance: instance),
                evidence: FaultEvidence(
                    text: "\(reply.evidence ?? ""); \(proof.evidence ?? "")", targets: [], subjects: [],
                    effective: reply.effective == true && proof.proven == true))
        } catch {
            throw failure("\(error)", .injectionFailed)
        }
    }

    func revert(_ fault: consuming ActiveFault) async throws(WorldError) -> Reversal {
        _ = fault.relinquish()
        do {
            guard try executor.revert("cut").clean == true else { throw failure("not clean", .revertFailed) }
        } catch {
            throw failure("\(error)", .revertFailed)
        }
        return "clean"
    }

    func finish() async throws(WorldError) {}

    private func failure(_ message: String, _ code: WorldError.Code) -> WorldError {
        WorldError(code: code, message: message)
    }
}
