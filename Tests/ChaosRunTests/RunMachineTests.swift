import ChaosPlan
import ChaosRun
import Testing

/// The machine alone: an interpreter that does at once what it is told, and writes it down.
private struct Interpreter {
    var machine: RunMachine
    var now: Nanoseconds = 0
    var log: [String] = []
    var inForce: Set<Int> = []
    var steps = 0

    init(_ phases: Phases, _ instances: [FaultInstance], abortRules: [AbortRule] = []) {
        machine = RunMachine(phases: phases, schedule: schedule(instances), abortRules: abortRules)
    }

    /// Carries out one command; false after `finish`.
    mutating func step(effective: (Int) -> Bool = { _ in true }) -> Bool {
        steps += 1
        switch machine.next(now: now) {
        case .advance(let instant):
            precondition(instant > now, "time stands still at \(now)")
            now = instant
        case .phase(let phase): note(phase.rawValue)
        case .inject(let index):
            note("+\(index)")
            let landed = effective(index)
            if landed { precondition(inForce.insert(index).inserted) }
            machine.injected(index, effective: landed, now: now)
        case .revert(let index):
            note("-\(index)")
            precondition(inForce.remove(index) != nil, "reverted what was not in force")
            machine.reverted(index, now: now)
        case .skip(let index): note("skip \(index)")
        case .finish:
            note("finish")
            return false
        }
        return true
    }

    mutating func run() { while step(), steps < 10_000 {} }

    private mutating func note(_ text: String) { log.append("\(now / s) \(text)") }
}

private let phases = Phases(baseline: 10 * s, faults: 30 * s, recovery: 20 * s)

@Suite struct RunMachineTests {
    @Test func `without faults a run passes through its phases and ends`() {
        var run = Interpreter(phases, [])
        run.run()
        #expect(run.log == ["0 baseline", "10 faults", "40 recovery", "60 finish"])
    }

    @Test func `a fault is in force from its start for its duration`() {
        var run = Interpreter(phases, [instance("a", .at(15 * s), for: 5 * s)])
        run.run()
        #expect(run.log == ["0 baseline", "10 faults", "15 +0", "20 -0", "40 recovery", "60 finish"])
    }

    @Test func `at one instant reverts come before phases and phases before injections`() {
        var run = Interpreter(
            phases,
            [
                instance("first", .at(10 * s), for: 5 * s), instance("second", .at(15 * s), for: 25 * s),
                instance("third", .at(15 * s), for: 1 * s),
            ])
        run.run()
        #expect(
            run.log == [
                "0 baseline", "10 faults", "10 +0", "15 -0", "15 +1", "15 +2", "16 -2", "40 -1", "40 recovery",
                "60 finish",
            ])
    }

    @Test func `a momentary fault is over at the instant it happens`() {
        var run = Interpreter(phases, [instance("a", .at(12 * s), for: nil, fault: .restart)])
        run.run()
        #expect(run.log == ["0 baseline", "10 faults", "12 +0", "12 -0", "40 recovery", "60 finish"])
    }

    @Test func `after waits for the revert and afterStart for the start`() {
        var run = Interpreter(
            phases,
            [
                instance("late", .afterRevert(1, 3 * s), for: 2 * s), instance("root", .at(12 * s), for: 6 * s),
                instance("beside", .afterStart(1, 1 * s), for: 1 * s),
                instance("chain", .afterRevert(0, 0), for: 1 * s),
            ])
        run.run()
        #expect(
            run.log == [
                "0 baseline", "10 faults", "12 +1", "13 +2", "14 -2", "18 -1", "21 +0", "23 -0", "23 +3", "24 -3",
                "40 recovery", "60 finish",
            ])
    }

    @Test func `whoever waits for a fault that never starts is skipped when the faults phase ends`() {
        var run = Interpreter(
            phases,
            [instance("late", .at(39 * s), for: nil, fault: .kill), instance("next", .afterRevert(0, 1), for: s)])
        run.run()
        #expect(run.log == ["0 baseline", "10 faults", "39 +0", "40 -0", "40 recovery", "40 skip 1", "60 finish"])
    }

    @Test func `a fault without effect is over at once and its followers still come`() {
        var run = Interpreter(
            phases, [instance("dud", .at(12 * s), for: 5 * s), instance("next", .afterRevert(0, 1 * s), for: 1 * s)])
        while run.step(effective: { $0 != 0 }) {}
        #expect(
            run.log == ["0 baseline", "10 faults", "12 +0", "13 +1", "14 -1", "40 recovery", "60 finish"])
    }

    @Test func `a fault that ends by itself is reverted when it says so`() {
        var run = Interpreter(phases, [instance("rollout", .at(12 * s), for: nil, fault: .kill)])
        while run.now < 12 * s { _ = run.step() }
        _ = run.step()
        run.now = 17 * s
        run.machine.ended(0, now: run.now)
        run.run()
        #expect(run.log == ["0 baseline", "10 faults", "12 +0", "17 -0", "40 recovery", "60 finish"])
    }

    @Test func `with abort rules it stops every second until the faults are over`() {
        var machine = RunMachine(
            phases: Phases(baseline: 2 * s, faults: 2 * s, recovery: 5 * s), schedule: schedule([]),
            abortRules: [AbortRule(metric: .availability, over: s, below: .whole)])
        var stops: [Nanoseconds] = []
        var now: Nanoseconds = 0
        loop: while true {
            switch machine.next(now: now) {
            case .advance(let instant):
                now = instant
                stops.append(instant / s)
            case .finish: break loop
            default: break
            }
        }
        #expect(stops == [1, 2, 3, 4, 9])
    }

    private static let busy = [
        instance("a", .at(10 * s), for: 30 * s), instance("b", .at(12 * s), for: 5 * s),
        instance("c", .afterRevert(1, 2 * s), for: 10 * s), instance("d", .at(19 * s), for: nil, fault: .restart),
        instance("e", .afterStart(2, 1 * s), for: nil, fault: .kill), instance("f", .at(39 * s), for: 1 * s),
    ]

    @Test(arguments: [0, 1, 2])
    func `interrupted at any of its commands, nothing is left in force and recovery is measured`(stops: Int) {
        var whole = Interpreter(phases, Self.busy)
        whole.run()
        for cut in 0..<whole.steps {
            var run = Interpreter(phases, Self.busy)
            for _ in 0..<cut { _ = run.step() }
            guard run.log.last != "60 finish" else { continue }
            let at = run.now
            switch stops {
            case 0: run.machine.heal(now: at)
            case 1: run.machine.stop(now: at)
            default:
                run.machine.heal(now: at)
                run.machine.stop(now: at)
                run.machine.stop(now: at)
            }
            let before = run.log.count
            run.run()
            let rest = run.log[before...]
            #expect(run.inForce.isEmpty, "cut at command \(cut)")
            #expect(run.steps < 10_000, "cut at command \(cut)")
            #expect(!rest.contains { $0.contains("+") } || at >= phases.faultsEnd, "cut at command \(cut): \(rest)")
            let end = stops == 0 ? min(at, phases.faultsEnd) + phases.recovery : at
            #expect(rest.last == "\(end / s) finish", "cut at command \(cut): \(rest)")
        }
    }

    @Test func `a second stop during the healing ends the run where it stands`() {
        var run = Interpreter(phases, Self.busy)
        while run.now < 20 * s { _ = run.step() }
        run.machine.heal(now: run.now)
        while run.inForce.count > 0 { _ = run.step() }
        run.now += 5 * s
        run.machine.stop(now: run.now)
        run.machine.stop(now: run.now)
        run.run()
        #expect(run.log.last == "25 finish")
        #expect(run.inForce.isEmpty)
    }

    @Test func `random schedules are always healed before they finish`() {
        for seed in 0..<UInt64(count(200, full: 2_000)) {
            var dice = Dice(seed)
            let size = Int(dice.below(8)) + 1
            let instances = (0..<size).map { index -> FaultInstance in
                let start: FaultInstance.Start =
                    switch dice.below(3) {
                    case 1 where index > 0: .afterRevert(Int(dice.below(Int64(index))), dice.below(4) * s)
                    case 2 where index > 0: .afterStart(Int(dice.below(Int64(index))), dice.below(4) * s)
                    default: .at((10 + dice.below(30)) * s)
                    }
                return instance("\(index)", start, for: dice.chance(70) ? dice.below(10) * s : nil)
            }
            var run = Interpreter(phases, instances)
            let cut = dice.chance(50) ? dice.below(60) * s : Int64.max
            var didHeal = false
            while run.step(), run.steps < 10_000 {
                if run.now >= cut, !didHeal {
                    didHeal = true
                    if dice.chance(50) { run.machine.heal(now: run.now) } else { run.machine.stop(now: run.now) }
                }
            }
            #expect(run.inForce.isEmpty, "seed \(seed)")
            #expect(run.log.last?.hasSuffix("finish") == true, "seed \(seed)")
            #expect(run.log.filter { $0.hasSuffix("recovery") }.count == 1, "seed \(seed)")
        }
    }
}
