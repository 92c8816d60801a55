import ChaosPlan

/// Follows one journal while it grows.
package final class JournalTail {
    package let path: String
    /// Nil until the header is whole.
    package private(set) var state: FleetState?
    /// Why it is not followed any further.
    package private(set) var failure: String?
    private var reader: Reader?

    /// Boxes what cannot be copied.
    private final class Reader {
        var journal: JournalReader
        init(_ journal: consuming JournalReader) { self.journal = journal }
    }

    package init(path: String) { self.path = path }

    /// Reads what was added, up to `limit` records: a long journal is caught up with over several calls, so that none of
    /// them takes long. False when there was more.
    @discardableResult
    package func advance(limit: Int = 50_000) -> Bool {
        guard failure == nil else { return true }
        do throws(JournalError) {
            if reader == nil {
                // Small pieces: what is added in a second is a few kilobytes.
                let opened = Reader(try JournalReader(path: path, chunk: 1 << 16))
                state = FleetState(header: opened.journal.header)
                reader = opened
            }
            guard let reader else { return true }
            for _ in 0..<limit {
                guard let record = try reader.journal.next() else { return true }
                state?.apply(record)
            }
            return false
        } catch {
            switch error {
            // Not made yet, or its first line is not whole: looked for again.
            case .unreadable where reader == nil: return true
            case .malformed(line: 1, column: 1, _) where reader == nil: return true
            default:
                failure = "\(error)"
                return true
            }
        }
    }
}
