import ChaosFleet
import NIOCore
import Synchronization
import Testing
import gauntlet_probe

@Suite("What the prober writes")
struct ProbeOutputTests {
    @Test("Lines with tabs: a version first, every outcome before the watermark that covers it")
    func lines() async throws {
        let rig = ProbeRig()
        let written = Mutex<[UInt8]>([])
        let start = FleetClock.now
        try await rig.eventLoop.submit { [eventLoop = rig.eventLoop] in
            let output = ProbeOutput { bytes in written.withLock { $0 += bytes } }
            output.startNs = start
            output.start(on: eventLoop)
            output.ended(
                ProbeOutcome(subject: 12, intended: 0, end: 1_234_567_890, isOK: true, late: 987, serving: 3))
            output.ended(
                ProbeOutcome(subject: 0, intended: 5, end: 6, isOK: false, late: -1, serving: nil))
            output.missed(subject: 4, intended: .max)
            output.error("a\tb\nc")
            output.finish()
        }.get()
        let lines = String(decoding: written.withLock { $0 }, as: UTF8.self).split(separator: "\n")
        let marks = lines.filter { $0.hasPrefix("w\t") }.compactMap { Int64($0.dropFirst(2)) }
        #expect(
            lines.filter { !$0.hasPrefix("w\t") } == [
                "h\t1", "o\t12\t0\t1234567890\t1\t987\t3", "o\t0\t5\t6\t0\t-1\t-", "u\t4\t9223372036854775807",
                "e\ta b c",
            ])
        #expect(marks.count == 2)
        #expect(marks == marks.sorted())
        #expect(marks.allSatisfy { $0 >= 0 && $0 <= FleetClock.now - start })
        #expect(lines.first == "h\t1")
        #expect(lines.last?.hasPrefix("w\t") == true)
    }

    @Test("What is on its way is written by itself, without an end")
    func flushes() async throws {
        let rig = ProbeRig()
        let written = Mutex<[UInt8]>([])
        let output = try await rig.eventLoop.submit { [eventLoop = rig.eventLoop] in
            let output = ProbeOutput { bytes in written.withLock { $0 += bytes } }
            output.start(on: eventLoop)
            output.missed(subject: 1, intended: 2)
            return NIOLoopBound(output, eventLoop: eventLoop)
        }.get()
        while written.withLock({ String(decoding: $0, as: UTF8.self) }) != "h\t1\nu\t1\t2\n" {
            try await Task.sleep(for: .milliseconds(5))
        }
        try await rig.eventLoop.submit { output.value.finish() }.get()
    }

    @Test("A summary counts what succeeded, failed and was not sent")
    func summary() {
        let summary = LoadSummary()
        for index in 0..<100 {
            summary.ended(
                ProbeOutcome(
                    subject: 0, intended: 0, end: 3_000_000, isOK: index < 90, late: 1_000_000, serving: nil))
        }
        summary.missed(subject: 0, intended: 0)
        let text = summary.text
        #expect(text.contains("101: 90 succeeded (89.1 %), 10 failed, 1 not sent"))
        #expect(text.contains("at most 1000 µs"))
        #expect(summary.json.contains(#""count":101,"failed":10"#))
    }
}
