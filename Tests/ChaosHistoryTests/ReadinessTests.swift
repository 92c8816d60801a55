import ChaosHistory
import ChaosPlan
import Testing

@Suite("Readiness")
struct ReadinessTests {
    private static let day: Int64 = 86_400
    private static let now: Int64 = 1_900_000_000

    /// As the book has it.
    private static func promise(_ id: String, tested: Bool = true) -> PromiseBook.Promise {
        let text = """
            gauntlet-promises: 1
            promises:
              - { id: \(id), area: area, text: "Text", value: "1", tested: \(tested)\(tested ? "" : ", reason: No run can.") }
            """
        guard let promise = PromiseBook.read(text: text, file: "promises.yaml").0?.promises.first else {
            preconditionFailure("the book is in order")
        }
        return promise
    }

    private static func demand(
        _ promise: String, in scenario: String = "hub-failover", world: String? = nil, advisory: Bool = false
    ) -> Readiness.Demand {
        Readiness.Demand(
            scenario: scenario, objective: "availability", promise: promise, planDigest: "00000000000000aa",
            world: world, isAdvisory: advisory)
    }

    private static func run(
        _ number: Int, scenario: String = "hub-failover", world: String = "simulated", age: Int64 = day,
        _ judgement: String = "held", value: Double? = 0.9995, digest: String = "00000000000000aa",
        ending: String = "completed"
    ) -> RunEntry {
        var run = RunEntry.sample(number, scenario: scenario, world: world)
        run.started = now - age
        run.objectives[0].judgement = judgement
        run.objectives[0].value = value
        run.planDigest = digest
        run.ending = ending
        return run
    }

    private static func assess(
        _ demands: [Readiness.Demand], _ runs: [RunEntry], tested: Bool = true, world: String? = nil
    ) -> Readiness {
        Readiness(
            promises: [promise("p", tested: tested)], demands: demands, runs: runs, now: now, maxAge: 7 * day,
            world: world)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var demands = [ReadinessTests.demand("p")]
        var runs: [RunEntry]
        var tested = true
        var world: String?
        var decision: Readiness.Decision
        var states: [Readiness.Evidence.State]
    }

    static let cases: [Case] = [
        Case(testDescription: "held and fresh", runs: [run(1)], decision: .go, states: [.held]),
        Case(testDescription: "as old as may be", runs: [run(1, age: 7 * day)], decision: .go, states: [.held]),
        Case(testDescription: "too old", runs: [run(1, age: 7 * day + 1)], decision: .noGo, states: [.stale]),
        Case(testDescription: "no run", runs: [], decision: .noGo, states: [.none]),
        Case(testDescription: "missed", runs: [run(1, "missed", value: 0.9)], decision: .noGo, states: [.missed]),
        Case(
            testDescription: "could not tell", runs: [run(1, "inconclusive", value: nil)], decision: .noGo,
            states: [.open]),
        Case(
            testDescription: "the newest counts", runs: [run(1, age: 3 * day, "missed"), run(2, age: day)],
            decision: .go, states: [.held]),
        Case(
            testDescription: "the newest counts, also against",
            runs: [run(1, age: day, "missed"), run(2, age: 2 * day)],
            decision: .noGo, states: [.missed]),
        Case(
            testDescription: "another plan is no evidence", runs: [run(1, digest: "00000000000000ab")], decision: .noGo,
            states: [.none]),
        Case(
            testDescription: "an interrupted run is none", runs: [run(1, ending: "interrupted")], decision: .noGo,
            states: [.none]),
        Case(
            testDescription: "a miss in either world decides", runs: [run(1), run(2, world: "live", "missed")],
            decision: .noGo, states: [.missed, .held]),
        Case(
            testDescription: "an old pass in the other world does no harm",
            runs: [run(1), run(2, world: "live", age: 30 * day)], decision: .go, states: [.stale, .held]),
        Case(
            testDescription: "an old miss that nothing in its world contradicts does",
            runs: [run(1), run(2, world: "live", age: 30 * day, "missed")], decision: .noGo, states: [.missed, .held]),
        Case(
            testDescription: "what is demanded of live runs needs one", demands: [demand("p", world: "live")],
            runs: [run(1)], decision: .noGo, states: [.none]),
        Case(
            testDescription: "asked for live evidence, simulated runs are none", runs: [run(1)], world: "live",
            decision: .noGo, states: [.none]),
        Case(
            testDescription: "every scenario must show it", demands: [demand("p"), demand("p", in: "partition")],
            runs: [run(1)], decision: .noGo, states: [.held, .none]),
        Case(
            testDescription: "an aim decides nothing", demands: [demand("p", advisory: true)], runs: [run(1, "missed")],
            decision: .aim, states: [.missed]),
        Case(
            testDescription: "an aim beside a demand decides nothing",
            demands: [demand("p"), demand("p", in: "partition", advisory: true)],
            runs: [run(1), run(2, scenario: "partition", "missed")], decision: .go, states: [.held, .missed]),
        Case(testDescription: "nothing cites it", demands: [], runs: [run(1)], decision: .noGo, states: []),
        Case(
            testDescription: "no run can show it", demands: [], runs: [], tested: false, decision: .outside, states: []),
    ]

    @Test("a promise is go on fresh evidence that held, everywhere", arguments: cases)
    func decisions(_ row: Case) {
        let readiness = Self.assess(row.demands, row.runs, tested: row.tested, world: row.world)
        #expect(readiness.rows.map(\.decision) == [row.decision])
        #expect(readiness.rows[0].evidence.map(\.state) == row.states)
        #expect(readiness.isGo == (row.decision == .go))
    }

    @Test("evidence names run, world, value against limit, age, and the command that would make it anew")
    func evidence() throws {
        let found = try #require(
            Self.assess([Self.demand("p")], [Self.run(4, "missed", value: 0.9)]).rows[0].evidence.first)
        #expect(found.run == "hub-failover/simulated-4")
        #expect(found.world == "simulated")
        #expect(found.measured == "90 % < 99.9 %")
        #expect(found.ageText == "24 h")
        #expect(found.command == "gauntlet run hub-failover")
        let live = Self.assess([Self.demand("p", world: "live")], [])
        #expect(live.commands == ["gauntlet run hub-failover --world live"])
        let other = Self.assess([Self.demand("p")], [Self.run(1, digest: "ff")]).rows[0].evidence
        #expect(other.first?.note == "1 recorded, of another plan than today's")
        let aborted = Self.assess([Self.demand("p")], [Self.run(1, ending: "aborted: r")]).rows[0].evidence
        #expect(aborted.first?.note == "1 recorded, none that completed")
    }

    @Test("a command that would make several pieces of evidence stands once, and none where nothing is missing")
    func commands() {
        let promises = [Self.promise("a"), Self.promise("b")]
        let demands = [Self.demand("a"), Self.demand("b")]
        func commands(_ runs: [RunEntry]) -> [String] {
            Readiness(promises: promises, demands: demands, runs: runs, now: Self.now, maxAge: 1000).commands
        }
        #expect(commands([]) == ["gauntlet run hub-failover"])
        #expect(commands([Self.run(1, age: 10)]).isEmpty)
    }

    @Test("the fault kinds behind simulated evidence are named; those behind live or missing evidence are not")
    func faults() {
        func demand(_ scenario: String, _ faults: [String]) -> Readiness.Demand {
            var demand = Self.demand("p", in: scenario)
            demand.faults = faults
            return demand
        }
        let demands = [
            demand("a", ["pause", "kill"]), demand("b", ["kill"]), demand("c", ["cpu"]), demand("d", ["clock"]),
        ]
        let runs = [
            Self.run(1, scenario: "a"), Self.run(2, scenario: "b"), Self.run(3, scenario: "c", world: "live"),
        ]
        #expect(Self.assess(demands, runs).simulatedFaults == ["kill", "pause"])
    }

    @Test("nothing promised, or nothing shown, is no go")
    func nothing() {
        #expect(!Readiness(promises: [], demands: [], runs: [], now: 0, maxAge: 1).isGo)
        #expect(!Self.assess([], [], tested: false).isGo)
    }

    @Test("ages read well", arguments: [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (172_800, "2 d")])
    func ages(_ seconds: Int64, _ text: String) { #expect(Readiness.Evidence.words(age: seconds) == text) }
}
