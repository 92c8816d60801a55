import ChaosFleet
import ChaosLive
import ChaosPlan
import ChaosRun
import Testing

@Suite struct LedgerTests {
    /// Publisher A published and saw acknowledged 0...9; its stream holds `stored`.
    private func judged(stored: [UInt64], copies: [UInt64]? = nil, acknowledged: [UInt64] = Array(0...9)) throws -> (
        totals: Totals, violations: [String]
    ) {
        var ledger = Ledger()
        for counter in UInt64(0)...9 { ledger.consume(.published(counter), of: "A") }
        for counter in acknowledged { ledger.consume(.acknowledged(counter), of: "A") }
        for counter in stored { ledger.stored(counter, of: "A", copyIn: nil) }
        for counter in copies ?? [] { ledger.stored(counter, of: "A", copyIn: "nats-pc2") }
        let lines = Lines()
        let plan = try Fixture.plan("first-steps")
        let header = JournalHeader(plan: plan, schedule: Schedule.draw(plan, seed: 1), world: "live")
        let observer = Observer(header: header, plan: plan, sink: lines)
        ledger.judge(into: observer, now: 100)
        let violations = lines.records.compactMap { record -> String? in
            if case .violation(let invariant, _, _) = record.event { invariant } else { nil }
        }
        return (observer.totals, violations)
    }

    @Test("a stream that holds all that was acknowledged, in order and once, breaks nothing")
    func whole() throws {
        let (totals, violations) = try judged(stored: Array(0...9), copies: Array(0...9))
        #expect(violations == [])
        #expect(totals.lost == 0 && totals.published == 10 && totals.acknowledged == 10 && totals.delivered == 10)
    }

    @Test("acknowledged messages that are gone are lost before, between or behind those that are there")
    func lost() throws {
        let (totals, violations) = try judged(stored: [2, 3, 5, 6])
        #expect((totals.lostPrefix, totals.lostMiddle, totals.lostPostfix) == (2, 1, 3))
        #expect(violations == ["acknowledged-loss"])
    }

    @Test("a message that nobody acknowledged may be there or not")
    func indeterminate() throws {
        #expect(try judged(stored: Array(0...8), acknowledged: Array(0...8)).totals.lost == 0)
        #expect(try judged(stored: Array(0...9), acknowledged: Array(0...8)).totals.lost == 0)
    }

    @Test("a message stored twice is duplicated, and one behind a later one is out of order")
    func twiceAndDisorder() throws {
        let twice = try judged(stored: [0, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9])
        #expect(twice.totals.duplicated == 1 && twice.violations == ["duplicated"])
        let disorder = try judged(stored: [0, 1, 3, 2, 4, 5, 6, 7, 8, 9])
        #expect(disorder.totals.outOfOrder == 1 && disorder.violations == ["order"])
    }

    @Test("a message in the stream that nobody published is unexpected")
    func invented() throws {
        let (totals, violations) = try judged(stored: Array(0...10))
        #expect(totals.unexpected == 1 && violations == ["unexpected"])
    }

    @Test("a copy of the stream that lacks a message diverges")
    func divergent() throws {
        let (totals, violations) = try judged(stored: Array(0...9), copies: Array(0...8))
        #expect(totals.divergent == 1 && violations == ["divergent"])
    }
}
