import ChaosCompare
import ChaosPlan
import ChaosRun
import Testing

@Suite struct DivergenceTests {
    private static let faults = "\n  - { id: kill-greeter, kind: kill, target: { name: Greeter }, at: 5s, for: 15s }"

    private func journal(_ seed: UInt64) async throws -> Journal {
        let reading = Plans.with(faults: Self.faults)
        return try Journal(bytes: try await Plans.journal(#require(reading.plan, "\(reading.problems)"), seed: seed))
    }

    @Test func `a journal does not diverge from itself, whatever its header says`() async throws {
        let journal = try await journal(1)
        var elsewhere = journal
        elsewhere.header.version = "another"
        #expect(try Divergence.first(JournalReader(bytes: journal.bytes), JournalReader(bytes: elsewhere.bytes)) == nil)
    }

    @Test func `a planted change is found at its line`() async throws {
        let seed: UInt64 = 1
        let journal = try await journal(seed)
        for index in [0, journal.records.count / 2, journal.records.count - 2] {
            var planted = journal
            planted.records[index].time += 1
            // Behind the first one nothing counts any more.
            planted.records[journal.records.count - 1].time += 5
            let found = try #require(
                try Divergence.first(JournalReader(bytes: journal.bytes), JournalReader(bytes: planted.bytes)))
            #expect(found.line == index + 2, "seed \(seed), record \(index)")
            #expect(found.time == journal.records[index].time, "seed \(seed), record \(index)")
            let lines = String(decoding: journal.bytes, as: UTF8.self).split(separator: "\n")
            #expect(found.left == String(lines[index + 1]), "seed \(seed), record \(index)")
            #expect(found.right != found.left, "seed \(seed), record \(index)")
            #expect(found.text.hasPrefix("line \(index + 2), at "), "seed \(seed): \(found.text)")
        }
    }

    @Test func `a journal that ends early diverges where it ends`() async throws {
        let journal = try await journal(1)
        var short = journal
        short.records.removeLast(3)
        let line = short.records.count + 2
        let right = try #require(
            try Divergence.first(JournalReader(bytes: journal.bytes), JournalReader(bytes: short.bytes)))
        #expect(right.line == line && right.right == nil && right.left != nil)
        let left = try #require(
            try Divergence.first(JournalReader(bytes: short.bytes), JournalReader(bytes: journal.bytes)))
        #expect(left.line == line && left.left == nil && left.right != nil)
        #expect(left.time == journal.records[line - 2].time)
    }

    @Test func `a replay is held against the recorded journal as it happens`() async throws {
        let plan = try #require(Plans.with(faults: Self.faults).plan)
        let recorded = try await Plans.journal(plan, seed: 1)
        let same = JournalFollower(try JournalReader(bytes: recorded))
        _ = try await Trial.run(plan, seed: 1) { _ in [{ same.consume($0) }] }
        #expect(try same.finish() == nil)
        let other = JournalFollower(try JournalReader(bytes: recorded))
        _ = try await Trial.run(plan, seed: 2) { _ in [{ other.consume($0) }] }
        #expect(try other.finish() != nil)
    }

    @Test func `a damaged journal is an error with its line`() async throws {
        let journal = try await journal(1)
        var bytes = JournalReaderBytes(journal.bytes)
        bytes.damage(line: 5)
        #expect(throws: JournalError.self) {
            try Divergence.first(JournalReader(bytes: bytes.all), JournalReader(bytes: journal.bytes))
        }
    }

    private struct JournalReaderBytes {
        var all: [UInt8]

        init(_ all: [UInt8]) { self.all = all }

        mutating func damage(line: Int) {
            var number = 1
            for index in all.indices {
                if number == line {
                    all[index] = UInt8(ascii: "x")
                    return
                }
                if all[index] == 0x0A { number += 1 }
            }
        }
    }
}
