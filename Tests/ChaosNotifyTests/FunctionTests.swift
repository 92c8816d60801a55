import ChaosNotify
import Testing

@Suite struct FunctionTests {
    /// FIPS 180-4's examples as NIST publishes them, and lengths on both sides of a block's end.
    @Test(
        "SHA-256 gives the published digests",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                String(repeating: "a", count: 1_000),
                "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"
            ),
        ])
    func digest(text: String, hex: String) {
        #expect(SHA256.hex(SHA256.digest(Array(text.utf8))) == hex)
    }

    @Test("HMAC gives the digests of RFC 4231, with a short key and one longer than a block")
    func hmac() {
        let second = SHA256.hmac(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        #expect(SHA256.hex(second) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        let sixth = SHA256.hmac(
            Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            key: [UInt8](repeating: 0xaa, count: 131))
        #expect(SHA256.hex(sixth) == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

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
