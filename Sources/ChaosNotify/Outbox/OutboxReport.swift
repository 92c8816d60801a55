/// What lies in an outbox, for people to look at.
public struct OutboxReport: Sendable {
    public struct Problem: Hashable, Sendable {
        /// What `notify resolve` takes.
        public var key: String
        public var title: String
        public var level: Level
        /// RFC 3339, UTC.
        public var since: String
    }

    public struct Waiting: Hashable, Sendable {
        public var receiver: String
        public var headline: String
        public var attempts: Int
        /// Of the latest attempt.
        public var failure: String?
    }

    /// The oldest first.
    public var problems: [Problem]
    public var waiting: [Waiting]
    /// Given up.
    public var dead: [Waiting]

    public var isEmpty: Bool { problems.isEmpty && waiting.isEmpty && dead.isEmpty }
}

extension NotifyConfiguration {
    /// Reads the outbox without taking part in it; empty where there is none yet.
    public func report() -> OutboxReport {
        let outbox = Outbox(path: outbox)
        func show(_ entry: Outbox.Entry) -> OutboxReport.Waiting {
            .init(
                receiver: entry.message.receiver, headline: entry.message.headline, attempts: entry.attempts,
                failure: entry.failure)
        }
        let problems = outbox.state().problems.open.sorted { ($0.value.since, $0.key) < ($1.value.since, $1.key) }
        return OutboxReport(
            problems: problems.map {
                .init(
                    key: $0.key, title: $0.value.title, level: $0.value.level, since: Timestamp.rfc3339($0.value.since))
            },
            waiting: outbox.queues().flatMap { outbox.queue(of: $0) }.map(show), dead: outbox.dead().map(show))
    }
}
