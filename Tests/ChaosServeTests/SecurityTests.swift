import ChaosServe
import Foundation
import Glibc
import Testing

@Suite struct AccessTokenTests {
    @Test("The first start makes a token that only its owner can read; the next one reads it")
    func made() throws {
        let folder = try Folder()
        let path = folder.file("state/token")
        let (first, isNew) = try AccessToken.readOrCreate(path: path)
        #expect(isNew)
        #expect(folder.mode("state/token") == 0o600)
        #expect(folder.mode("state") == 0o700)
        let text = try folder.text("state/token").trimmingCharacters(in: .newlines)
        #expect(text.count == AccessToken.length)
        let (second, isNewAgain) = try AccessToken.readOrCreate(path: path)
        #expect(!isNewAgain)
        for token in [first, second] {
            #expect(token.matches(text))
            #expect(!token.matches(String(text.dropLast())))
            #expect(!token.matches(text + "0"))
            #expect(!token.matches(""))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("state")) == ["token"])
    }

    @Test("A token file that others can read, that is a link, a folder or half a token is refused with the reason")
    func refused() throws {
        let folder = try Folder()
        func failure(_ name: String) -> String? {
            do throws(ServeFailure) {
                _ = try AccessToken.readOrCreate(path: folder.file(name))
                return nil
            } catch { return error.description }
        }
        let token = String(repeating: "a", count: AccessToken.length)
        try folder.write(token, to: "open")
        chmod(folder.file("open"), 0o644)
        #expect(failure("open")?.contains("others can read") == true)
        try folder.write("a1b2", to: "half")
        chmod(folder.file("half"), 0o600)
        #expect(failure("half")?.contains("has no token") == true)
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("link"), withDestinationPath: folder.file("half"))
        #expect(failure("link")?.contains("symbolic link") == true)
        try FileManager.default.createDirectory(atPath: folder.file("folder"), withIntermediateDirectories: false)
        #expect(failure("folder")?.contains("not a regular file") == true)
    }
}

@Suite struct ActionGateTests {
    private static let made: (token: AccessToken, text: String) = {
        let folder = try! Folder()
        let token = try! AccessToken.readOrCreate(path: folder.file("token")).token
        // The folder is gone when this returns.
        return (token, try! folder.text("token").trimmingCharacters(in: .newlines))
    }()
    private static var token: AccessToken { made.token }
    private static var text: String { made.text }
    private static let own = "127.0.0.1:8700"

    private static func outcome(
        _ change: (inout ActionGate.Attempt) -> Void, sessions: Sessions = Sessions(), hosts: [String] = []
    ) -> Result<ActionGate.Actor, ActionGate.Refusal> {
        var attempt = ActionGate.Attempt(
            authority: own, contentType: "application/json", authorization: "Bearer \(text)")
        change(&attempt)
        let gate = ActionGate(hosts: HostNames(hosts), token: token, sessions: sessions)
        do throws(ActionGate.Refusal) {
            return .success(try gate.check(attempt, now: 1_000))
        } catch { return .failure(error) }
    }

    @Test("The token by header acts; without it, or with another, nobody does")
    func token() {
        #expect(Self.outcome { _ in } == .success(.token))
        #expect(Self.outcome { $0.authorization = "bearer \(Self.text)" } == .success(.token))
        #expect(Self.outcome { $0.authorization = nil } == .failure(.noToken))
        for wrong in ["Bearer", "Bearer ", "Bearer x", "Basic \(Self.text)", "Bearer \(Self.text)0", Self.text] {
            #expect(Self.outcome { $0.authorization = wrong } == .failure(.wrongToken), "\(wrong)")
        }
    }

    @Test(
        "Requests of other sites do not act, not even with the token",
        arguments: [
            "https://evil.example", "http://127.0.0.1:9999", "http://127.0.0.1", "null",
            "http://127.0.0.1:8700.evil.example", "",
        ])
    func origins(origin: String) {
        #expect(Self.outcome { $0.origin = origin } == .failure(.crossSite))
    }

    @Test(
        "The browser's own word of where a request comes from counts", arguments: ["cross-site", "same-site", "none"])
    func fetchSites(site: String) {
        #expect(Self.outcome { $0.fetchSite = site } == .failure(.crossSite))
        #expect(
            Self.outcome {
                $0.fetchSite = "same-origin"; $0.origin = "http://\(Self.own)"
            } == .success(.token))
    }

    @Test(
        "What a form can send without asking first is none of ours",
        arguments: [
            nil, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
            "text/plain; application/json", "application/jsonp",
        ])
    func contentTypes(type: String?) {
        #expect(Self.outcome { $0.contentType = type } == .failure(.contentType))
        #expect(Self.outcome { $0.contentType = "Application/JSON; charset=utf-8" } == .success(.token))
    }

    @Test(
        "A name that was rebound to this address is refused before anything else",
        arguments: [
            "evil.example", "evil.example:8700", "127.0.0.1.evil.example:8700", "localhost.evil.example",
            "127.0.0.1@evil.example", "", "[::1", "0.0.0.0:8700", "127.0.0.1:80x",
        ])
    func rebinding(authority: String) {
        #expect(Self.outcome { $0.authority = authority } == .failure(.host))
    }

    @Test(
        "Loopback by any name and port, and a proxy's name that was given, are asked for",
        arguments: [
            "127.0.0.1", "localhost:9", "LOCALHOST:8700", "[::1]:8700", "chaos.example.org", "chaos.example.org:443",
        ])
    func names(authority: String) {
        #expect(Self.outcome({ $0.authority = authority }, hosts: ["Chaos.example.org"]) == .success(.token))
    }

    @Test("A session is a cookie and a key and comes from this page; it ends with its time, or when it is closed")
    func sessions() {
        let sessions = Sessions()
        let opened = sessions.open(now: 900)
        let other = sessions.open(now: 900)
        func outcome(_ change: (inout ActionGate.Attempt) -> Void) -> Result<ActionGate.Actor, ActionGate.Refusal> {
            Self.outcome(
                { attempt in
                    attempt.authorization = nil
                    attempt.origin = "http://\(Self.own)"
                    attempt.cookie = opened.cookie
                    attempt.key = opened.key
                    change(&attempt)
                }, sessions: sessions)
        }
        #expect(outcome { _ in } == .success(.session(opened.number)))
        // Another port of the host gets the cookie; it never sees the key.
        #expect(outcome { $0.key = nil } == .failure(.wrongToken))
        #expect(outcome { $0.key = other.key } == .failure(.wrongToken))
        #expect(outcome { $0.cookie = other.cookie } == .failure(.wrongToken))
        #expect(outcome { $0.cookie = nil } == .failure(.noToken))
        #expect(outcome { $0.origin = nil } == .failure(.crossSite))
        #expect(sessions.find(cookie: opened.cookie, key: opened.key, now: 900 + Sessions.lifetime) == nil)
        sessions.close(opened.number)
        #expect(outcome { _ in } == .failure(.wrongToken))
    }

    @Test("Refusals beyond the limit are held back and counted as one, by address and minute")
    func limit() {
        let limit = RefusalLimit()
        for number in 1...RefusalLimit.most { #expect(limit.count("a", now: 100) == .counted, "refusal \(number)") }
        #expect(limit.count("a", now: 110) == .limited(retryAfter: 50))
        #expect(limit.count("a", now: 159) == .limited(retryAfter: 1))
        #expect(limit.count("b", now: 110) == .counted)
        #expect(limit.collect(now: 120).isEmpty)
        #expect(limit.collect(now: 160) == [.init(address: "a", count: 2)])
        #expect(limit.count("a", now: 161) == .counted)
    }

    @Test(
        "Only loopback is listened on",
        arguments: [
            ("127.0.0.1", true), ("127.3.2.1", true), ("::1", true), ("localhost", true), ("0.0.0.0", false),
            ("192.168.1.2", false), ("::", false), ("127.0.0.1.evil", false), ("", false), ("127.0.0.999", false),
        ])
    func loopback(address: String, isLoopback: Bool) {
        #expect(HostNames.isLoopback(address) == isLoopback)
        guard !isLoopback else { return }
        var settings = ServeSettings(tokenFile: "/nonexistent/token", auditFile: "/nonexistent/audit")
        settings.address = address
        #expect {
            _ = try WebServer(settings: settings, control: TestControl())
        } throws: { error in
            "\(error)".contains("ssh tunnel or a TLS proxy")
        }
    }
}
