/// What one receiver is to be told: an event with its level and its place in the course of its problem. Stored in the outbox
/// until it is delivered, so it holds no secret; payloads are built from it only when they are sent.
package struct Message: Codable, Hashable, Sendable {
    /// The same however often it is sent. Ids sort by time.
    package var id: String
    package var receiver: String
    /// The problem's: the receivers' own deduplication key.
    package var key: String
    package var state: NotificationEvent.State
    package var level: Level
    /// The level that the problem had before it became worse.
    package var formerLevel: Level?
    /// Of the problem, and its first line: of `recovered`, those of what is over.
    package var kind: NotificationEvent.Kind
    package var title: String
    /// What the problem began with: they name it, until it is over.
    package var scenario: String?
    package var world: String?
    package var event: NotificationEvent
    /// Milliseconds since 1970: of the event.
    package var time: Int64
    /// When the problem began.
    package var since: Int64
    /// How many events of the problem there have been, this one among them.
    package var occurrences: Int

    /// One line for people: `[critical] hub-failover deviated in the live world`.
    package var headline: String {
        state == .firing ? "[\(level.word)] \(title)" : "[resolved] \(title)"
    }

    /// What stands below it, one sentence a line.
    package var lines: [String] {
        var lines = event.title == title ? [] : [event.title]
        lines += event.details
        if occurrences > 1, state == .firing { lines.append("\(occurrences) times since \(Timestamp.rfc3339(since))") }
        return lines
    }
}
