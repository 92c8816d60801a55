import ChaosCompare
import ChaosPlan
import ChaosRun
import ChaosSim
import Foundation
import Testing

/// The simulated world stands in for the live one: what is put into a fleet must be found again in its journals.
@Suite("Calibration")
struct CalibrationTests {
    private func fleet() throws -> FleetText {
        let file = Plans.scenarios.appendingPathComponent("fleets/two-machine.yaml")
        return try FleetText(String(contentsOf: file, encoding: .utf8), file: "two-machine.yaml")
    }

    private func plan(_ scenario: String, _ fleet: FleetText) -> Plan? {
        guard
            let text = try? String(
                contentsOf: Plans.scenarios.appendingPathComponent("\(scenario).yaml"), encoding: .utf8)
        else { return nil }
        return PlanReader.read(scenario: text, file: "\(scenario).yaml") { path in
            path.contains("fleets/")
                ? fleet.text
                : try? String(contentsOf: Plans.scenarios.appendingPathComponent(path), encoding: .utf8)
        }.plan
    }

    private func measure(_ scenario: String, _ fleet: FleetText, seeds: ClosedRange<UInt64>) async throws
        -> Measurements
    {
        var measured = Measurements()
        let read = self.plan(scenario, fleet)
        let plan = try #require(read)
        for seed in seeds {
            let run = try await SimulatedRun.run(plan, seed: seed, to: .memory)
            try measured.add(JournalReader(bytes: run.bytes))
        }
        return measured
    }

    @Test("service times, start-up times and local delay of a fleet are found again in its journals")
    func foundAgain() async throws {
        let assumed = try fleet()
        let truth = try assumed.replacing([
            "profiles.standard.time": "14ms (measured)", "profiles.media.time": "9ms (measured)",
            "profiles.model.time": "25ms (measured)", "profiles.standard.startup": "2500ms (measured)",
            "local-delay": "200us (measured)",
        ])
        let measured = try await measure("agent-kill-ten-percent", truth, seeds: 1...4)
        let result = try await Calibration.learn(measured, fleet: assumed) { plan("agent-kill-ten-percent", $0) }
        /// How far off a value is, as a share of the truth.
        func error(_ path: String, _ truth: Double) -> Double {
            guard let value = result.fleet.value(at: path), let found = FleetText.duration(value) else {
                return .infinity
            }
            return abs(Double(found) / truth - 1)
        }
        #expect(error("profiles.standard.time", 14e6) < 0.15, "\(result.values)")
        #expect(error("profiles.media.time", 9e6) < 0.2, "\(result.values)")
        #expect(error("profiles.model.time", 25e6) < 0.2, "\(result.values)")
        // Drawn within ±20 %.
        #expect(error("profiles.standard.startup", 2.5e9) < 0.2)
        #expect(error("local-delay", 200e3) < 0.4, "\(result.values)")
        // The file stays a fleet, with its comments, and says where the numbers come from.
        #expect(plan("agent-kill-ten-percent", result.fleet) != nil)
        #expect(result.fleet.value(at: "profiles.standard.time")?.hasSuffix("us (measured)") == true)
        #expect(result.fleet.text.contains("# The fleet Gauntlet was conceived for."))
        #expect(result.naive.value(at: "profiles.standard.spread") == "constant")
        #expect(plan("agent-kill-ten-percent", result.naive) != nil)
        let table = try #require(result.quantiles.first { $0.profile == "standard" })
        #expect(table.latencyNs.count == 20 && table.latencyNs == table.latencyNs.sorted())
        // Nobody delayed a link, and no client asks a store.
        #expect(result.missing.contains { $0.hasPrefix("links.0.delay") })
        #expect(result.missing.contains { $0.hasPrefix("profiles.postgres.time") })
    }

    @Test("what was not seen is said to be missing and left as it was")
    func missing() async throws {
        let assumed = try fleet()
        let result = try await Calibration.learn(Measurements(), fleet: assumed) { plan("control", $0) }
        #expect(result.values.isEmpty)
        #expect(result.fleet.text == assumed.text)
        #expect(result.missing.contains { $0.hasPrefix("local-delay") })
        #expect(result.missing.contains { $0.hasPrefix("policies.heartbeat.jitter") })
    }

    @Test(
        "detection jitter is how late after the timeout killed agents were noticed, and a start-up time from start to serving"
    )
    func detection() async throws {
        let header = JournalHeader(
            version: "0", scenario: "s", seed: 1, planDigest: 0, fleetDigest: 0, world: "live",
            phases: Phases(baseline: 1, faults: 1, recovery: 1), subjects: [], groups: [], hosts: [],
            faults: [.init(id: "die", faultID: "die", kind: "kill", duration: nil)], requestInterval: 1)
        func mechanism(
            _ mechanism: Mechanism, _ role: MechanismEvent.Role, _ about: String, _ to: String, at time: Nanoseconds
        ) -> JournalRecord {
            JournalRecord(
                time: time,
                event: .mechanism(
                    MechanismEvent(mechanism: mechanism, role: role, by: "x", about: about, from: "", to: to)))
        }
        // The fleet's timeout is 1.5 s: eighteen are noticed in time, two 40 ms late; each starts within 2 s.
        var records: [JournalRecord] = []
        for index in 0..<20 {
            let time = Nanoseconds(index) * 10 * .second
            let noticed = time + (index < 18 ? 1200 : 1540) * .millisecond
            records += [
                JournalRecord(
                    time: time,
                    event: .fault(
                        FaultEvent(
                            instance: 0, state: .effective, evidence: "", targets: ["TaskRouter"], subjects: []))),
                mechanism(.agentFailover, .detect, "TaskRouter", "suspect", at: noticed),
                // Somebody else notices later: the first notice counts.
                mechanism(.agentFailover, .detect, "TaskRouter", "suspect", at: noticed + .second),
                mechanism(.restart, .change, "TaskRouter", "starting", at: time + 3 * .second),
                mechanism(.restart, .restore, "TaskRouter", "running", at: time + 5 * .second),
            ]
        }
        var measured = Measurements()
        try measured.add(JournalReader(bytes: Journal(header: header, records: records).bytes))
        #expect(measured.detections.count == 20)
        let result = try await Calibration.learn(measured, fleet: fleet()) { plan("control", $0) }
        #expect(result.fleet.value(at: "policies.heartbeat.jitter") == "40000us (measured)")
        #expect(result.fleet.value(at: "profiles.standard.startup") == "2000000us (measured)")
    }

    @Test("a link's round trip is read from the evidence of a latency fault")
    func links() async throws {
        let header = JournalHeader(
            version: "0", scenario: "s", seed: 1, planDigest: 0, fleetDigest: 0, world: "live",
            phases: Phases(baseline: 1, faults: 1, recovery: 1), subjects: [], groups: [], hosts: [],
            faults: [.init(id: "slow", faultID: "slow", kind: "latency", duration: nil)], requestInterval: 1)
        let records = ["1: median 1.50 ms before, 101.4 ms now, 100 ms commanded", "nothing to see"].map {
            JournalRecord(
                time: 5,
                event: .fault(
                    FaultEvent(instance: 0, state: .effective, evidence: $0, targets: ["MainPC-PC2"], subjects: [])))
        }
        var measured = Measurements()
        try measured.add(JournalReader(bytes: Journal(header: header, records: records).bytes))
        #expect(measured.roundTrips == ["MainPC-PC2": [1_500_000]])
        let result = try await Calibration.learn(measured, fleet: fleet()) { plan("control", $0) }
        #expect(result.fleet.value(at: "links.0.delay") == "750us (measured)")
    }
}
