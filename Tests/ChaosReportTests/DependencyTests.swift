import ChaosPlan
import ChaosReport
import ChaosScore
import Foundation
import ReportSamples
import Testing

@Suite struct DependencyTests {
    /// a needs b, b needs c, d can do without c; e asks nobody. One host, one group.
    private func page(hurt: [Int], targets: [String], targeted: [Int] = []) -> String {
        let names = ["a", "b", "c", "d", "e"]
        let header = JournalHeader(
            version: "0", scenario: "s", seed: 1, planDigest: 0, fleetDigest: 0, world: "simulated",
            phases: Phases(baseline: 0, faults: .minute, recovery: 0),
            subjects: names.map { JournalHeader.Subject(name: $0, group: 0, host: 0) }, groups: ["g"], hosts: ["h"],
            faults: [JournalHeader.FaultEntry(id: "f", faultID: "f", kind: "kill", duration: .second)],
            requestInterval: .second)
        var model = TimelineModel(header: header)
        model.consume(
            JournalRecord(
                time: .second,
                event: .fault(
                    FaultEvent(instance: 0, state: .effective, evidence: "", targets: targets, subjects: targeted))))
        let fault = FaultTimes(
            id: "f", faultID: "f", kind: "kill", targets: targets, commanded: 0, effective: .second, firstImpact: nil,
            detected: nil, failedOver: nil, reverted: nil, restored: nil, drained: nil, lostAgentSeconds: 1,
            hurtTargets: hurt.filter(targeted.contains), hurtOthers: hurt.filter { !targeted.contains($0) },
            landed: true)
        let graph = Dependencies(
            nodes: names.map { Dependencies.Node(name: $0, kind: .agent, host: "h", group: $0) }
                + [Dependencies.Node(name: "store", kind: .store, host: "h")],
            calls: [(0, 1, false), (1, 2, false), (3, 2, true), (2, 5, false)].map {
                Dependencies.Call(caller: $0.0, callee: $0.1, hasFallback: $0.2)
            })
        return HTMLReport.render(
            scorecard: Sample.scorecard(header, verdict: .held, score: 100, objectives: [], faults: [fault]),
            timeline: model.finish(), header: header, plan: PlanSummary(summary: "", dependencies: graph), replay: "r")
    }

    /// The class of an agent's mark.
    private func mark(_ name: String, in page: String) -> String? {
        page.firstMatch(of: try! Regex("class=\"cell ([a-z])\"[^>]*><title>\(name)</title>"))
            .flatMap { $0.output[1].substring.map(String.init) }
    }

    @Test(
        "Who was hurt without being targeted is told from who was targeted, and why from whether it was to be expected")
    func marks() {
        let page = page(hurt: [0, 2, 3], targets: ["c"], targeted: [2])
        #expect(mark("a", in: page) == "h")
        #expect(mark("b", in: page) == "e")
        #expect(mark("c", in: page) == "t")
        #expect(mark("d", in: page) == "x")
        #expect(mark("e", in: page) == "u")
        #expect(
            page.contains(
                "f was aimed at c. 2 chains were hurt without being targeted, 1 of them though they have a fallback for what was down. 1 that needs it stayed up."
            ))
        #expect(WellFormed.problem(in: page) == nil)
    }

    @Test("A store that is hit marks itself, and its callers up to the first fallback")
    func stores() {
        let page = page(hurt: [], targets: ["store"])
        #expect(mark("store", in: page) == "t")
        #expect(["a", "b", "c"].allSatisfy { mark($0, in: page) == "e" })
        #expect(mark("d", in: page) == "u")
        #expect(page.contains("Nobody else was hurt. 3 that need it stayed up."))
    }

    @Test("Harm is drawn along the calls that carry it")
    func hotCalls() {
        let page = page(hurt: [1], targets: ["c"], targeted: [2])
        #expect(page.contains("class=\"call hot\""))
        #expect(!self.page(hurt: [], targets: ["c"], targeted: [2]).contains("class=\"call hot\""))
    }

    @Test("The graph of a circle of calls is drawn too")
    func circles() {
        let graph = Dependencies(
            nodes: (0..<3).map { Dependencies.Node(name: "n\($0)", kind: .agent, host: "h", group: "g\($0)") },
            calls: (0..<3).map { Dependencies.Call(caller: $0, callee: ($0 + 1) % 3, hasFallback: false) })
        let header = JournalHeader(
            version: "0", scenario: "s", seed: 1, planDigest: 0, fleetDigest: 0, world: "simulated",
            phases: Phases(baseline: 0, faults: .minute, recovery: 0),
            subjects: graph.nodes.map { JournalHeader.Subject(name: $0.name, group: 0, host: 0) }, groups: ["g"],
            hosts: ["h"], faults: [], requestInterval: .second)
        var model = TimelineModel(header: header)
        let page = HTMLReport.render(
            scorecard: Sample.scorecard(header, verdict: .held, score: 100, objectives: []), timeline: model.finish(),
            header: header, plan: PlanSummary(summary: "", dependencies: graph), replay: "")
        #expect(page.components(separatedBy: "class=\"call\"").count == 4)
        #expect(WellFormed.problem(in: page) == nil)
    }

    @Test("77 agents stand in their groups, with no more boxes than groups, hubs, brokers and stores")
    func aFleetStaysReadable() {
        let page = Sample.hubFailover.page
        // Six groups, one of them on both hosts at most, two hubs, two brokers, two stores.
        #expect(page.components(separatedBy: "class=\"box\"").count - 1 == 12)
        #expect(page.contains("40 chains were hurt without being targeted; each needs what was down."))
        #expect(page.contains("all 40 of PC2 → EdgeHub; cannot do without"))
    }
}
