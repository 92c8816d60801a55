import ChaosPlan
import ChaosRun
import Testing

/// What an observer should write, computed from the whole list of operations at once.
private struct Operation {
    var subject: Int
    var intended: Nanoseconds
    var end: Nanoseconds
    var succeeded: Bool
}

private let phases = Phases(baseline: 7 * s, faults: 16 * s, recovery: 12 * s)

@Suite struct ObserverTests {
    private func observe(
        agents: Int = 3, phases: Phases = phases, abortWhen: [AbortRule] = [], _ body: (Observer) -> Void
    ) -> Lines {
        let plan = plan(agents: agents, phases: phases, abortWhen: abortWhen)
        let header = JournalHeader(plan: plan, schedule: schedule([]), world: "fake")
        let lines = Lines()
        body(Observer(header: header, plan: plan, sink: lines))
        return lines
    }

    @Test func `every chain is up until its first failure, and changes exactly with the evidence`() {
        let lines = observe { observer in
            observer.completed(subject: 0, intended: 0, end: 5, succeeded: true)
            observer.completed(subject: 1, intended: 1, end: 7, succeeded: false)
            observer.completed(subject: 1, intended: 2, end: 9, succeeded: false)
            observer.completed(subject: 0, intended: 3, end: 11, succeeded: false)
            observer.completed(subject: 1, intended: 4, end: 13, succeeded: true)
        }
        #expect(
            lines.changes == [
                Change(subject: 1, up: false, time: 7), Change(subject: 0, up: false, time: 11),
                Change(subject: 1, up: true, time: 13),
            ])
    }

    @Test func `a request that could not be sent is a failure at its intended start`() {
        let lines = observe { observer in
            observer.unsent(subject: 2, intended: 3 * s)
            observer.finish(now: 4 * s)
        }
        #expect(lines.changes == [Change(subject: 2, up: false, time: 3 * s)])
        let totals = totals(of: lines)
        #expect(totals.unsent == 1)
        #expect(totals.requests == 1)
        #expect(totals.succeeded == 0)
    }

    @Test func `windows, changes and totals equal a recount of random outcomes`() {
        for seed in 0..<UInt64(200) {
            var dice = Dice(seed)
            let agents = 1 + Int(dice.below(5))
            var operations: [Operation] = []
            var now: Nanoseconds = 0
            while true {
                // Long pauses skip whole windows; round times fall on boundaries.
                now += dice.chance(5) ? dice.below(12) * s : dice.below(300) * .millisecond
                if dice.chance(10) { now += s - now % s }
                guard now <= phases.end else { break }
                operations.append(
                    Operation(
                        subject: Int(dice.below(Int64(agents))), intended: max(0, now - dice.below(2 * s)), end: now,
                        succeeded: dice.chance(80)))
            }
            let boundaries = [0, phases.faultsStart, phases.faultsEnd]
            let lines = observe(agents: agents) { observer in
                var next = 0
                for (index, boundary) in boundaries.enumerated() {
                    while next < operations.count, operations[next].end <= boundary, index > 0 {
                        send(operations[next], to: observer)
                        next += 1
                    }
                    observer.phase(Phase.allCases[index], now: boundary)
                }
                while next < operations.count {
                    send(operations[next], to: observer)
                    next += 1
                }
                observer.finish(now: phases.end)
            }
            check(lines, operations, agents: agents, seed: seed)
        }
    }

    private func send(_ operation: Operation, to observer: Observer) {
        observer.completed(
            subject: operation.subject, intended: operation.intended, end: operation.end,
            succeeded: operation.succeeded)
    }

    private func check(_ lines: Lines, _ operations: [Operation], agents: Int, seed: UInt64) {
        // Changes.
        var isUp = Array(repeating: true, count: agents)
        var changes: [Change] = []
        for operation in operations where isUp[operation.subject] != operation.succeeded {
            isUp[operation.subject] = operation.succeeded
            changes.append(Change(subject: operation.subject, up: operation.succeeded, time: operation.end))
        }
        #expect(lines.changes == changes, "seed \(seed)")

        // Totals and windows.
        let totals = totals(of: lines)
        #expect(totals.requests == operations.count, "seed \(seed)")
        #expect(totals.succeeded == operations.count { $0.succeeded }, "seed \(seed)")
        var requests = [0, 0]
        var succeeded = [0, 0]
        var histograms = [LatencyHistogram(), LatencyHistogram()]
        for record in lines.records {
            guard case .window(let window) = record.event else { continue }
            requests[window.group] += window.requests
            succeeded[window.group] += window.succeeded
            histograms[window.group].add(window.latency)
            #expect(window.latency.reduce(0) { $0 + $1.count } == window.succeeded, "seed \(seed)")
            let end = record.time + window.length
            for boundary in [phases.faultsStart, phases.faultsEnd] {
                #expect(end <= boundary || record.time >= boundary, "seed \(seed): a window straddles a phase")
            }
            // What ends at the very instant of a boundary may stand on either side of it: the world acts before the runner.
            let mine = operations.filter { $0.subject % 2 == window.group }
            let certain = mine.count { $0.end > record.time && $0.end < end }
            let possible = mine.count { $0.end >= record.time && $0.end <= end }
            #expect(certain <= window.requests && window.requests <= possible, "seed \(seed) at \(record.time)")
            #expect(record.time % (5 * s) == 0 || record.time == phases.faultsStart || record.time == phases.faultsEnd)
        }
        for group in 0..<2 {
            let mine = operations.filter { $0.subject % 2 == group }
            var expected = LatencyHistogram()
            for operation in mine where operation.succeeded { expected.record(operation.end - operation.intended) }
            #expect(requests[group] == mine.count, "seed \(seed): the windows of group \(group) lose requests")
            #expect(succeeded[group] == mine.count { $0.succeeded }, "seed \(seed)")
            #expect(histograms[group].counts == expected.counts, "seed \(seed)")
        }

        // Subject windows: exactly the deviating seconds.
        var expected: Set<SubjectSecond> = []
        for subject in 0..<agents {
            let mine = operations.filter { $0.subject == subject }
            for second in Set(mine.map { $0.end / s }) {
                let inside = mine.filter { $0.end / s == second }
                let good = inside.count { $0.succeeded }
                guard good < inside.count else { continue }
                expected.insert(
                    SubjectSecond(subject: subject, time: second * s, requests: inside.count, succeeded: good))
            }
        }
        var found: Set<SubjectSecond> = []
        for record in lines.records {
            guard case .subjectWindow(let subject, let length, let requests, let succeeded) = record.event else {
                continue
            }
            #expect(length == s)
            #expect(
                found.insert(
                    SubjectSecond(subject: subject, time: record.time, requests: requests, succeeded: succeeded)
                ).inserted, "seed \(seed)")
        }
        #expect(found == expected, "seed \(seed)")
    }

    private struct SubjectSecond: Hashable {
        var subject: Int
        var time: Nanoseconds
        var requests: Int
        var succeeded: Int
    }

    private func totals(of lines: Lines) -> Totals {
        for record in lines.records { if case .totals(let totals) = record.event { return totals } }
        return Totals()
    }

    @Test func `discovery has windows of its own and moves no chain`() {
        let lines = observe { observer in
            observer.discovered(asked: 1 * s, end: 1 * s + 40 * .microsecond, succeeded: true)
            observer.discovered(asked: 1 * s, end: 2 * s, succeeded: false)
            observer.finish(now: 4 * s)
        }
        #expect(lines.changes.isEmpty)
        let windows = lines.records.compactMap { record -> RequestWindow? in
            if case .window(let window) = record.event { window } else { nil }
        }
        #expect(windows.count == 1)
        #expect(windows.first?.kind == .discovery)
        #expect(windows.first?.requests == 2)
        #expect(windows.first?.succeeded == 1)
        #expect(windows.first?.group == -1)
    }

    @Test func `counts of a subject are its own since the start`() {
        _ = observe { observer in
            for second in 0..<20 {
                observer.completed(subject: second % 3, intended: 0, end: Int64(second) * s, succeeded: second < 10)
            }
            #expect(observer.counts(of: 0) == (7, 4))
            #expect(observer.counts(of: 2) == (6, 3))
        }
    }

    @Test func `an availability rule equals the integral over its window at every whole second`() {
        for seed in 0..<UInt64(200) {
            var dice = Dice(seed)
            let over = (1 + dice.below(8)) * s
            let other = (1 + dice.below(12)) * s
            let rule = AbortRule(
                metric: .availability, over: over, below: Share(partsPerMillion: 300_000 + dice.below(700_000)))
            let second = AbortRule(
                metric: .successRatio, over: other, below: Share(partsPerMillion: 300_000 + dice.below(700_000)))
            let agents = 1 + Int(dice.below(4))
            var operations: [Operation] = []
            _ = observe(agents: agents, abortWhen: [rule, second]) { observer in
                for tick in 1...60 {
                    let now = Int64(tick) * s
                    for _ in 0..<dice.below(4) {
                        let last = operations.last?.end ?? 0
                        let start = max(last, now - s + 1)
                        let operation = Operation(
                            subject: Int(dice.below(Int64(agents))), intended: 0,
                            end: start + dice.below(now - start + 1),
                            succeeded: dice.chance(60))
                        send(operation, to: observer)
                        operations.append(operation)
                    }
                    let isBroken = observer.violates(rule, now: now)
                    let isOther = observer.violates(second, now: now)
                    #expect(
                        isBroken
                            == (now >= over && availability(operations, agents, now - over, now) < rule.below.fraction),
                        "seed \(seed) at \(tick) s")
                    let window = operations.filter { $0.end > now - other && $0.end <= now }
                    let ratio = Double(window.count { $0.succeeded }) / Double(window.count)
                    #expect(
                        isOther == (now >= other && !window.isEmpty && ratio < second.below.fraction),
                        "seed \(seed) at \(tick) s")
                }
            }
        }
    }

    private func availability(_ operations: [Operation], _ agents: Int, _ from: Nanoseconds, _ to: Nanoseconds)
        -> Double
    {
        var down: Nanoseconds = 0
        for agent in 0..<agents {
            var isUp = true
            var since: Nanoseconds = 0
            for operation in operations + [Operation(subject: agent, intended: 0, end: to, succeeded: true)]
            where operation.subject == agent && operation.end <= to {
                if !isUp { down += max(0, operation.end - max(since, from)) }
                isUp = operation.succeeded
                since = operation.end
            }
        }
        return Double((to - from) * Int64(agents) - down) / Double((to - from) * Int64(agents))
    }
}
