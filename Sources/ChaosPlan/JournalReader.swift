/// Reads a journal line by line, strictly, holding one line at a time.
///
/// A line that `JournalEncoder` would not write is an error with its number and what was expected. A last line without its
/// newline is what a crash leaves: everything before it is readable, and `truncated` says so afterwards.
public struct JournalReader: ~Copyable {
    public let header: JournalHeader
    /// The number of the line read last; the header is line 1.
    public private(set) var line = 1
    /// The file ends within a line. Known once `next` has returned nil.
    public private(set) var truncated = false
    /// The `end` event was seen: the run closed its journal itself.
    public private(set) var ended = false
    /// Over the event lines read so far.
    public private(set) var hash = JournalHash()

    private let source: JournalSource
    private let decoder: JournalDecoder

    public init(bytes: [UInt8]) throws(JournalError) {
        try self.init(source: JournalSource(bytes: bytes))
    }

    /// `chunk`: bytes read from the file at once.
    public init(path: String, chunk: Int = 1 << 20) throws(JournalError) {
        try self.init(source: try JournalSource(path: path, chunk: max(16, chunk)))
    }

    private init(source: JournalSource) throws(JournalError) {
        guard let line = try source.line() else {
            throw .malformed(line: 1, column: 1, expected: "a journal header")
        }
        do throws(JournalScanner.Failure) {
            header = try JournalDecoder.header(UnsafeRawBufferPointer(rebasing: line.dropLast()))
        } catch {
            throw .malformed(line: 1, column: error.offset + 1, expected: error.expected)
        }
        self.source = source
        decoder = JournalDecoder(header: header)
    }

    /// The next record; nil after the last whole line.
    public mutating func next() throws(JournalError) -> JournalRecord? {
        guard let bytes = try source.line() else {
            truncated = source.remainder > 0
            return nil
        }
        line += 1
        if ended { throw .malformed(line: line, column: 1, expected: "nothing after the end event") }
        hash.update(bytes)
        do throws(JournalScanner.Failure) {
            let record = try decoder.record(UnsafeRawBufferPointer(rebasing: bytes.dropLast()))
            if case .end = record.event { ended = true }
            return record
        } catch {
            throw .malformed(line: line, column: error.offset + 1, expected: error.expected)
        }
    }
}
