import ChaosFleet
import ChaosHold
import ChaosPlan
import ChaosScore
import Foundation
import Testing

@Suite(.serialized, .enabled(if: LiveRig.missing == nil, LiveRig.reason), .timeLimit(.minutes(10)))
struct LiveRunTests {
    /// The objectives of a scorecard: id and judgement.
    private func objectives(_ output: String) throws -> [(id: String, judgement: String)] {
        struct Printed: Decodable {
            struct Card: Decodable {
                struct Objective: Decodable {
                    var id: String
                    var judgement: String
                }
                var objectives: [Objective]
                var coverage: Double
                var world: String?
            }
            var scorecard: Card
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let printed = try decoder.decode(Printed.self, from: Data(output.utf8))
        return printed.scorecard.objectives.map { ($0.id, $0.judgement) }
    }

    private func journal(in directory: String) throws -> [JournalRecord] {
        let runs = try FileManager.default.subpathsOfDirectory(atPath: directory)
        let path = try #require(runs.first { $0.hasSuffix("journal.jsonl") })
        var reader = try JournalReader(path: "\(directory)/\(path)")
        var records: [JournalRecord] = []
        while let record = try reader.next() { records.append(record) }
        return records
    }

    @Test("one scenario file gives a simulated and a live scorecard with the same objectives, and the live one is real")
    func sameScenarioInBothWorlds() throws {
        let scratch = try Scratch()
        let fleet = try LiveRig.fleetFile(named: "t-both", in: scratch.url)
        let words = ["run", "\(Fixture.root)/scenarios/first-steps.yaml", "--fleet", fleet, "--json", "--exit-zero"]
        let simulated = try LiveRig.run(
            LiveRig.gauntlet(words + LiveRig.short + ["--out", scratch.path("sim")]))
        let live = try LiveRig.run(
            LiveRig.gauntlet(words + LiveRig.short + ["--world", "live", "--out", scratch.path("live")]))
        #expect(live.code == 0, "\(live.errors)")
        let (a, b) = (try objectives(simulated.output), try objectives(live.output))
        #expect(a.map(\.id) == b.map(\.id))
        // What does not depend on how busy this machine is.
        for id in ["acknowledged-loss", "unexpected", "out-of-order", "duplicated", "ownership-conflicts"] {
            #expect(b.first { $0.id == id }?.judgement == "held", "\(id)")
        }
        let records = try journal(in: scratch.path("live"))
        // A window's line has the time of its begin and is written when it ends.
        let events = records.filter {
            switch $0.event {
            case .window, .subjectWindow: false
            default: true
            }
        }
        #expect(events.map(\.time) == events.map(\.time).sorted())
        let states = records.compactMap { record -> FaultEvent.State? in
            if case .fault(let event) = record.event { event.state } else { nil }
        }
        #expect(states == [.commanded, .effective, .reverted, .clean])
        #expect(
            records.contains {
                if case .mechanism(let event) = $0.event {
                    event.mechanism == .agentFailover && event.role == .takeover
                } else {
                    false
                }
            })
        // Each host and the machine are watched: what they work, hold and have on disk.
        let loads = records.compactMap { record -> HostLoad? in
            if case .load(let load) = record.event { load } else { nil }
        }
        #expect(
            loads.contains { $0.host == 0 && $0.memory > 0 && $0.disk != nil && $0.cpu > .zero }, "\(loads.prefix(4))")
        #expect(loads.contains { $0.host == nil && $0.cpu > .zero && $0.memory < $0.memoryTotal })
        // Hearing of a run silences nobody: one agent may be late on a busy machine, a fleet that moves as one has not been heard.
        let movers = records.prefix { if case .fault = $0.event { false } else { true } }.filter {
            if case .mechanism(let event) = $0.event {
                event.mechanism == .hubFailover && event.role == .detect
            } else {
                false
            }
        }
        #expect(movers.count <= 1)
        let totals = records.compactMap { if case .totals(let totals) = $0.event { totals } else { nil } }
        #expect(totals.first.map { $0.published > 0 && $0.acknowledged > 0 && $0.requests > 100 } == true)
        #expect(FleetControl.running().contains("t-both") == false)
        #expect(LiveRig.processes(of: "t-both") == [])
    }

    @Test(
        "whichever of runner and holder is killed in the middle of a run, nothing of the fleet is left",
        arguments: ["runner", "holder"])
    func killed(victim: String) throws {
        let scratch = try Scratch()
        let name = "t-\(victim)"
        let fleet = try LiveRig.fleetFile(named: name, in: scratch.url)
        let run = try LiveRig.Running(
            LiveRig.gauntlet(
                ["run", "\(Fixture.root)/scenarios/first-steps.yaml", "--fleet", fleet, "--world", "live"]
                    + LiveRig.short + ["--out", scratch.path("live")]))
        let runs = scratch.path("live")
        // In force: the fault's record shows it.
        let isInForce = LiveRig.eventually(within: 180) {
            FleetControl.running().contains(name)
                && (try? FleetControl(fleet: name).status().processes.contains { $0.state == "held" }) == true
        }
        #expect(isInForce, "\(run.errors)")
        let status = try FleetControl(fleet: name).status()
        kill(victim == "runner" ? run.process.processIdentifier : status.holder, SIGKILL)
        let killed = Date()
        let isGone = LiveRig.eventually(within: 20) {
            LiveRig.processes(of: name).isEmpty && !FleetControl.running().contains(name)
        }
        print("after SIGKILL of the \(victim): nothing left after \(Int(Date().timeIntervalSince(killed) * 1000)) ms")
        #expect(isGone, "left: \(LiveRig.processes(of: name))")
        let ended = run.wait()
        if victim == "holder" {
            #expect(ended.code != 0)
            // Whoever of those it held is missed first.
            #expect(
                ["holder", "prober", "executor"].contains { ended.errors.contains($0) }, "\(ended.errors)")
        }
        #expect(FileManager.default.fileExists(atPath: runs))
    }

    @Test(
        "an ordinary user runs it as well",
        .enabled(if: geteuid() == 0 && LiveRig.find("setpriv") != nil, "needs root to become an ordinary user"))
    func ordinaryUser() throws {
        let scratch = try Scratch()
        let fleet = try LiveRig.fleetFile(named: "t-ordinary", in: scratch.url)
        let live = try LiveRig.run(
            [LiveRig.find("setpriv")!, "--reuid=65534", "--regid=65534", "--clear-groups"]
                + LiveRig.gauntlet(
                    [
                        "run", "\(Fixture.root)/scenarios/first-steps.yaml", "--fleet", fleet, "--world", "live",
                        "--json",
                        "--exit-zero",
                    ] + LiveRig.short + ["--out", scratch.path("live")]), in: scratch.url)
        #expect(live.code == 0, "\(live.errors)")
        #expect(try objectives(live.output).first { $0.id == "acknowledged-loss" }?.judgement == "held")
        #expect(LiveRig.processes(of: "t-ordinary") == [])
    }

    @Test("a fleet that is brought up stays, serves a run, and leaves nothing when it is ended")
    func fleetUpAndDown() throws {
        let scratch = try Scratch()
        let fleet = try LiveRig.fleetFile(named: "t-up", in: scratch.url)
        let up = try LiveRig.run(LiveRig.gauntlet(["fleet", "up", fleet]))
        defer { try? FleetControl(fleet: "t-up").down() }
        #expect(up.code == 0, "\(up.errors)")
        #expect(up.output.contains("10 of 10 processes ready"))
        #expect(try LiveRig.run(LiveRig.gauntlet(["fleet", "status"])).output.contains("t-up"))
        let live = try LiveRig.run(
            LiveRig.gauntlet(
                [
                    "run", "\(Fixture.root)/scenarios/first-steps.yaml", "--fleet", fleet, "--world", "live",
                    "--exit-zero",
                ]
                    + LiveRig.short + ["--out", scratch.path("live"), "--quiet"]))
        #expect(live.code == 0, "\(live.errors)")
        #expect(FleetControl.running().contains("t-up"))
        let down = try LiveRig.run(LiveRig.gauntlet(["fleet", "down", "t-up"]))
        #expect(down.code == 0 && down.output.contains("t-up is down"))
        #expect(LiveRig.processes(of: "t-up") == [] && !FleetControl.running().contains("t-up"))
        #expect(try LiveRig.run(LiveRig.gauntlet(["fleet", "down", "t-up"])).code != 0)
    }
}
