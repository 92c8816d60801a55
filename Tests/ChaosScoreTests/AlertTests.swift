import ChaosPlan
import ChaosScore
import Testing

@Suite("Alert truth")
struct AlertTests {
    /// Fault `f` hits a1 from 40 s to 85 s.
    static func run(targets: [String] = ["a1"], faults: [JournalHeader.FaultEntry]? = nil) -> RunBuilder {
        var run = RunBuilder()
        if let faults { run.faults = faults }
        run.inject(at: 40 * .second, targets: targets, subjects: [])
        run.revert(at: 85 * .second)
        return run
    }

    static func alert(
        _ run: inout RunBuilder, _ name: String = "InstanceDown", _ labels: [String] = ["agent=a1", "host=Main"],
        from: Nanoseconds, to: Nanoseconds? = nil
    ) {
        let identity = AlertEvent.Identity(name: name, labels: labels)
        run.add(from, .alert(AlertEvent(identity, isFiring: true)))
        if let to { run.add(to, .alert(AlertEvent(identity, isFiring: false))) }
    }

    static func result(_ metric: Metric, _ run: RunBuilder) -> ObjectiveResult {
        var run = run
        switch metric {
        case .timeToAlert: run.want(metric, .max(Double(10 * Nanoseconds.second)), of: "f")
        default: run.want(metric, .min(0.95))
        }
        return run.card.objectives.last!
    }

    static func precision(_ run: RunBuilder) -> Double? { result(.alertPrecision, run).value }
    static func recall(_ run: RunBuilder) -> Double? { result(.alertRecall, run).value }

    @Test func `unwatched, there is no evidence; watched, silence is none of precision and all of recall`() {
        var run = Self.run()
        for metric in [Metric.alertPrecision, .alertRecall, .timeToAlert] {
            let result = Self.result(metric, run)
            #expect(result.judgement == .inconclusive && result.explanation.contains("no monitoring"))
        }
        run.add(0, .monitored(by: "prometheus"))
        #expect(Self.precision(run) == nil)
        #expect(Self.recall(run) == 0)
        let time = Self.result(.timeToAlert, run)
        #expect(time.censored && time.judgement == .missed)
        // Nobody looks longer than a minute after the revert.
        #expect(time.value == Double(105 * Nanoseconds.second))
    }

    @Test func `an alert about who was hit, while it is hit, is true`() {
        var run = Self.run()
        Self.alert(&run, from: 43 * .second, to: 90 * .second)
        #expect(Self.precision(run) == 1 && Self.recall(run) == 1)
        let time = Self.result(.timeToAlert, run)
        #expect(time.value == Double(3 * Nanoseconds.second) && time.judgement == .held)
    }

    @Test func `before the fault, and a minute after it, an alert is false`() {
        for (fired, isTrue) in [(39, false), (40, true), (144, true), (145, false)] {
            var run = Self.run()
            Self.alert(&run, from: Nanoseconds(fired) * .second)
            #expect(Self.precision(run) == (isTrue ? 1 : 0), "\(fired) s")
            #expect(Self.recall(run) == (isTrue ? 1 : 0), "\(fired) s")
        }
    }

    @Test func `about somebody whom nothing hit an alert is false, about nobody it may be true`() {
        var run = Self.run()
        Self.alert(&run, from: 45 * .second)
        Self.alert(&run, "InstanceDown", ["agent=a7", "host=Edge"], from: 46 * .second)
        #expect(Self.precision(run) == 0.5)
        #expect(Self.result(.alertPrecision, run).explanation.contains("1 of 2 alerts, not InstanceDown"))
        Self.alert(&run, "Slow", ["severity=page"], from: 47 * .second)
        Self.alert(&run, "Slow", ["agent=nobody-of-this-name"], from: 47 * .second)
        #expect(Self.precision(run) == 0.75)
    }

    @Test func `the host decides where no member is named`() {
        for (host, isTrue) in [("Main", true), ("Edge", false)] {
            var run = Self.run()
            Self.alert(&run, "DiskAlmostFull", ["host=\(host)"], from: 50 * .second)
            #expect(Self.precision(run) == (isTrue ? 1 : 0), "\(host)")
        }
    }

    @Test func `whoever leans on what was hit feels it, directly or not`() {
        // a3 calls a1 with a fallback, a8 calls a3; nobody calls on a1's behalf.
        for (agent, isTrue) in [("a3", true), ("a8", true), ("a2", false)] {
            var run = Self.run()
            run.fleet.calls = [Self.call(3, .agent(1)), Self.call(8, .agent(3)), Self.call(1, .agent(2))]
            Self.alert(&run, "BreakerOpen", ["agent=\(agent)"], from: 50 * .second)
            #expect(Self.precision(run) == (isTrue ? 1 : 0), "\(agent)")
        }
    }

    @Test func `agents lean on their hub, and a hub feels the end of its peer`() {
        for (name, isTrue) in [("a0", false), ("a7", true), ("CentralHub", true)] {
            var run = Self.run(targets: ["EdgeHub"])
            Self.alert(&run, "HubSwitched", ["agent=\(name)"], from: 50 * .second)
            #expect(Self.precision(run) == (isTrue ? 1 : 0), "\(name)")
        }
    }

    @Test func `a cut link is felt by who calls across it, and at its ends`() {
        for (labels, isTrue) in [(["agent=a2"], true), (["agent=a7"], false), (["host=Edge"], true)] {
            var run = Self.run(targets: ["Main-Edge"])
            run.fleet.hubs = []
            run.fleet.broker.servers = []
            run.fleet.calls = [Self.call(2, .agent(6))]
            Self.alert(&run, "Errors", labels, from: 50 * .second)
            #expect(Self.precision(run) == (isTrue ? 1 : 0), "\(labels)")
        }
    }

    @Test func `a cut link is felt by the hubs at its ends, but not by all of their agents`() {
        for (name, isTrue) in [("CentralHub", true), ("EdgeHub", true), ("a0", false)] {
            var run = Self.run(targets: ["Main-Edge"])
            // The broker server is on Main: the agents of Edge lean on it across the link.
            Self.alert(&run, "HubsApart", ["instance=\(name)"], from: 50 * .second)
            #expect(Self.precision(run) == (isTrue ? 1 : 0), "\(name)")
        }
    }

    private static func call(_ caller: Int, _ callee: Fleet.Callee) -> Fleet.CallEdge {
        Fleet.CallEdge(
            caller: caller, callee: callee, share: Share(partsPerMillion: 100_000), callClass: 0, fallback: true)
    }

    @Test func `one alert repeated is one, resolved and raised again two`() {
        var run = Self.run()
        Self.alert(&run, from: 20 * .second)
        Self.alert(&run, from: 25 * .second, to: 30 * .second)
        Self.alert(&run, from: 50 * .second)
        #expect(Self.precision(run) == 0.5)
    }

    @Test func `what is over within ten seconds need not be noticed`() {
        var run = RunBuilder()
        run.faults = [
            .init(id: "f", faultID: "f", kind: "kill", duration: 45 * .second),
            .init(id: "g", faultID: "g", kind: "pause", duration: 5 * .second),
            .init(id: "h", faultID: "h", kind: "kill", duration: 20 * .second),
        ]
        run.inject(0, at: 40 * .second, targets: ["a1"])
        run.revert(0, at: 85 * .second)
        run.inject(1, at: 41 * .second, targets: ["a2"])
        run.revert(1, at: 46 * .second)
        run.inject(2, at: 50 * .second, targets: ["a9"])
        run.revert(2, at: 70 * .second)
        Self.alert(&run, from: 42 * .second)
        #expect(Self.recall(run) == 0.5)
        #expect(Self.result(.alertRecall, run).explanation.contains("1 of 2 faults, not h"))
    }
}
