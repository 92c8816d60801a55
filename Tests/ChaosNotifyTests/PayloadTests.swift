import ChaosNotify
import ChaosPlan
import Foundation
import Testing

/// Golden texts, written by hand from what each vendor publishes (the pages are named beside the payloads' code).
@Suite struct PayloadTests {
    private let now = ManualClock.start + 1_500

    private func message(
        _ event: NotificationEvent = deviated(), level: Level = .critical, after earlier: [NotificationEvent] = []
    ) throws -> Message {
        var table = ProblemTable()
        var time = ManualClock.start - 60_000
        for event in earlier {
            _ = table.decide(event, id: "earlier", time: time, level: level, route: ["r"], window: 1)
            time += 1
        }
        let messages = table.decide(
            event, id: "event-1", time: ManualClock.start, level: level, route: ["r"], window: 1)
        return try #require(messages.last)
    }

    private func request(_ message: Message, _ receiver: String) throws -> HTTPRequest {
        let folder = try Folder()
        try folder.write("R0UT1NGKEY0123456789abcdef012345", to: "key")
        try folder.write("https://hooks.slack.com/services/T0/B0/swordfish", to: "slack")
        let configuration = try folder.configuration(
            """
            gauntlet-notifications: 1
            source: staging
            rules: [ { on: run-ended, level: 1 } ]
            routes: [ { level: 1, to: [r] } ]
            receivers: [ { name: r, \(receiver) } ]
            """)
        return try Payload(source: configuration.source, now: now).request(message, to: configuration.receivers[0])
    }

    private func expect(_ body: [UInt8], is golden: String, location: SourceLocation = #_sourceLocation) throws {
        func sorted(_ bytes: [UInt8]) throws -> String {
            let value = try JSONSerialization.jsonObject(with: Data(bytes))
            let data = try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .prettyPrinted])
            return String(decoding: data, as: UTF8.self)
        }
        #expect(try sorted(body) == sorted(Array(golden.utf8)), sourceLocation: location)
    }

    @Test("PagerDuty gets a trigger with a deduplication key, and a resolve with the same")
    func pagerDuty() throws {
        let receiver = "kind: pagerduty, routing-key-file: key"
        let trigger = try request(message(), receiver)
        #expect(trigger.url == "https://events.pagerduty.com/v2/enqueue")
        try expect(
            trigger.body,
            is: """
                {
                  "routing_key": "R0UT1NGKEY0123456789abcdef012345",
                  "event_action": "trigger",
                  "dedup_key": "gauntlet/staging/run-ended/hub-failover live",
                  "client": "gauntlet",
                  "payload": {
                    "summary": "[critical] hub-failover deviated in the live world",
                    "source": "staging",
                    "severity": "error",
                    "timestamp": "2026-11-21T21:00:00.000Z",
                    "component": "hub-failover",
                    "group": "two-machine",
                    "class": "run-ended",
                    "custom_details": {
                      "details": ["failover-time: 7.1 s, demanded ≤ 5 s"],
                      "level": "critical",
                      "occurrences": 1,
                      "scenario": "hub-failover",
                      "world": "live",
                      "verdict": "deviated",
                      "score": 82.5,
                      "coverage": 100,
                      "directory": "reports/hub-failover/20261121-210000-7",
                      "replay": "gauntlet replay reports/hub-failover/20261121-210000-7"
                    }
                  }
                }
                """)
        try expect(
            request(message(held, after: [deviated()]), receiver).body,
            is: """
                {
                  "routing_key": "R0UT1NGKEY0123456789abcdef012345",
                  "event_action": "resolve",
                  "dedup_key": "gauntlet/staging/run-ended/hub-failover live"
                }
                """)
    }

    @Test("PagerDuty's limits are kept: 1024 characters of summary, 255 of key, and long keys stay apart")
    func pagerDutyLimits() throws {
        func sent(_ ending: String) throws -> [String: Any] {
            var run = hubRun
            run.scenario = String(repeating: "ü", count: 2000) + ending
            let event = NotificationEvent.runEnded(run, verdict: "deviated", score: nil, coverage: nil)
            let body = try request(message(event), "kind: pagerduty, routing-key-file: key").body
            return try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
        }
        let (one, two) = (try sent("a"), try sent("b"))
        let summary = (one["payload"] as? [String: Any])?["summary"] as? String
        #expect(summary?.unicodeScalars.count == 1024)
        let keys = [one, two].compactMap { $0["dedup_key"] as? String }
        #expect(keys.count == 2 && keys[0] != keys[1])
        #expect(keys.allSatisfy { $0.utf8.count <= 255 })
    }

    @Test("Alertmanager gets an alert that ends later, and the same labels with an end when it is over")
    func alertmanager() throws {
        let receiver = "kind: alertmanager, url: \"http://127.0.0.1:9093/\", hold: 12h"
        let firing = try request(message(), receiver)
        #expect(firing.url == "http://127.0.0.1:9093/api/v2/alerts")
        let labels = """
            "labels": {
              "alertname": "GauntletRunNotHeld", "severity": "critical", "level": "2", "gauntlet": "staging",
              "problem": "run-ended/hub-failover live", "scenario": "hub-failover", "world": "live"
            }
            """
        let places = """
            "replay": "gauntlet replay reports/hub-failover/20261121-210000-7",
            "report": "reports/hub-failover/20261121-210000-7"
            """
        try expect(
            firing.body,
            is: """
                [{
                  \(labels),
                  "annotations": {
                    "summary": "hub-failover deviated in the live world", "occurrences": "1", "verdict": "deviated",
                    "description": "failover-time: 7.1 s, demanded ≤ 5 s", \(places)
                  },
                  "startsAt": "2026-11-21T21:00:00.000Z",
                  "endsAt": "2026-11-22T09:00:01.500Z"
                }]
                """)
        try expect(
            request(message(held, after: [deviated()]), receiver).body,
            is: """
                [{
                  \(labels),
                  "annotations": {
                    "summary": "hub-failover deviated in the live world", "occurrences": "1", "verdict": "held",
                    "description": "hub-failover held in the live world", \(places)
                  },
                  "startsAt": "2026-11-21T20:59:00.000Z",
                  "endsAt": "2026-11-21T21:00:00.000Z"
                }]
                """)
    }

    @Test("an alert that became worse ends at its former level")
    func escalatedAlert() throws {
        var table = ProblemTable()
        _ = table.decide(deviated(), id: "a", time: 0, level: .ops, route: ["r"], window: 1000)
        let worse = table.decide(
            deviated(), id: "b", time: ManualClock.start, level: .incident, route: ["r"], window: 1000)
        let body = try request(worse[0], "kind: alertmanager, url: \"http://127.0.0.1:9093\"").body
        let alerts = try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [[String: Any]])
        #expect(alerts.map { ($0["labels"] as? [String: String])?["level"] } == ["3", "1"])
        #expect(alerts.map { $0["endsAt"] as? String } == ["2026-11-22T21:00:01.500Z", "2026-11-21T21:00:00.000Z"])
    }

    @Test("Slack gets a fallback text and blocks in which nothing can be markup that is not meant")
    func slack() throws {
        let slack = try request(message(deviated(["<!channel> & a > b"])), "kind: slack, url-file: slack")
        #expect(slack.url == "https://hooks.slack.com/services/T0/B0/swordfish")
        let section = """
            &lt;!channel&gt; &amp; a &gt; b\\nscore 82.5, coverage 100 %\\n\
            report reports/hub-failover/20261121-210000-7\\n\
            `gauntlet replay reports/hub-failover/20261121-210000-7`
            """
        try expect(
            slack.body,
            is: """
                {
                  "text": "[critical] hub-failover deviated in the live world",
                  "blocks": [
                    {
                      "type": "header",
                      "text": { "type": "plain_text", "text": "[critical] hub-failover deviated in the live world" }
                    },
                    { "type": "section", "text": { "type": "mrkdwn", "text": "\(section)" } },
                    {
                      "type": "context",
                      "elements": [
                        { "type": "mrkdwn", "text": "staging · 2026-11-21T21:00:00.000Z · event-1-000" }
                      ]
                    }
                  ]
                }
                """)
        let long = deviated((0..<100).map { "\($0) " + String(repeating: "<", count: 490) })
        let body = try request(message(long), "kind: slack, url-file: slack").body
        let blocks = try #require(
            (try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])?["blocks"] as? [[String: Any]])
        let text = try #require((blocks[1]["text"] as? [String: String])?["text"])
        #expect(text.count <= 3000 && text.hasSuffix("…"))
    }

    @Test("a webhook gets JSON of our own, with an id, and a signature that openssl confirms")
    func webhook() throws {
        let hook = try request(message(), "kind: webhook, url: \"https://example.com/h\", secret-file: key")
        try expect(
            hook.body,
            is: """
                {
                  "gauntlet_notification": 1, "id": "event-1-000", "dedup_key": "run-ended/hub-failover live",
                  "state": "firing", "level": 2, "level_name": "critical", "event": "run-ended",
                  "title": "hub-failover deviated in the live world",
                  "details": ["failover-time: 7.1 s, demanded ≤ 5 s"],
                  "time": "2026-11-21T21:00:00.000Z", "since": "2026-11-21T21:00:00.000Z", "occurrences": 1,
                  "source": "staging", "scenario": "hub-failover", "fleet": "two-machine", "world": "live", "seed": 7,
                  "verdict": "deviated", "score": 82.5, "coverage": 100,
                  "directory": "reports/hub-failover/20261121-210000-7",
                  "replay": "gauntlet replay reports/hub-failover/20261121-210000-7"
                }
                """)
        func header(_ name: String) -> String? { hook.headers.first { $0.name == name }?.value }
        #expect(header("Idempotency-Key") == "event-1-000")
        #expect(header("X-Gauntlet-Timestamp") == "1795294801")
        let signed = Array("1795294801.".utf8) + hook.body
        let mac = SHA256.hmac(signed, key: Array("R0UT1NGKEY0123456789abcdef012345".utf8))
        #expect(header("X-Gauntlet-Signature") == "sha256=" + SHA256.digits(of: mac))
        let unsigned = try request(message(), "kind: webhook, url: \"https://example.com/h\"")
        #expect(!unsigned.headers.contains { $0.name.hasPrefix("X-Gauntlet") })
    }

    @Test("a request says nothing of itself when it is printed")
    func printing() throws {
        let slack = try request(message(), "kind: slack, url-file: slack")
        var dumped = ""
        dump(slack, to: &dumped)
        for text in ["\(slack)", String(reflecting: slack), dumped] { #expect(!text.contains("swordfish"), "\(text)") }
    }
}
