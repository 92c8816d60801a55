import ChaosPlan

/// The JSON that any program can be told with; docs/notifications.md lists its keys. Keys are only ever added.
enum WebhookPayload {
    static func body(_ message: Message, source: String) -> [UInt8] {
        Payload.encode(Record(message, source: source))
    }

    /// HMAC-SHA256 over `TIMESTAMP.BODY`, so that a message can neither be forged nor, with a look at the time, be repeated.
    static func signature(_ body: [UInt8], key: Secret, now: Int64) -> [(name: String, value: String)] {
        let timestamp = String(now / 1000)
        let mac = SHA256.hmac(Array(timestamp.utf8) + [UInt8(ascii: ".")] + body, key: Array(key.text.utf8))
        return [("X-Gauntlet-Timestamp", timestamp), ("X-Gauntlet-Signature", "sha256=" + SHA256.digits(of: mac))]
    }

    private struct Record: Encodable {
        var gauntletNotification = 1
        var id: String
        var dedupKey: String
        var state: String
        var level: Int
        var levelName: String
        var event: String
        var title: String
        var details: [String]
        var time: String
        var since: String
        var occurrences: Int
        var source: String
        var scenario: String?
        var fleet: String?
        var world: String?
        var seed: UInt64?
        var verdict: String?
        var score: Double?
        var coverage: Double?
        var percent: Double?
        var directory: String?
        var replay: String?

        init(_ message: Message, source: String) {
            let event = message.event
            id = message.id
            dedupKey = message.key
            state = message.state.rawValue
            level = message.level.rawValue
            levelName = message.level.word
            self.event = message.kind.rawValue
            title = message.title
            details = message.lines
            time = Timestamp.rfc3339(message.time)
            since = Timestamp.rfc3339(message.since)
            occurrences = message.occurrences
            self.source = source
            scenario = event.scenario
            fleet = event.fleet
            world = event.world
            seed = event.seed
            verdict = event.verdict
            score = event.score
            coverage = event.coverage
            percent = event.percent
            directory = event.directory
            replay = event.replay
        }
    }
}
