import ChaosNotify
import Testing

@Suite struct ProblemTableTests {
    private let window: Int64 = 60_000

    private func told(_ messages: [Message]) -> [String] {
        messages.map { "\($0.receiver) \($0.state.rawValue) \($0.level.rawValue) ×\($0.occurrences)" }
    }

    @Test("a problem that goes on is told again only after the window, with its count")
    func repetition() {
        var table = ProblemTable()
        func decide(_ time: Int64) -> [String] {
            told(table.decide(deviated(), id: "e\(time)", time: time, level: .ops, route: ["a"], window: window))
        }
        #expect(decide(0) == ["a firing 1 ×1"])
        #expect(decide(1_000) == [])
        #expect(decide(59_999) == [])
        #expect(decide(60_000) == ["a firing 1 ×4"])
        #expect(decide(119_999) == [])
    }

    @Test("a problem that is over is told once to whoever was told, and again if it comes again")
    func resolution() {
        var table = ProblemTable()
        func decide(_ event: NotificationEvent, _ time: Int64, _ level: Level?) -> [String] {
            told(table.decide(event, id: "e", time: time, level: level, route: ["a", "b"], window: window))
        }
        #expect(decide(held, 0, nil) == [])
        #expect(decide(deviated(), 1, .critical) == ["a firing 2 ×1", "b firing 2 ×1"])
        #expect(decide(held, 2, nil) == ["a resolved 2 ×1", "b resolved 2 ×1"])
        #expect(decide(held, 3, nil) == [])
        #expect(decide(deviated(), 4, .critical) == ["a firing 2 ×1", "b firing 2 ×1"])
    }

    @Test("a problem that becomes worse is told at once, to the former level's receivers too")
    func escalation() {
        var table = ProblemTable()
        func budget(_ percent: Double, _ level: Level?, _ route: [String]) -> [Message] {
            table.decide(
                .budgetSpent(fleet: "f", world: "live", spent: percent, allowed: 100), id: "e\(percent)",
                time: Int64(percent),
                level: level, route: route, window: window)
        }
        #expect(told(budget(20, nil, [])) == [])
        #expect(told(budget(50, .ops, ["a"])) == ["a firing 1 ×1"])
        let worse = budget(80, .critical, ["pager"])
        #expect(told(worse) == ["a firing 2 ×2", "pager firing 2 ×2"])
        #expect(worse.map(\.formerLevel) == [.ops, .ops])
        #expect(worse.first?.title == "80 % of f's error budget for chaos is spent in the live world")
        #expect(told(budget(55, .ops, ["a"])) == [])
        let over = table.decide(
            .budgetRenewed(fleet: "f", world: "live"), id: "r", time: 90, level: nil, route: [], window: window)
        #expect(told(over) == ["a resolved 2 ×3", "pager resolved 2 ×3"])
        #expect(over.first?.headline == "[resolved] 80 % of f's error budget for chaos is spent in the live world")
        #expect(over.first?.lines == ["a new week: f's error budget in the live world is whole again"])
    }

    @Test("a run that held ends every problem of its scenario; one that deviated only that it was not run")
    func ends() {
        var table = ProblemTable()
        func decide(_ event: NotificationEvent, _ time: Int64, _ level: Level?) -> [String] {
            table.decide(event, id: "e", time: time, level: level, route: ["a"], window: window)
                .map { "\($0.kind.rawValue) \($0.state.rawValue)" }
        }
        _ = decide(.runMissed(hubRun, reason: "asleep"), 0, .ops)
        _ = decide(.invariantBroken(hubRun, invariants: ["2 acknowledged messages lost"]), 1, .incident)
        #expect(decide(deviated(), 2, .ops) == ["run-missed resolved", "run-ended firing"])
        #expect(decide(held, 3, nil) == ["invariant-broken resolved", "run-ended resolved"])
        #expect(table.open.isEmpty)
    }

    @Test("good news that a rule wants is told, but not twice within the window")
    func goodNews() {
        var table = ProblemTable()
        func decide(_ time: Int64) -> [String] {
            told(table.decide(held, id: "e", time: time, level: .ops, route: ["a"], window: window))
        }
        #expect(decide(0) == ["a resolved 1 ×1"])
        #expect(decide(59_999) == [])
        #expect(decide(60_000) == ["a resolved 1 ×1"])
    }

    @Test("deciding the same event twice makes the same messages")
    func idempotence() {
        var one = ProblemTable()
        var two = one
        let first = one.decide(deviated(), id: "e", time: 5, level: .ops, route: ["a", "b"], window: window)
        let second = two.decide(deviated(), id: "e", time: 5, level: .ops, route: ["a", "b"], window: window)
        #expect(first == second)
        #expect(first.map(\.id) == ["e-000", "e-001"])
    }
}
