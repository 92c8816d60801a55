import ChaosNotify
import Testing

@Suite struct FunctionTests {
    @Test("instants are written as RFC 3339 has them")
    func instants() {
        #expect(Timestamp.rfc3339(0) == "1970-01-01T00:00:00.000Z")
        #expect(Timestamp.rfc3339(1_709_210_096_007) == "2024-02-29T12:34:56.007Z")
        #expect(Timestamp.rfc3339(-1) == "1969-12-31T23:59:59.999Z")
    }

    @Test("Retry-After is read as seconds and as a date, and nothing else")
    func retryAfter() {
        // The date of RFC 9110's example.
        let date: Int64 = 784_111_777_000
        #expect(Timestamp.retryAfter("120", now: 0) == 120_000)
        #expect(Timestamp.retryAfter(" 0 ", now: 0) == 0)
        #expect(Timestamp.retryAfter("Sun, 06 Nov 1994 08:49:37 GMT", now: date - 5_000) == 5_000)
        #expect(Timestamp.retryAfter("Sun, 06 Nov 1994 08:49:37 GMT", now: date + 5_000) == 0)
        for text in ["", "soon", "-1", "1.5", "99999999999999999999", "Sun, 06 Nov 1994 08:49 GMT", "a b c d e GMT"] {
            #expect(Timestamp.retryAfter(text, now: 0) == nil, "\(text)")
        }
    }

    @Test("the back-off doubles up to its limit, is jittered, and is the same for the same seed")
    func backOff() {
        let backOff = BackOff(seed: 1)
        for attempt in 1...40 {
            let full = min(BackOff.longest, BackOff.first << Int64(min(attempt - 1, 20)))
            let delay = backOff.delay(after: attempt, of: "m", asked: nil)
            #expect((full / 2...full).contains(delay), "attempt \(attempt): \(delay)")
            #expect(delay == BackOff(seed: 1).delay(after: attempt, of: "m", asked: nil))
        }
        let others = Set((0..<50).map { backOff.delay(after: 8, of: "m\($0)", asked: nil) })
        #expect(others.count > 40, "jitter keeps messages apart: \(others.count)")
        #expect(backOff.delay(after: 1, of: "m", asked: 30_000) == 30_000)
        #expect(backOff.delay(after: 1, of: "m", asked: .max) == BackOff.longestAsked)
    }

    @Test(
        "answers are told apart: delivered, worth another attempt, refused for good",
        arguments: [
            (200, "delivered"), (202, "delivered"), (301, "retry"), (400, "refused"), (401, "retry"), (403, "retry"),
            (404, "retry"), (408, "retry"), (410, "refused"), (413, "refused"), (429, "retry"), (500, "retry"),
            (503, "retry"),
        ])
    func outcomes(status: Int, wanted: String) {
        let answer = HTTPAnswer(status: status, retryAfter: nil, body: [])
        let outcome =
            switch DeliveryOutcome(.success(answer), secrets: [], now: 0) {
            case .delivered: "delivered"
            case .retry: "retry"
            case .refused: "refused"
            }
        #expect(outcome == wanted)
    }

    @Test("an answer is quoted, but not where it repeats part of a secret")
    func quotes() throws {
        let folder = try Folder()
        let secret = try SecretFile.read(folder.write("abcdefgh-swordfish", to: "s"))
        func why(_ body: String) -> String {
            let answer = HTTPAnswer(status: 400, retryAfter: nil, body: Array(body.utf8))
            if case .refused(let why) = DeliveryOutcome(.success(answer), secrets: [secret], now: 0) { return why }
            return "not refused"
        }
        #expect(why("invalid_payload\n") == "HTTP 400: invalid_payload")
        #expect(why("\u{1B}[2Jevent is\tinvalid") == "HTTP 400: [2Jevent is invalid")
        #expect(why("key `h-swordfi…` is unknown") == "HTTP 400")
    }

    @Test(
        "the Pushgateway's path holds any label value",
        arguments: [
            ("hub-failover", "/metrics/job/gauntlet/scenario/hub-failover"),
            ("partition@2min", "/metrics/job/gauntlet/scenario@base64/cGFydGl0aW9uQDJtaW4"),
            ("/var/tmp", "/metrics/job/gauntlet/scenario@base64/L3Zhci90bXA"),
            ("", "/metrics/job/gauntlet/scenario@base64/="),
            ("..", "/metrics/job/gauntlet/scenario@base64/Li4"),
            ("Προμηθεύς", "/metrics/job/gauntlet/scenario@base64/zqDPgc6_zrzOt864zrXPjc-C"),
        ])
    func pushPath(value: String, path: String) {
        #expect(Pushgateway.path(job: "gauntlet", grouping: [("scenario", value)]) == path)
    }
}
