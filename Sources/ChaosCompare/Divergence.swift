public import ChaosPlan

/// The first event in which two journals differ. Headers are not compared: wall clocks and host facts stand there.
public struct Divergence: Hashable, Sendable {
    /// Of the journal file; the header is line 1.
    public var line: Int
    /// Of the earlier of the two events, from the start of the run.
    public var time: Nanoseconds
    /// The line as the first journal has it, without its newline; nil where that journal has ended.
    public var left: String?
    /// The same of the second journal.
    public var right: String?

    /// Compares two journals line by line, holding one line of each; nil when their events are the same to the end.
    public static func first(
        _ left: consuming JournalReader, _ right: consuming JournalReader
    ) throws(JournalError) -> Divergence? {
        let follower = JournalFollower(left)
        var right = right
        while !follower.isDecided, let record = try right.next() { follower.consume(record) }
        return try follower.finish()
    }

    /// Of two journal files.
    public static func first(journalAt left: String, andAt right: String) throws(JournalError) -> Divergence? {
        try first(JournalReader(path: left), JournalReader(path: right))
    }

    /// For the terminal.
    public var text: String {
        "line \(line), at \(Self.seconds(time)) s:\n  - \(left ?? Self.nothing)\n  + \(right ?? Self.nothing)\n"
    }

    private static let nothing = "(the journal ends here)"

    /// With all nine digits, so that it can be looked up in the journal.
    private static func seconds(_ time: Nanoseconds) -> String {
        let rest = String(time % .second)
        return "\(time / .second)." + String(repeating: "0", count: 9 - rest.utf8.count) + rest
    }
}
