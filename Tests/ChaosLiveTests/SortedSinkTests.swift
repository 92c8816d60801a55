import ChaosLive
import ChaosPlan
import Testing

@Suite struct SortedSinkTests {
    @Test("records leave in the order of time, those of one instant in the order they came")
    func order() {
        let lines = Lines()
        let sink = SortedSink(lines)
        for (time, rule) in [(5, "a"), (3, "b"), (5, "c"), (1, "d")] {
            sink.write(JournalRecord(time: Int64(time), event: .abort(rule: rule)))
        }
        sink.flush()
        #expect(lines.records.map(\.time) == [1, 3, 5, 5])
        #expect(lines.records.map(\.event) == ["d", "b", "a", "c"].map { .abort(rule: $0) })
    }

    @Test("totals and end close the journal whatever the time of what came late")
    func closing() {
        let lines = Lines()
        let sink = SortedSink(lines)
        sink.write(JournalRecord(time: 10, event: .totals(Totals())))
        sink.write(JournalRecord(time: 12, event: .interrupted))
        sink.write(JournalRecord(time: 10, event: .end))
        #expect(lines.records.map(\.event) == [.interrupted, .totals(Totals()), .end])
    }

    @Test("a long run is written as it goes")
    func longRun() {
        let lines = Lines()
        let sink = SortedSink(lines, patience: 10)
        for time in 0..<10_000 { sink.write(JournalRecord(time: Int64(time), event: .interrupted)) }
        #expect(lines.records.count > 5_000)
        sink.flush()
        #expect(lines.records.map(\.time) == (0..<10_000).map { Int64($0) })
    }
}
