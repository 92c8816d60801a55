import ChaosPlan

/// Holds a journal on disk against the one that is being written, line by line.
final class JournalComparison {
    struct Divergence {
        /// The header is line 1.
        var line: Int
        /// Of the run, where the replay has one.
        var time: Nanoseconds?
        /// Nil: the journal ends before.
        var recorded: String?
        /// Nil: the replay ends before.
        var replayed: String?
    }

    private var file: LineFile
    private var line = 0
    private var buffer: [UInt8] = []
    private(set) var divergence: Divergence?
    /// Reading failed: nothing can be said.
    private(set) var failure: Failure?
    /// The engine that wrote the journal, where it is another one.
    private(set) var otherVersion: String?

    init(path: String) throws(Failure) { file = try LineFile(path) }

    /// Called once, first.
    func begin(_ header: JournalHeader) {
        buffer.removeAll(keepingCapacity: true)
        JournalEncoder.encodeHeader(header, into: &buffer)
        let recorded = next()
        guard let recorded, !recorded.elementsEqual(buffer) else {
            if recorded == nil { diverge(nil, time: nil) }
            return
        }
        // Headers that differ in nothing but the version are told apart from those of another plan.
        var other = header
        other.version = Self.version(in: recorded) ?? header.version
        var bytes: [UInt8] = []
        JournalEncoder.encodeHeader(other, into: &bytes)
        if other.version != header.version { otherVersion = other.version }
        if !recorded.elementsEqual(bytes) { diverge(recorded, time: nil) }
    }

    func consume(_ record: JournalRecord) {
        guard divergence == nil, failure == nil else { return }
        buffer.removeAll(keepingCapacity: true)
        JournalEncoder.encode(record, into: &buffer)
        let recorded = next()
        if let recorded, recorded.elementsEqual(buffer) { return }
        diverge(recorded, time: record.time)
    }

    /// Called once, last.
    func finish() {
        guard divergence == nil, failure == nil else { return }
        buffer = []
        if let recorded = next() { diverge(recorded, time: nil) }
    }

    private func next() -> ArraySlice<UInt8>? {
        line += 1
        do throws(Failure) { return try file.next() } catch {
            failure = error
            return nil
        }
    }

    private func diverge(_ recorded: ArraySlice<UInt8>?, time: Nanoseconds?) {
        guard failure == nil else { return }
        divergence = Divergence(
            line: line, time: time, recorded: recorded.map(Self.text),
            replayed: buffer.isEmpty ? nil : Self.text(buffer[...]))
    }

    private static func text(_ line: ArraySlice<UInt8>) -> String {
        String(decoding: line.last == UInt8(ascii: "\n") ? line.dropLast() : line, as: UTF8.self)
    }

    /// The header is JSON of one line, the version its second value; versions need no escapes.
    private static func version(in header: ArraySlice<UInt8>) -> String? {
        let text = text(header)
        guard let key = text.firstRange(of: "\"version\":\"") else { return nil }
        return text[key.upperBound...].firstIndex(of: "\"").map { String(text[key.upperBound..<$0]) }
    }
}
