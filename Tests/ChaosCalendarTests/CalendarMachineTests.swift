import ChaosCalendar
import Testing

struct CalendarMachineTests {
    private static let hour: Int64 = 3600
    private static func facts(_ fleet: String = "fleet", length: Int64 = 180) -> PlanFacts {
        PlanFacts(fleet: fleet, agents: 77, length: length, blastRadius: "")
    }

    private static func yaml(_ runs: String..., top: String = "") -> String {
        "gauntlet-calendar: 1\n\(top)runs:\n" + runs.map { "  - { \($0) }\n" }.joined()
    }

    @Test("of two runs on one fleet at one time one waits, and both run if they may be late")
    func oneAtATime() throws {
        var driver = try CalendarDriver(
            Self.yaml(
                "id: a, scenario: a, cron: \"0 * * * *\", missed: once",
                "id: b, scenario: b, cron: \"0 * * * *\", missed: { within: 10min }",
                "id: c, scenario: c, cron: \"0 * * * *\""),
            at: 0, facts: ["a": Self.facts(), "b": Self.facts(), "c": Self.facts()])
        driver.run(until: Self.hour + 1800)
        #expect(driver.starts.map { "\($0.job.entry) \($0.at - Self.hour)" } == ["a 0", "b 180"])
        #expect(driver.outcomes("c") == ["missed: fleet was busy with a"])
        #expect(driver.heldLocks.isEmpty)
    }

    @Test("a lock that somebody else holds is asked for again, until it is too late")
    func foreignLock() throws {
        var driver = try CalendarDriver(
            Self.yaml("id: a, scenario: a, cron: \"0 * * * *\", missed: { within: 5min }"), at: 0,
            facts: ["a": Self.facts()])
        driver.busyLocks = ["simulated-fleet"]
        driver.run(until: Self.hour + 100)
        #expect(driver.starts.isEmpty)
        driver.busyLocks = []
        driver.run(until: Self.hour + 1000)
        #expect(driver.starts.map { $0.at - Self.hour } == [101])
        driver.busyLocks = ["simulated-fleet"]
        driver.run(until: 2 * Self.hour + 1000)
        #expect(driver.outcomes("a") == ["held", "missed: its fleet was not free"])
    }

    @Test("what was missed while no service ran is skipped, run once or run if it is not too late")
    func missed() throws {
        let runs = [
            "id: skip, scenario: s, cron: \"0 * * * *\"", "id: once, scenario: o, cron: \"0 * * * *\", missed: once",
            "id: near, scenario: n, cron: \"0 * * * *\", missed: { within: 40min }",
            "id: far, scenario: f, cron: \"0 * * * *\", missed: { within: 20min }",
        ]
        let past = CalendarMachine.Past(considered: ["skip": 0, "once": 0, "near": 0, "far": 0])
        var driver = try CalendarDriver(
            Self.yaml(runs[0], runs[1], runs[2], runs[3]), past: past, at: 3 * Self.hour + 1800)
        driver.run(until: 3 * Self.hour + 1900)
        #expect(driver.starts.map { "\($0.job.entry) \($0.job.due / Self.hour)" } == ["once 3", "near 3"])
        #expect(driver.outcomes("skip").count == 3)
        #expect(driver.outcomes("skip").allSatisfy { $0.hasPrefix("missed") })
        #expect(driver.outcomes("once").filter { $0.hasPrefix("missed") }.count == 2)
        #expect(driver.considered.values.allSatisfy { $0 == 3 * Self.hour })
        #expect(driver.records.count == 12)
    }

    @Test("a service that dies never runs a due time again, whatever it had come to")
    func restart() throws {
        let yaml = Self.yaml("id: a, scenario: a, cron: \"0 * * * *\", missed: once")
        var first = try CalendarDriver(yaml, at: 0, facts: ["a": Self.facts()])
        first.run(until: Self.hour + 10)
        let started = try #require(first.records.values.first)
        #expect(started.stage == .started)
        // Dead while it ran: the next one hears of it, and does not run it.
        var second = try CalendarDriver(
            yaml, past: .init(considered: first.considered, open: [started]), at: Self.hour + 20,
            facts: ["a": Self.facts()])
        second.handle(.ended(job: started.id, RunResult(outcome: "lost: the service ended while it ran")))
        second.run(until: Self.hour + 1800)
        #expect(second.starts.isEmpty)
        // Dead between claim and start: nothing has run, and the claim is taken up.
        var claimed = started
        claimed.stage = .claimed
        var third = try CalendarDriver(
            yaml, past: .init(considered: first.considered, open: [claimed]), at: Self.hour + 20,
            facts: ["a": Self.facts()])
        third.run(until: Self.hour + 1800)
        #expect(third.starts.map(\.job.id) == [started.id])
    }

    @Test("a deviated run pauses the calendar until somebody resumes it; an entry may be exempt")
    func pause() throws {
        var driver = try CalendarDriver(
            Self.yaml(
                "id: a, scenario: a, cron: \"0 * * * *\"", "id: b, scenario: b, cron: \"30 * * * *\", pause: false"),
            at: 0)
        driver.result = { RunResult(outcome: $0.scenario == "b" || $0.due == Self.hour ? "deviated" : "held") }
        driver.run(until: Self.hour)
        #expect(driver.machine.paused == nil, "b is exempt")
        driver.run(until: 3 * Self.hour + 1)
        #expect(driver.machine.paused == "paused after a deviated (a)")
        #expect(
            driver.outcomes("a") == [
                "deviated", "refused: the calendar is paused after a deviated (a)",
                "refused: the calendar is paused after a deviated (a)",
            ])
        driver.handle(.resume(actor: "an operator"))
        driver.run(until: 5 * Self.hour)
        #expect(driver.outcomes("a").last == "held")
        #expect(driver.notices.map(\.kind).contains(.resumed))
    }

    @Test("a sick fleet and a rehearsal that breaks an invariant each refuse a run, and free its fleet")
    func refusals() throws {
        var driver = try CalendarDriver(
            Self.yaml("id: a, scenario: a, world: live, cron: \"0 * * * *\""), at: 0, facts: ["a": Self.facts()])
        driver.sickness = { $0.due == Self.hour ? "EdgeHub is waiting" : nil }
        driver.rehearsal = {
            $0.due == 2 * Self.hour
                ? .init(brokenInvariants: ["2 acknowledged messages lost"], lost: 10, replay: "gauntlet replay x")
                : .init(brokenInvariants: [], lost: 10, replay: "", failure: $0.due == 3 * Self.hour ? "no disk" : nil)
        }
        driver.run(until: 5 * Self.hour)
        #expect(
            driver.outcomes("a") == [
                "refused: the fleet is not well: EdgeHub is waiting",
                "refused: the rehearsal breaks an invariant: 2 acknowledged messages lost; gauntlet replay x",
                "refused: no rehearsal: no disk", "held",
            ])
        #expect(driver.heldLocks.isEmpty)
        #expect(driver.starts.first?.job.predicted == 10)
    }

    @Test("chaos stops when its share of the week's error budget is spent, and goes on with the next week")
    func budget() throws {
        // 0.1 % of 77 agents × 168 h are 46,570 agent-seconds; a hundredth of it are 465.7.
        let top = "budgets: [ { fleet: fleet, world: live, availability: 99.9%, share: 1% } ]\n"
        var driver = try CalendarDriver(
            Self.yaml("id: a, scenario: a, world: live, cron: \"0 * * * *\", rehearse: false", top: top), at: 0,
            facts: ["a": Self.facts()])
        driver.result = { _ in RunResult(outcome: "held", lost: 200) }
        // 1970 began on a Thursday: its first Monday is the 5th.
        driver.run(until: 4 * 86_400)
        let (budget, spent, allowed) = try #require(driver.machine.budgets(at: 4 * 86_400 - 1).first)
        #expect(budget.fleet == "fleet" && spent == 400 && abs(allowed - 465.696) < 0.001)
        // The second may still be afforded, the third would not be.
        #expect(driver.starts.count == 2)
        #expect(
            driver.outcomes("a")[2].hasPrefix(
                "refused: it would cost about 200 agent-seconds, and 66 of the week's 466"))
        driver.run(until: 4 * 86_400 + Self.hour)
        #expect(driver.starts.count == 3, "the new week's first, at its midnight")
    }

    @Test("each run that costs something is told with what the week's budget has left, and the new week once")
    func toldBudgets() throws {
        let top = "budgets: [ { fleet: fleet, world: live, availability: 99.9%, share: 1% } ]\n"
        let yaml = Self.yaml("id: a, scenario: a, world: live, cron: \"0 * * * *\", rehearse: false", top: top)
        var driver = try CalendarDriver(yaml, at: 0, facts: ["a": Self.facts()])
        driver.result = { _ in RunResult(outcome: "held", lost: 200) }
        func told(_ driver: CalendarDriver) -> [String] {
            driver.notices.compactMap { notice in
                switch notice.kind {
                case .budgetSpent: notice.use.map { "\($0.budget.fleet) \($0.budget.world) \(Int($0.spent))" }
                case .budgetRenewed: notice.budget.map { "\($0.fleet) \($0.world) renewed" }
                default: nil
                }
            }
        }
        #expect(told(driver).isEmpty, "nothing is spent")
        driver.run(until: 4 * 86_400)
        #expect(told(driver) == ["fleet live 200", "fleet live 400"])
        // A service that begins in the same week tells what is spent once more: the one before may have died before it did.
        let past = CalendarMachine.Past(
            considered: driver.considered, ended: Array(driver.records.values), toldBudgets: driver.toldBudgets)
        var same = try CalendarDriver(yaml, past: past, at: 4 * 86_400 - 100, facts: ["a": Self.facts()])
        #expect(told(same) == ["fleet live 400"])
        same.now = 4 * 86_400
        same.handle(.tick)
        #expect(told(same).last == "fleet live renewed")
        #expect(same.toldBudgets.isEmpty)
        // One that begins in the next week knows that the last one's budget is over.
        let next = try CalendarDriver(yaml, past: past, at: 4 * 86_400 + 100, facts: ["a": Self.facts()])
        #expect(told(next) == ["fleet live renewed"])
        let later = try CalendarDriver(
            yaml, past: .init(considered: next.considered, toldBudgets: next.toldBudgets), at: 4 * 86_400 + 200,
            facts: ["a": Self.facts()])
        #expect(told(later).isEmpty)
    }

    @Test("a halt ends what runs, drops what waits and pauses; a stop keeps the claims for the next service")
    func haltAndStop() throws {
        let yaml = Self.yaml(
            "id: a, scenario: a, cron: \"0 * * * *\"", "id: b, scenario: b, cron: \"0 * * * *\", missed: once")
        var driver = try CalendarDriver(yaml, at: 0, facts: ["a": Self.facts(), "b": Self.facts()])
        driver.run(until: Self.hour + 10)
        driver.handle(.halt(actor: "ada"))
        #expect(driver.outcomes("a") == ["interrupted"] && driver.outcomes("b") == ["refused: halted by ada"])
        #expect(driver.machine.paused == "halted by ada" && driver.heldLocks.isEmpty)

        var other = try CalendarDriver(yaml, at: 0, facts: ["a": Self.facts(), "b": Self.facts()])
        other.run(until: Self.hour + 10)
        other.handle(.stop)
        #expect(other.outcomes("a") == ["interrupted"] && other.outcomes("b") == ["claimed"])
        other.run(until: 3 * Self.hour)
        #expect(other.starts.count == 1, "nothing begins any more")
    }

    @Test("a run by hand obeys blackouts, budget, lock and, if it is live, the pause")
    func byHand() throws {
        var driver = try CalendarDriver(
            Self.yaml(
                "id: a, scenario: a, cron: \"0 * * * *\"",
                top: "blackouts: [ { id: b, weekly: \"fri 00:00-24:00\" } ]\n"),
            at: 0, facts: ["a": Self.facts()])
        func ask(_ world: String = "simulated") -> String? {
            let (actions, refusal) = driver.machine.request(
                scenario: "x", world: world, seed: 1, actor: "ada", facts: Self.facts(), at: driver.now)
            driver.carryOut(actions)
            return refusal
        }
        #expect(ask() == nil)
        #expect(ask() == "fleet is busy with x; wait for its end, or halt it")
        driver.run(until: 1000)
        #expect(driver.outcomes(CalendarJob.byHand) == ["held"])
        driver.handle(.halt(actor: "bob"))
        #expect(ask("live") == "the calendar is halted by bob")
        #expect(ask() == nil)
        driver.run(until: 30 * Self.hour)
        #expect(ask() == "blackout b")
    }
}
