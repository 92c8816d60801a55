/// Writes an operations file: a heading, then one operation per line in the order of their ends, fields parted by tabs:
///
///     publish  12  1000000  3000000  ok  12:7
///     final-read  3  60000000000  60000000000  ok  3:0-58,61
///
/// kind, process, invoked, completed (nanoseconds of the run), outcome, value (publisher:counters, or `-`).
public enum OperationEncoder {
    public static let heading = "gauntlet-operations\t1\n"

    public static func encodeHeading(into bytes: inout [UInt8]) { bytes.append(contentsOf: heading.utf8) }

    public static func encode(_ record: OperationRecord, into bytes: inout [UInt8]) {
        precondition(record.completed >= record.invoked, "an operation ends no sooner than it begins")
        var line = JournalLine(bytes: bytes)
        bytes = []
        line.bytes.append(contentsOf: record.kind.rawValue.utf8)
        line.number("\t", Int64(record.process))
        line.number("\t", record.invoked)
        line.number("\t", record.completed)
        line.raw("\t")
        line.bytes.append(contentsOf: record.outcome.rawValue.utf8)
        if let value = record.value {
            line.number("\t", Int64(value.publisher))
            for (index, range) in value.counters.enumerated() {
                line.number(index == 0 ? ":" : ",", Int64(range.lowerBound))
                if range.count > 1 { line.number("-", Int64(range.upperBound)) }
            }
            // A publisher of whom nothing was read.
            if value.counters.isEmpty { line.raw(":") }
        } else {
            line.raw("\t-")
        }
        line.raw("\n")
        bytes = line.bytes
    }
}
