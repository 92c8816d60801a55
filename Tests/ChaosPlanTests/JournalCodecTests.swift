import ChaosPlan
import Foundation
import Testing

@Suite("Journal codec")
struct JournalCodecTests {
    static func text(_ event: JournalEvent, at time: Nanoseconds = 35 * .second) -> String {
        var bytes: [UInt8] = []
        JournalEncoder.encode(JournalRecord(time: time, event: event), into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    static let header = JournalHeader(
        version: "1", scenario: "s", seed: 18_446_744_073_709_551_615, planDigest: 255, fleetDigest: 0,
        world: "simulated", phases: Phases(baseline: 1, faults: 2, recovery: 3),
        subjects: [.init(name: "a", group: 0, host: 0), .init(name: "b", group: 0, host: 0)], groups: ["g"],
        hosts: ["h"], faults: [.init(id: "f", faultID: "f", kind: "kill", duration: nil)], requestInterval: 500)

    static func journal(_ lines: String) -> [UInt8] {
        var bytes: [UInt8] = []
        JournalEncoder.encodeHeader(header, into: &bytes)
        return bytes + Array(lines.utf8)
    }

    @Test func `the lines read as documented`() {
        #expect(Self.text(.availability(subject: 12, up: true)) == "{\"t\":35000000000,\"ev\":\"up\",\"s\":12}\n")
        #expect(Self.text(.availability(subject: 12, up: false)) == "{\"t\":35000000000,\"ev\":\"down\",\"s\":12}\n")
        let window = RequestWindow(
            kind: .requests, group: 3, length: .minute, requests: 120, succeeded: 119,
            latency: [BucketCount(bucket: 190, count: 3), BucketCount(bucket: 191, count: 40)])
        #expect(
            Self.text(.window(window))
                == "{\"t\":35000000000,\"ev\":\"win\",\"k\":\"requests\",\"g\":3,\"len\":60000000000,\"n\":120,\"ok\":119,\"lat\":[190,3,1,40]}\n"
        )
        #expect(
            Self.text(.violation(invariant: "a\"b", subject: "c\\d", detail: "e\nf\u{01}"), at: 0)
                == "{\"t\":0,\"ev\":\"violation\",\"inv\":\"a\\\"b\",\"subject\":\"c\\\\d\",\"detail\":\"e\\nf\\u0001\"}\n"
        )
    }

    @Test func `what watches a live fleet reads as documented`() {
        #expect(
            Self.text(.audited(.processList, count: 92), at: 1).contains(
                "\"ev\":\"audited\",\"place\":\"process-list\",\"n\":92}"))
        let exposure = Exposure(place: .environment, location: "TutorAgent", what: "the credential of TutorAgent")
        #expect(
            Self.text(.exposure(exposure), at: 1)
                == "{\"t\":1,\"ev\":\"exposure\",\"place\":\"environment\",\"where\":\"TutorAgent\",\"what\":\"the credential of TutorAgent\"}\n"
        )
        let alert = AlertEvent.Identity(name: "InstanceDown", labels: ["agent=TutorAgent", "host=PC2"])
        #expect(alert["agent"] == "TutorAgent" && alert["age"] == nil)
        #expect(
            Self.text(.alert(AlertEvent(alert, isFiring: true)), at: 1)
                == "{\"t\":1,\"ev\":\"alert\",\"name\":\"InstanceDown\",\"labels\":[\"agent=TutorAgent\",\"host=PC2\"],\"firing\":true}\n"
        )
        #expect(
            Self.text(.monitored(by: "prometheus"), at: 1) == "{\"t\":1,\"ev\":\"monitored\",\"by\":\"prometheus\"}\n")
        var load = HostLoad(
            host: 0, cpu: Share(partsPerMillion: 412_000), memory: 734_003_200, memoryTotal: 8_589_934_592,
            disk: Share(partsPerMillion: 81_000))
        #expect(
            Self.text(.load(load), at: 1)
                == "{\"t\":1,\"ev\":\"load\",\"h\":0,\"cpu_ppm\":412000,\"mem\":734003200,\"of\":8589934592,\"disk_ppm\":81000}\n"
        )
        (load.host, load.disk) = (nil, nil)
        #expect(
            Self.text(.load(load), at: 1)
                == "{\"t\":1,\"ev\":\"load\",\"h\":-1,\"cpu_ppm\":412000,\"mem\":734003200,\"of\":8589934592}\n")
    }

    @Test func `random journals come back as they were written`() throws {
        for seed in 0..<UInt64(200) {
            var random = JournalRandomRecords(seed: seed)
            let journal = Journal(header: random.header(), records: (0..<50).map { _ in random.record() })
            let bytes = journal.bytes
            let read = try Journal(bytes: bytes)
            #expect(read == journal, "seed \(seed)")
            var reader = try JournalReader(bytes: bytes)
            while try reader.next() != nil {}
            let hash = reader.hash.value
            let truncated = reader.truncated
            #expect(hash == journal.hash.value, "seed \(seed)")
            #expect(!truncated, "seed \(seed)")
        }
    }

    @Test func `every line is JSON that others can read`() throws {
        var random = JournalRandomRecords(seed: 77)
        let journal = Journal(header: random.header(), records: (0..<300).map { _ in random.record() })
        let lines = journal.bytes.split(separator: 0x0A)
        #expect(lines.count == 301)
        for line in lines {
            let object = try JSONSerialization.jsonObject(with: Data(line))
            #expect(object is [String: Any], "seed 77")
        }
    }

    @Test(arguments: [
        ("{\"t\":1,\"ev\":\"sideways\",\"s\":0}\n", 13, "a known kind of event"),
        ("{\"t\":01,\"ev\":\"up\",\"s\":0}\n", 6, "an integer of at most 18 digits without leading zeros"),
        ("{\"t\":-1,\"ev\":\"up\",\"s\":0}\n", 6, "nanoseconds from 0 to 999999999999999999"),
        ("{\"t\":1,\"ev\":\"up\",\"s\":2}\n", 22, "a subject below 2, as many as the header lists"),
        ("{\"t\":1,\"ev\":\"up\",\"s\":0} \n", 24, "the end of the line"),
        ("{\"t\":1,\"ev\":\"up\",\"s\":0\n", 23, "}"),
        ("\n", 1, "{\"t\":"),
        ("{\"t\":1,\"ev\":\"phase\",\"p\":\"lunch\"}\n", 25, "one of baseline, faults, recovery"),
        (
            "{\"t\":1,\"ev\":\"sub\",\"s\":0,\"len\":9,\"n\":3,\"ok\":4}\n", 44,
            "successes, of the requests, from 0 to 3"
        ),
        ("{\"t\":1,\"ev\":\"abort\",\"rule\":\"\u{01}\"}\n", 29, "no bare control character in a string"),
        ("{\"t\":1,\"ev\":\"abort\",\"rule\":\"x}\n", 31, "a closing quote"),
        ("{\"t\":1,\"ev\":\"end\"}\n{\"t\":2,\"ev\":\"end\"}\n", 1, "nothing after the end event"),
    ])
    func `a malformed line is named with what was expected`(lines: String, column: Int, expected: String) {
        let bytes = Self.journal("{\"t\":0,\"ev\":\"up\",\"s\":0}\n" + lines)
        // The last line given is the bad one; header and one good line stand before.
        let line = 2 + lines.filter { $0 == "\n" }.count
        #expect(throws: JournalError.malformed(line: line, column: column, expected: expected)) {
            try Journal(bytes: bytes)
        }
    }

    @Test func `bytes that are no text are refused`() {
        let bytes = Self.journal("{\"t\":1,\"ev\":\"abort\",\"rule\":\"") + [0xFF, 0xFE] + Array("\"}\n".utf8)
        #expect(throws: JournalError.malformed(line: 2, column: 29, expected: "valid UTF-8")) {
            try Journal(bytes: bytes)
        }
    }

    @Test func `another format's header is refused`() {
        #expect(throws: JournalError.malformed(line: 1, column: 13, expected: "journal format 1")) {
            try Journal(bytes: Array("{\"gauntlet\":2,\"version\":\"\"}\n".utf8))
        }
        #expect(throws: JournalError.malformed(line: 1, column: 1, expected: "a journal header")) {
            try Journal(bytes: [])
        }
    }

    @Test func `what came before a cut is readable`() throws {
        let whole = Self.journal("{\"t\":0,\"ev\":\"up\",\"s\":0}\n{\"t\":5,\"ev\":\"down\",\"s\":1}\n")
        for cut in 1...26 {
            var reader = try JournalReader(bytes: Array(whole.dropLast(cut)))
            var records: [JournalRecord] = []
            while let record = try reader.next() { records.append(record) }
            #expect(records == [JournalRecord(time: 0, event: .availability(subject: 0, up: true))], "cut \(cut)")
            let truncated = reader.truncated
            // The whole last line gone is a clean end: nothing shows that more was to come.
            #expect(truncated == (cut < 26), "cut \(cut)")
        }
    }

    @Test func `a file is read alike whatever the chunk`() throws {
        var random = JournalRandomRecords(seed: 3)
        let journal = Journal(header: random.header(), records: (0..<100).map { _ in random.record() })
        let path = FileManager.default.temporaryDirectory.appending(path: "journal-\(UUID().uuidString).jsonl").path
        try Data(journal.bytes).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        for chunk in [16, 17, 100, 4096, 1 << 20] {
            var reader = try JournalReader(path: path, chunk: chunk)
            var records: [JournalRecord] = []
            while let record = try reader.next() { records.append(record) }
            #expect(records == journal.records, "seed 3, chunk \(chunk)")
        }
    }

    @Test func `a missing file is an error, not a trap`() {
        #expect(throws: JournalError.unreadable(path: "/nowhere/journal", reason: "No such file or directory")) {
            try Journal(path: "/nowhere/journal")
        }
    }
}
