/// A whole journal in memory: for tests, for short runs, and for what must look at records twice. Long ones are read
/// with `JournalReader`, one record at a time.
public struct Journal: Hashable, Sendable {
    public var header: JournalHeader
    public var records: [JournalRecord]

    public init(header: JournalHeader, records: [JournalRecord]) {
        self.header = header
        self.records = records
    }

    /// Every whole line of `bytes`; a last line without its newline is left out (`JournalReader.truncated`).
    public init(bytes: [UInt8]) throws(JournalError) {
        try self.init(JournalReader(bytes: bytes))
    }

    public init(path: String) throws(JournalError) {
        try self.init(JournalReader(path: path))
    }

    private init(_ source: consuming JournalReader) throws(JournalError) {
        var reader = source
        header = reader.header
        records = []
        while let record = try reader.next() { records.append(record) }
    }

    /// As a file has it.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        JournalEncoder.encodeHeader(header, into: &bytes)
        for record in records { JournalEncoder.encode(record, into: &bytes) }
        return bytes
    }

    public var hash: JournalHash {
        var hash = JournalHash()
        var line: [UInt8] = []
        for record in records {
            line.removeAll(keepingCapacity: true)
            JournalEncoder.encode(record, into: &line)
            hash.update(line)
        }
        return hash
    }
}
