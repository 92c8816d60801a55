import ChaosPlan
import ChaosScore
import Testing

@Suite("Damaged journals")
struct CutJournalTests {
    static var run: RunBuilder {
        var run = FaultTimesTests.hubKill()
        run.window(40 * .second, requests: 50, succeeded: 49)
        run.add(41 * .second, .subjectWindow(subject: 5, length: .second, requests: 2, succeeded: 1))
        run.mechanism(42 * .second, .buffer, .change, by: "a5", from: "idle", to: "buffering")
        run.add(43 * .second, .hub(.diverged))
        for metric in Metric.allCases {
            run.want(metric, .max(1), of: metric.needsFault ? "f" : nil)
        }
        run.want(.availability, .min(0.999), over: .impact, id: "impact")
        run.want(.availability, .min(0.999), over: .window(.minute), id: "window")
        return run
    }

    @Test func `a journal cut anywhere is an error or inconclusive, never a trap`() {
        let run = Self.run
        let plan = run.plan
        let bytes = run.journal.bytes
        var scored = 0
        for cut in 0..<bytes.count {
            guard let card = try? Scorer.score(journal: Array(bytes.prefix(cut)), plan: plan) else { continue }
            scored += 1
            #expect(card.verdict != .held, "cut at byte \(cut)")
            #expect(!card.inconclusiveReasons.isEmpty, "cut at byte \(cut)")
        }
        #expect(scored > 1000)
    }

    @Test func `one changed byte is an error or a scorecard, never a trap`() {
        let run = Self.run
        let plan = run.plan
        let bytes = run.journal.bytes
        var errors = 0
        for seed in 0..<UInt64(3000) {
            var random = Seeded(seed)
            var damaged = bytes
            damaged[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
            do throws(JournalError) {
                let card = try Scorer.score(journal: damaged, plan: plan)
                #expect(card.score.map { (0...100).contains($0) } ?? true, "seed \(seed)")
            } catch {
                errors += 1
                #expect(error.description.hasPrefix("journal line "), "seed \(seed)")
            }
        }
        #expect(errors > 1000)
    }

    @Test func `truncated is said, and what came before is scored`() throws {
        let run = Self.run
        let bytes = run.journal.bytes
        let card = try Scorer.score(journal: Array(bytes.dropLast(3)), plan: run.plan)
        #expect(card.inconclusiveReasons.first == "The journal ends within a line: the run or its writer died.")
        #expect(card.faults[0].failedOver == 39 * .second)
    }

    @Test func `an empty history has no evidence`() {
        var run = RunBuilder()
        run.totals = nil
        run.ended = false
        run.want(.availability, .min(0.999), over: .run)
        let card = Scorer.score(Journal(header: run.header, records: []), plan: run.plan)
        #expect(card.verdict == .inconclusive)
        #expect(card.score == nil)
        #expect(card.facts.windowedMinimum == [])
    }

    @Test func `the same journal scores the same from bytes, from a file's lines and from records`() throws {
        let run = Self.run
        let whole = ScorecardJSON.encode(run.card)
        #expect(ScorecardJSON.encode(try Scorer.score(journal: run.journal.bytes, plan: run.plan)) == whole)
        var scorer = Scorer(header: run.header, plan: run.plan)
        for record in run.journal.records { scorer.consume(record) }
        scorer.journalHash = run.journal.hash.text
        #expect(ScorecardJSON.encode(scorer.finish()) == whole)
    }
}
