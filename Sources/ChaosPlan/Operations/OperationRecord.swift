/// One operation of one client, from its first try to what came of it: a line of a run's `ops.tsv`.
///
/// The journal counts; this names. It is what checkers of histories read, and is written only when asked for, because a
/// week has tens of millions.
public struct OperationRecord: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// A client asked an agent for something.
        case request
        /// An agent handed a message to the broker's client; over when the broker has acknowledged it.
        case publish
        /// A consumer took a message.
        case deliver
        /// After the run, everything that the stream holds of one publisher.
        case finalRead = "final-read"
    }

    public enum Outcome: String, CaseIterable, Hashable, Sendable {
        case ok
        /// It certainly had no effect.
        case fail
        /// Nobody knows whether it had one.
        case info
    }

    public var kind: Kind
    /// Which client, within its kind: the subject's index of a request, the publisher's of a publish, the consumer's of
    /// a delivery, the reader's of a final read. A client may have several operations under way.
    public var process: Int
    /// From the start of the run.
    public var invoked: Nanoseconds
    /// Not before `invoked`; of an unknown outcome, when the client gave up.
    public var completed: Nanoseconds
    public var outcome: Outcome
    /// The messages it is about; nil for requests.
    public var value: Messages?

    public init(
        kind: Kind, process: Int, invoked: Nanoseconds, completed: Nanoseconds, outcome: Outcome, value: Messages?
    ) {
        self.kind = kind
        self.process = process
        self.invoked = invoked
        self.completed = completed
        self.outcome = outcome
        self.value = value
    }

    /// Messages of one publisher by their counters.
    public struct Messages: Hashable, Sendable {
        /// Index among the journal header's subjects.
        public var publisher: Int
        /// Ascending, neither touching nor overlapping.
        public var counters: [ClosedRange<UInt32>]

        public init(publisher: Int, counters: [ClosedRange<UInt32>]) {
            self.publisher = publisher
            self.counters = counters
        }

        /// A single message.
        public init(publisher: Int, counter: UInt32) {
            self.init(publisher: publisher, counters: [counter...counter])
        }

        public var count: Int { counters.reduce(0) { $0 + $1.count } }
    }
}

/// Why an operations file cannot be read.
public enum OperationError: Error, Hashable, Sendable, CustomStringConvertible {
    case unreadable(path: String, reason: String)
    /// A line that `OperationEncoder` does not write; lines count from 1, and the heading is line 1.
    case malformed(line: Int, expected: String)

    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
        case .malformed(let line, let expected): "operations line \(line): expected \(expected)"
        }
    }
}
