import ChaosPlan

/// PagerDuty's Events API v2: https://developer.pagerduty.com/docs/events-api-v2/trigger-events/ (keys and their limits: a
/// summary of 1024 characters, a `dedup_key` of 255; a resolve needs no payload) and …/overview/ (which answers to retry).
enum PagerDutyPayload {
    static func body(_ message: Message, source: String, routingKey: Secret) -> [UInt8] {
        let key = dedupKey(message.key, source: source)
        guard message.state == .firing else {
            return Payload.encode(Record(routingKey: routingKey.text, eventAction: "resolve", dedupKey: key))
        }
        let event = message.event
        let severity =
            switch message.level {
            case .ops: "warning"
            case .critical: "error"
            case .incident: "critical"
            }
        let details = Details(
            details: message.lines, level: message.level.word, occurrences: message.occurrences,
            scenario: event.scenario,
            world: event.world, verdict: event.verdict, score: event.score, coverage: event.coverage,
            directory: event.directory, replay: event.replay)
        let alert = Alert(
            summary: Payload.cut(message.headline, to: 1024), source: source, severity: severity,
            timestamp: Timestamp.rfc3339(message.time), component: event.scenario, group: event.fleet,
            class: message.kind.rawValue, customDetails: details)
        return Payload.encode(
            Record(
                routingKey: routingKey.text, eventAction: "trigger", dedupKey: key, client: "gauntlet", payload: alert))
    }

    /// Readable while it is short enough, else with a digest in place of its end.
    static func dedupKey(_ key: String, source: String) -> String {
        let whole = "gauntlet/\(source)/\(key)"
        guard whole.utf8.count > 255 else { return whole }
        let digest = SHA256.hex(whole.utf8).prefix(32)
        var start = whole
        while start.utf8.count > 200 { start.removeLast() }
        return start + "…" + digest
    }

    private struct Record: Encodable {
        var routingKey: String
        var eventAction: String
        var dedupKey: String
        var client: String?
        var payload: Alert?
    }

    private struct Alert: Encodable {
        var summary: String
        var source: String
        var severity: String
        var timestamp: String
        var component: String?
        var group: String?
        var `class`: String
        var customDetails: Details
    }

    private struct Details: Encodable {
        var details: [String]
        var level: String
        var occurrences: Int
        var scenario: String?
        var world: String?
        var verdict: String?
        var score: Double?
        var coverage: Double?
        var directory: String?
        var replay: String?
    }
}
