public import ChaosPlan

/// Holds a run against a recorded journal while it happens, so that a replay needs no journal of its own: hand `consume`
/// to the run as a listener.
public final class JournalFollower {
    private var recorded: JournalReader
    private var divergence: Divergence?
    private var failure: JournalError?

    public init(_ recorded: consuming JournalReader) { self.recorded = recorded }

    /// A difference was found, or the recorded journal cannot be read on: further records change nothing.
    public var isDecided: Bool { divergence != nil || failure != nil }

    /// The run's next record.
    public func consume(_ record: JournalRecord) {
        if isDecided { return }
        do throws(JournalError) {
            let expected = try recorded.next()
            if expected != record { differs(expected, record) }
        } catch {
            failure = error
        }
    }

    /// To be called after the last record: the first difference, nil if there is none.
    public func finish() throws(JournalError) -> Divergence? {
        if let failure { throw failure }
        if divergence == nil, let expected = try recorded.next() { differs(expected, nil) }
        return divergence
    }

    private func differs(_ left: JournalRecord?, _ right: JournalRecord?) {
        divergence = Divergence(
            // Past its end the reader still stands on its last line.
            line: left == nil ? recorded.line + 1 : recorded.line, time: [left, right].compactMap { $0?.time }.min()!,
            left: left.map(Self.line), right: right.map(Self.line))
    }

    private static func line(_ record: JournalRecord) -> String {
        var bytes: [UInt8] = []
        JournalEncoder.encode(record, into: &bytes)
        return String(decoding: bytes.dropLast(), as: UTF8.self)
    }
}
