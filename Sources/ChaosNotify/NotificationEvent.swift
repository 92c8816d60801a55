/// Something that people may have to know of: a run that ended badly, a budget that is nearly spent, a run that never started.
///
/// Made by the functions below it, one for each kind; whoever notifies decides nothing about levels, receivers or repetition:
/// that is the configuration's part. Nothing secret belongs into an event: it is stored in the outbox and sent as it is.
public struct NotificationEvent: Codable, Hashable, Sendable {
    /// The words that rules match with `on:`.
    public enum Kind: String, CaseIterable, Codable, Hashable, Sendable {
        case runEnded = "run-ended"
        case invariantBroken = "invariant-broken"
        case notReverted = "not-reverted"
        case runRefused = "run-refused"
        case runMissed = "run-missed"
        case runLost = "run-lost"
        case calendarPaused = "calendar-paused"
        case budgetSpent = "budget-spent"
        /// A problem that was told before is over.
        case recovered
        /// Of `gauntlet notify test`.
        case test
    }

    /// A problem begins (or goes on), or it is over.
    public enum State: String, CaseIterable, Codable, Hashable, Sendable {
        case firing, resolved
    }

    public var kind: Kind
    /// What it is about within its kind: events of one kind and subject are one problem. `hub-failover live`.
    public var subject: String
    public var state: State
    /// Further problems that this ends, by their keys: a run that held ends a broken invariant of the same scenario.
    public var ends: [String] = []
    /// One line.
    public var title: String
    /// One sentence each.
    public var details: [String] = []
    /// With its variant: `partition@2min`.
    public var scenario: String?
    public var fleet: String?
    /// `simulated` or `live`.
    public var world: String?
    public var seed: UInt64?
    /// `held`, `deviated` or `inconclusive`.
    public var verdict: String?
    /// 0...100.
    public var score: Double?
    /// 0...100.
    public var coverage: Double?
    /// Of a budget, what is spent: 0...100 and beyond.
    public var percent: Double?
    /// Where its report lies.
    public var directory: String?
    /// The command that repeats it.
    public var replay: String?

    /// What makes repetitions the same problem: in the outbox, and as the receivers' own deduplication key.
    public var key: String { Self.key(kind, subject) }

    static func key(_ kind: Kind, _ subject: String) -> String { "\(kind.rawValue)/\(subject)" }

    init(_ kind: Kind, about subject: String, state: State = .firing, title: String) {
        self.kind = kind
        self.subject = subject
        self.state = state
        self.title = title
    }
}
