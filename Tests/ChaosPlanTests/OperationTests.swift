import ChaosPlan
import Testing

@Suite("Operations file")
struct OperationTests {
    private static let records = [
        OperationRecord(kind: .request, process: 0, invoked: 0, completed: 12, outcome: .ok, value: nil),
        OperationRecord(
            kind: .publish, process: 12, invoked: 5, completed: 70, outcome: .info,
            value: .init(publisher: 12, counter: 4_294_967_295)),
        OperationRecord(
            kind: .deliver, process: 1, invoked: 80, completed: 80, outcome: .ok,
            value: .init(publisher: 12, counter: 0)),
        OperationRecord(
            kind: .finalRead, process: 0, invoked: 90, completed: 91, outcome: .ok,
            value: .init(publisher: 3, counters: [0...58, 60...60, 62...63])),
        OperationRecord(
            kind: .finalRead, process: 0, invoked: 90, completed: 91, outcome: .fail,
            value: .init(publisher: 4, counters: [])),
    ]

    private static func bytes(_ records: [OperationRecord]) -> [UInt8] {
        var bytes: [UInt8] = []
        OperationEncoder.encodeHeading(into: &bytes)
        for record in records { OperationEncoder.encode(record, into: &bytes) }
        return bytes
    }

    private static func read(_ bytes: [UInt8]) throws(OperationError) -> [OperationRecord] {
        var reader = try OperationReader(bytes: bytes)
        var records: [OperationRecord] = []
        while let record = try reader.next() { records.append(record) }
        return records
    }

    @Test("what is written is read back")
    func roundTrip() throws {
        #expect(try Self.read(Self.bytes(Self.records)) == Self.records)
        #expect(Self.records[3].value?.count == 62)
    }

    @Test("the lines are as documented")
    func lines() {
        let text = String(decoding: Self.bytes(Self.records), as: UTF8.self)
        #expect(
            text == """
                gauntlet-operations\t1
                request\t0\t0\t12\tok\t-
                publish\t12\t5\t70\tinfo\t12:4294967295
                deliver\t1\t80\t80\tok\t12:0
                final-read\t0\t90\t91\tok\t3:0-58,60,62-63
                final-read\t0\t90\t91\tfail\t4:

                """)
    }

    @Test("a last line cut short is left out, and said")
    func truncated() throws {
        let bytes = Self.bytes(Self.records)
        var reader = try OperationReader(bytes: Array(bytes.dropLast(3)))
        var count = 0
        while try reader.next() != nil { count += 1 }
        #expect(count == Self.records.count - 1)
        let truncated = reader.truncated
        #expect(truncated)
    }

    @Test(
        "a line that the encoder would not write is refused with its number",
        arguments: [
            "wish\t0\t0\t12\tok\t-", "request\t-1\t0\t12\tok\t-", "request\t0\t12\t0\tok\t-",
            "request\t0\t0\t12\tmaybe\t-",
            "request\t0\t0\t12\tok", "request\t00\t0\t12\tok\t-", "publish\t0\t0\t12\tok\t1:5-5",
            "publish\t0\t0\t12\tok\t1:5-4", "publish\t0\t0\t12\tok\t1:5,6", "publish\t0\t0\t12\tok\t1:6,2",
            "publish\t0\t0\t12\tok\t1:4294967296", "publish\t0\t0\t12\tok\t1", "publish\t0\t0\t12\tok\t1:,", "",
        ])
    func refused(line: String) {
        let bytes = Self.bytes([Self.records[0]]) + Array("\(line)\n".utf8)
        do throws(OperationError) {
            _ = try Self.read(bytes)
            Issue.record("was read")
        } catch {
            guard case .malformed(3, _) = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test("another file is no operations file")
    func heading() {
        #expect(throws: OperationError.self) { try Self.read(Array("{\"gauntlet\":1}\n".utf8)) }
        #expect(throws: OperationError.self) { try Self.read([]) }
        #expect(throws: OperationError.self) { _ = try OperationReader(path: "/nowhere/ops.tsv") }
    }
}
