/// Reads an operations file line by line, strictly, holding one line at a time. A last line without its newline is what a
/// crash leaves: everything before it is readable, and `truncated` says so.
public struct OperationReader: ~Copyable {
    /// The file ends within a line. Known once `next` has returned nil.
    public private(set) var truncated = false
    private var line = 1
    private let source: JournalSource

    public init(bytes: [UInt8]) throws(OperationError) {
        try self.init(source: JournalSource(bytes: bytes))
    }

    /// `chunk`: bytes read from the file at once.
    public init(path: String, chunk: Int = 1 << 20) throws(OperationError) {
        let source: JournalSource
        do throws(JournalError) {
            source = try JournalSource(path: path, chunk: max(16, chunk))
        } catch {
            throw Self.failure(error)
        }
        try self.init(source: source)
    }

    private init(source: JournalSource) throws(OperationError) {
        guard try Self.line(of: source) == String(OperationEncoder.heading.dropLast()) else {
            throw .malformed(line: 1, expected: "the heading `\(OperationEncoder.heading.dropLast())`")
        }
        self.source = source
    }

    /// The next operation; nil after the last whole line.
    public mutating func next() throws(OperationError) -> OperationRecord? {
        guard let text = try Self.line(of: source) else {
            truncated = source.remainder > 0
            return nil
        }
        line += 1
        let fields = text.split(separator: "\t", omittingEmptySubsequences: false)
        guard fields.count == 6 else { throw .malformed(line: line, expected: "six fields parted by tabs") }
        guard let kind = OperationRecord.Kind(rawValue: String(fields[0])) else {
            throw wrong("one of \(OperationRecord.Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard let process = Self.number(fields[1], atMost: Int64(Int32.max)) else { throw wrong("a process's number") }
        guard let invoked = Self.number(fields[2], atMost: JournalDecoder.timeLimit),
            let completed = Self.number(fields[3], atMost: JournalDecoder.timeLimit), completed >= invoked
        else { throw wrong("two instants in nanoseconds, the second no sooner than the first") }
        guard let outcome = OperationRecord.Outcome(rawValue: String(fields[4])) else {
            throw wrong("one of \(OperationRecord.Outcome.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let value: OperationRecord.Messages?
        if fields[5] == "-" {
            value = nil
        } else {
            guard let messages = Self.messages(fields[5]) else {
                throw wrong("`-`, or a publisher and ascending counters like 3:0-58,61")
            }
            value = messages
        }
        return OperationRecord(
            kind: kind, process: Int(process), invoked: invoked, completed: completed, outcome: outcome, value: value)
    }

    private func wrong(_ expected: String) -> OperationError { .malformed(line: line, expected: expected) }

    private static func messages(_ text: Substring) -> OperationRecord.Messages? {
        let halves = text.split(separator: ":", omittingEmptySubsequences: false)
        guard halves.count == 2, let publisher = number(halves[0], atMost: Int64(Int32.max)) else { return nil }
        var ranges: [ClosedRange<UInt32>] = []
        // After the last counter so far, and not touching it: the encoder would have written one range.
        var least: Int64 = 0
        for part in halves[1].split(separator: ",", omittingEmptySubsequences: halves[1].isEmpty) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            guard let low = number(ends[0], atMost: Int64(UInt32.max)), ends.count <= 2, low >= least else {
                return nil
            }
            var high = low
            if ends.count == 2 {
                guard let end = number(ends[1], atMost: Int64(UInt32.max)), end > low else { return nil }
                high = end
            }
            ranges.append(UInt32(low)...UInt32(high))
            least = high + 2
        }
        return OperationRecord.Messages(publisher: Int(publisher), counters: ranges)
    }

    /// Digits only, without a leading zero.
    private static func number(_ text: Substring, atMost limit: Int64) -> Int64? {
        guard let first = text.utf8.first, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            first != 0x30 || text.utf8.count == 1, let value = Int64(text), value <= limit
        else { return nil }
        return value
    }

    private static func line(of source: JournalSource) throws(OperationError) -> String? {
        do throws(JournalError) {
            return try source.line().map { String(decoding: $0.dropLast(), as: UTF8.self) }
        } catch {
            throw failure(error)
        }
    }

    private static func failure(_ error: JournalError) -> OperationError {
        switch error {
        case .unreadable(let path, let reason): .unreadable(path: path, reason: reason)
        case .malformed(let line, _, let expected): .malformed(line: line, expected: expected)
        }
    }
}
