import ChaosCompare
import ChaosPlan
import Testing

/// What candidates are made of, without a run.
@Suite struct AdvicePartsTests {
    private func plan() throws -> Plan { try #require(Plans.named("pc2-down")) }

    private func read(_ text: String, check: ([String]) -> [String] = { _ in [] }) throws -> CandidateList.Outcome {
        CandidateList.read(text, file: "changes.txt", plan: try plan(), check: check)
    }

    @Test("a candidate is a line: comments are skipped, brackets hold together, several values are one change")
    func candidates() throws {
        let outcome = try read(
            """
            # quicker
            fleet.broker.election-min=1s fleet.broker.election-max=2s   # both

            fleet.policies.disabled=[breaker, retry]
            """)
        guard case .changes(let changes) = outcome else { Issue.record("\(outcome)"); return }
        #expect(
            changes.map(\.overrides) == [
                ["fleet.broker.election-min=1s", "fleet.broker.election-max=2s"],
                ["fleet.policies.disabled=[breaker, retry]"],
            ])
        #expect(changes[0].words == "broker election-min 4 s → 1 s, election-max 9 s → 2 s")
        #expect(changes[0].factor == 4.5)
    }

    @Test("everything wrong with a file of candidates is said at once, each with its line")
    func problems() throws {
        let outcome = try read(
            "nonsense\nobjectives.availability.min=1%\nfleet.broker.heartbeat=2s\n",
            check: { $0 == ["fleet.broker.heartbeat=2s"] ? ["too slow"] : [] })
        guard case .problems(let problems) = outcome else { Issue.record("\(outcome)"); return }
        #expect(
            problems == [
                "changes.txt:1: `nonsense` is not path=value",
                "changes.txt:2: `objectives.availability.min` is not of the fleet; write a path below `fleet.` or `workload.`",
                "changes.txt:3: too slow",
            ])
        guard case .problems(let none) = try read("# nothing\n") else { Issue.record("a file of nothing"); return }
        #expect(none.count == 1 && none[0].contains("no candidate"))
    }

    @Test("a change reads as people say it")
    func words() {
        func words(_ path: String, _ from: String, _ to: String) -> String {
            PolicyChange(
                lever: "", nature: .setting, settings: [.init(path: path, from: from, to: to)], factor: 2
            ).words
        }
        #expect(
            words("fleet.policies.call-classes.model.timeout", "30s", "22500ms") == "model-call timeout 30 s → 22.5 s")
        #expect(words("fleet.policies.buffer.bytes", "8MiB", "800KiB") == "buffer bytes 8 MiB → 800 KiB")
        #expect(words("fleet.policies.retry.budget", "10%", "2.5%") == "retry budget 10 % → 2.5 %")
        #expect(words("fleet.policies.logs.check", "5min", "90s") == "logs check 5 min → 90 s")
        #expect(words("fleet.agents.vision.standby", "none", "NLUAgent") == "agents vision standby none → NLUAgent")
    }

    @Test(
        "a fleet that no machine could be built from is refused when it is read",
        arguments: [
            ("logs.warn=90%", "logs.act"), ("logs.warn=2%", "logs.warn"), ("buffer.messages=0", "buffer.messages"),
            ("logs.kept=5000", "logs.kept"), ("discovery.local-ttl=0s", "discovery.local-ttl"),
        ])
    func impossible(_ set: String, _ named: String) {
        let reading = Plans.with(faults: " []", set: ["fleet.policies.\(set)"])
        #expect(reading.plan == nil)
        #expect(reading.problems.contains { $0.message.contains("policies.\(named)") }, "\(reading.problems)")
    }
}
