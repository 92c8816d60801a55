import ChaosCompare
import ChaosPlan
import ChaosRun
import ChaosSim
import Testing

@Suite("Jepsen histories")
struct JepsenTests {
    private func operations(_ plan: Plan, seed: UInt64 = 1) async throws -> (
        operations: [OperationRecord], result: SimulatedRun.Result, journal: Journal
    ) {
        let result = try await SimulatedRun.run(plan, seed: seed, to: .memory, operations: .memory)
        var reader = try OperationReader(bytes: result.operations)
        var operations: [OperationRecord] = []
        while let operation = try reader.next() { operations.append(operation) }
        return (operations, result, try Journal(bytes: result.bytes))
    }

    /// What every history must obey, whatever happened in it.
    private func check(_ history: [EDN]) throws {
        var underWay: [Int64: EDN] = [:]
        var ended: Set<Int64> = []
        var time: Int64 = 0
        for (index, event) in history.enumerated() {
            #expect(event["index"]?.integer == Int64(index))
            let at = try #require(event["time"]?.integer)
            #expect(at >= time)
            time = at
            let process = try #require(event["process"]?.integer)
            let type = try #require(event["type"]?.keyword)
            if type == "invoke" {
                #expect(!ended.contains(process), "process \(process) goes on after an :info")
                #expect(underWay.updateValue(event, forKey: process) == nil, "process \(process) does two things")
            } else {
                let begun = underWay.removeValue(forKey: process)
                let invoke = try #require(begun, "an end without a beginning")
                #expect(invoke["f"] == event["f"])
                if event["f"]?.keyword == "publish" { #expect(invoke["value"] == event["value"]) }
                if type == "info" { ended.insert(process) }
            }
        }
        #expect(underWay.isEmpty)
    }

    @Test("overlapping operations of one client are several processes, and one ends at each :info")
    func processes() throws {
        func publish(_ from: Int64, _ to: Int64, _ outcome: OperationRecord.Outcome, _ counter: UInt32)
            -> OperationRecord
        {
            OperationRecord(
                kind: .publish, process: 0, invoked: from, completed: to, outcome: outcome,
                value: .init(publisher: 7, counter: counter))
        }
        let history = try EDN.read(
            JepsenHistory.edn([
                publish(0, 10, .ok, 0), publish(5, 20, .info, 1), publish(20, 30, .fail, 2), publish(20, 40, .ok, 3),
                OperationRecord(
                    kind: .finalRead, process: 0, invoked: 50, completed: 50, outcome: .ok,
                    value: .init(publisher: 7, counters: [0...1, 3...3])),
            ]))
        try check(history)
        #expect(history.count == 10)
        // Three threads: two of the publisher, one of the reader; the second one's process is 1 + 3 after its :info.
        #expect(history.map { $0["process"]?.integer } == [0, 1, 0, 1, 0, 4, 0, 4, 2, 2])
        #expect(history.last?["value"] == .vector([.string("7-0"), .string("7-1"), .string("7-3")]))
        #expect(history[8]["value"] == EDN.none)
    }

    @Test("a run's operations agree with its totals, and make a history that obeys the rules")
    func run() async throws {
        let plan = try #require(Plans.named("broker-down"))
        let (operations, _, journal) = try await operations(plan)
        let totals = try #require(
            journal.records.lazy.compactMap { if case .totals(let totals) = $0.event { totals } else { nil } }.first)
        let requests = operations.filter { $0.kind == .request }
        #expect(requests.count == totals.requests)
        #expect(requests.count { $0.outcome == .ok } == totals.succeeded)
        let publishes = operations.filter { $0.kind == .publish }
        #expect(publishes.count == totals.published)
        #expect(publishes.count { $0.outcome == .ok } == totals.acknowledged)
        let read = operations.filter { $0.kind == .finalRead }
        #expect(read.reduce(0) { $0 + ($1.value?.count ?? 0) } == totals.delivered)
        let history = try EDN.read(JepsenHistory.edn(operations))
        #expect(history.count == operations.count * 2)
        try check(history)
    }

    @Test("unknown outcomes appear where publishers die, and the history still obeys the rules")
    func unknown() async throws {
        // Agents die while their broker is away: what they kept for it has neither been acknowledged nor refused.
        let reading = Plans.with(
            faults: """

                  - { id: kill-broker, kind: kill, target: { name: nats }, at: 5s, for: 15s }
                  - { id: kill-agents, kind: kill, target: { kind: agent, pick: all }, at: 12s, for: 3s }
                """)
        let plan = try #require(reading.plan, "\(reading.problems)")
        let (operations, _, _) = try await operations(plan)
        let unknown = operations.filter { $0.outcome == .info }
        #expect(!unknown.isEmpty && unknown.allSatisfy { $0.kind == .publish })
        try check(EDN.read(JepsenHistory.edn(operations)))
    }

    @Test("recording operations changes nothing of the journal")
    func unchanged() async throws {
        let plan = try #require(Plans.named("first-steps"))
        let plain = try await SimulatedRun.run(plan, seed: 3)
        let recorded = try await SimulatedRun.run(plan, seed: 3, operations: .memory)
        #expect(plain.hash == recorded.hash)
        #expect(plain.operations.isEmpty && !recorded.operations.isEmpty)
    }
}
