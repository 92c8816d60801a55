/// Alertmanager's API v2: https://prometheus.io/docs/alerting/latest/alerts_api/ and the OpenAPI text it names
/// (`POST /api/v2/alerts`, an array of alerts). Labels are an alert's identity there, so they are the same when it ends. An
/// alert that nobody sends again ends by itself: `endsAt` lies ahead by the receiver's `hold` while the problem lasts.
enum AlertmanagerPayload {
    static func body(_ message: Message, source: String, now: Int64, hold: Int64) -> [UInt8] {
        var alerts = [alert(message, source: source, level: message.level, end: end(message, now: now, hold: hold))]
        if let former = message.formerLevel {
            // Its labels were others: that alert would burn on beside the worse one.
            alerts.append(alert(message, source: source, level: former, end: message.time))
        }
        return Payload.encode(alerts, isSnakeCase: false)
    }

    private static func end(_ message: Message, now: Int64, hold: Int64) -> Int64 {
        message.state == .firing ? Swift.max(now, message.time) + hold : message.time
    }

    private static func alert(_ message: Message, source: String, level: Level, end: Int64) -> Alert {
        let event = message.event
        var labels = [
            "alertname": name(message.kind), "severity": severity(level), "level": String(level.rawValue),
            "gauntlet": source, "problem": message.key,
        ]
        labels["scenario"] = message.scenario
        labels["world"] = message.world
        var annotations = ["summary": message.title, "occurrences": String(message.occurrences)]
        if !message.lines.isEmpty { annotations["description"] = message.lines.joined(separator: "\n") }
        annotations["replay"] = event.replay
        annotations["report"] = event.directory
        annotations["verdict"] = event.verdict
        return Alert(
            labels: labels, annotations: annotations, startsAt: Timestamp.rfc3339(message.since),
            endsAt: Timestamp.rfc3339(end))
    }

    private static func severity(_ level: Level) -> String { level == .ops ? "warning" : "critical" }

    /// `run-ended` → `GauntletRunNotHeld`, as alert names are written.
    private static func name(_ kind: NotificationEvent.Kind) -> String {
        switch kind {
        case .runEnded: "GauntletRunNotHeld"
        case .invariantBroken: "GauntletInvariantBroken"
        case .notReverted: "GauntletFaultNotReverted"
        case .runRefused: "GauntletRunRefused"
        case .runMissed: "GauntletRunMissed"
        case .runLost: "GauntletRunLost"
        case .calendarPaused: "GauntletCalendarPaused"
        case .budgetSpent: "GauntletBudgetSpent"
        case .recovered: "GauntletRecovered"
        case .test: "GauntletTest"
        }
    }

    private struct Alert: Encodable {
        var labels: [String: String]
        var annotations: [String: String]
        var startsAt: String
        var endsAt: String
    }
}
