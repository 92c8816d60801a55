import ChaosPlan
import ChaosServe
import ChaosService
import Foundation
import Glibc
import Testing

@Suite struct ReadingTests {
    @Test("The page is its own and nobody else's: strict policy, no script or style from elsewhere, no frame")
    func page() async throws {
        try await Rig.serve { rig in
            let page = try await rig.http.get("/")
            #expect(page.status == 200)
            #expect(page.headers["content-type"] == "text/html; charset=utf-8")
            let policy = try #require(page.headers["content-security-policy"])
            for part in [
                "default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'",
                "form-action 'none'",
            ] {
                #expect(policy.contains(part))
            }
            #expect(!policy.contains("unsafe"))
            #expect(page.headers["access-control-allow-origin"] == nil)
            #expect(page.headers["x-content-type-options"] == "nosniff")
            // What it refers to is here, and there is nothing that the policy would refuse.
            for file in ["/page.css", "/page.js"] {
                #expect(page.body.contains("\"\(file)\""))
                #expect(try await rig.http.get(file).status == 200)
            }
            for address in page.body.components(separatedBy: "src=\"").dropFirst() { #expect(address.hasPrefix("/")) }
            #expect(
                !page.body.contains("http://") || page.body.components(separatedBy: "http://").count == 2,
                "only the icon's name space")
            #expect(!page.body.contains(" style=\"") && !page.body.contains(" onclick"))
            #expect(page.body.contains("lang=\"en\""))
            #expect(try await rig.http.get("/healthz").body == "ok\n")
            #expect(try await rig.http.get("/nothing").status == 404)
            #expect(try await rig.http.send("DELETE", "/", [], host: nil, body: nil).status == 405)
            let head = try await rig.http.send("HEAD", "/", [], host: nil, body: nil)
            #expect(head.status == 200 && head.body.isEmpty)
        }
    }

    @Test("A name that was rebound to loopback reads nothing, and the audit log shows it")
    func rebinding() async throws {
        try await Rig.serve(hostNames: ["chaos.example.org"]) { rig in
            for path in ["/", "/events", "/metrics", "/reports/a/b/report.html", "/api/halt"] {
                #expect(try await rig.http.get(path, host: "evil.example:\(rig.port)").status >= 400, "\(path)")
            }
            #expect(try await rig.http.get("/", host: "evil.example").status == 421)
            #expect(try await rig.http.get("/", host: "chaos.example.org").status == 200)
            let audit = try rig.audit()
            #expect(audit.count { $0.answer == "host" && $0.action == "read" } == 5)
        }
    }

    @Test("Reports are read, and nothing beside them: no way up, no link, no other file; attempts are audited")
    func reports() async throws {
        try await Rig.serve { rig in
            let run = "reports/partition@2min/20261121-010203-7"
            try rig.folder.write("<p>the report</p>", to: "\(run)/report.html")
            try rig.folder.write("secret", to: "\(run)/journal.jsonl")
            try rig.folder.write("secret", to: "reports/.hidden/x/report.html")
            try rig.folder.write("secret", to: "outside/report.html")
            let links = [("reports/linked", "outside"), ("reports/control/linked", "outside")]
            try rig.folder.write("", to: "reports/control/x/other")
            for (link, destination) in links {
                symlink(rig.folder.file(destination), rig.folder.file(link))
            }
            symlink(rig.folder.file("outside/report.html"), rig.folder.file("reports/control/x/report.html"))

            let page = try await rig.http.get("/reports/partition%402min/20261121-010203-7/report.html")
            #expect(page.status == 200)
            #expect(page.body == "<p>the report</p>")
            // It runs apart: whatever somebody wrote into it cannot act, read or reach anything.
            let policy = try #require(page.headers["content-security-policy"])
            #expect(policy.contains("sandbox allow-scripts") && !policy.contains("allow-same-origin"))

            let missing = [
                "/reports/control/none/report.html", "/reports/partition@2min/20261121-010203-7/journal.jsonl",
                "/reports/report.html", "/reports/a/b/c/d/report.html",
            ]
            for path in missing { #expect(try await rig.http.get(path).status == 404, "\(path)") }
            #expect(try rig.audit().isEmpty, "what is merely not there is no attempt")

            let attempts = [
                "/reports/../state/token", "/reports/%2e%2e/state/token", "/reports/..%2fstate%2ftoken",
                "/reports/control/%2e%2e/%2e%2e/outside/report.html", "/reports/control/..%5c..%5creport.html",
                "/reports/.hidden/x/report.html", "/reports//etc/report.html", "/reports/%00/report.html",
                "/reports/%/report.html", "/reports/", "/reports/linked/report.html",
                "/reports/control/linked/report.html", "/reports/control/x/report.html",
            ]
            for path in attempts {
                let answer = try await rig.http.get(path)
                #expect(answer.status == 404 && !answer.body.contains("secret"), "\(path)")
            }
            let audit = try rig.audit()
            #expect(audit.compactMap(\.detail) == attempts)
            #expect(audit.allSatisfy { $0.answer == "path" && $0.action == "read" && $0.status == 404 })
        }
    }
}

@Suite struct ActingTests {
    private static let json = ("Content-Type", "application/json")

    @Test("Halt, run and resume act with the token, each with its lines in the audit log")
    func acts() async throws {
        try await Rig.serve { rig in
            let run = try await rig.http.post(
                "/api/run", rig.acting, body: #"{"scenario": "hub-failover", "seed": 5, "world": "simulated"}"#)
            #expect(run.status == 200)
            #expect(try run.json()["message"] as? String == "hub-failover is started")
            let again = try await rig.http.post("/api/run", rig.acting, body: #"{"scenario": "control"}"#)
            #expect(again.status == 409)
            #expect(try again.json()["isAccepted"] as? Bool == false)
            #expect(try await rig.http.post("/api/halt", rig.acting).status == 200)
            await rig.control.pause("deviated")
            #expect(try await rig.http.post("/api/resume", rig.acting).status == 200)
            #expect(await rig.control.state.paused == nil)

            let asked = await rig.control.asked
            #expect(
                asked.map { $0.split(separator: " by ")[0] } == ["run hub-failover", "run control", "halt", "resume"])
            #expect(asked.allSatisfy { $0.contains("by token at 127.0.0.1:") })
            let audit = try rig.audit()
            #expect(audit.map(\.answer) == ["begun", "done", "begun", "declined", "begun", "done", "begun", "done"])
            #expect(audit.map(\.action) == ["run", "run", "run", "run", "halt", "halt", "resume", "resume"])
            #expect(audit[0].detail == "hub-failover in the simulated world, seed 5")
            #expect(audit.allSatisfy { $0.who == "token" && $0.from.hasPrefix("127.0.0.1:") && $0.time.hasSuffix("Z") })
            #expect(rig.folder.mode("state/audit.jsonl") == 0o600)
            #expect(try !rig.folder.text("state/audit.jsonl").contains(rig.token))
        }
    }

    @Test(
        "Without the token, from another site, by a form or to another name nothing acts, and each attempt is audited")
    func refused() async throws {
        try await Rig.serve { rig in
            let own = "http://127.0.0.1:\(rig.port)"
            let bearer = ("Authorization", "Bearer \(try rig.token)")
            let wrong = ("Authorization", "Bearer \(String(repeating: "0", count: AccessToken.length))")
            let attempts: [(headers: [(String, String)], host: String?, status: Int, answer: String)] = [
                ([Self.json], nil, 401, "no-token"),
                ([Self.json, wrong], nil, 401, "wrong-token"),
                ([Self.json, ("Cookie", "gauntlet=guess"), ("Origin", own)], nil, 401, "no-token"),
                ([Self.json, bearer, ("Origin", "https://evil.example")], nil, 403, "cross-site"),
                ([Self.json, bearer, ("Origin", "null")], nil, 403, "cross-site"),
                ([Self.json, bearer, ("Origin", "http://127.0.0.1:1")], nil, 403, "cross-site"),
                ([Self.json, bearer, ("Sec-Fetch-Site", "cross-site")], nil, 403, "cross-site"),
                ([Self.json, bearer, ("Sec-Fetch-Site", "same-site")], nil, 403, "cross-site"),
                ([("Content-Type", "application/x-www-form-urlencoded"), bearer], nil, 415, "content-type"),
                ([("Content-Type", "text/plain"), bearer], nil, 415, "content-type"),
                ([("Content-Type", "multipart/form-data; boundary=b"), bearer], nil, 415, "content-type"),
                ([bearer], nil, 415, "content-type"),
                ([Self.json, bearer], "evil.example:\(rig.port)", 421, "host"),
            ]
            for attempt in attempts {
                let answer = try await rig.http.post("/api/halt", attempt.headers, host: attempt.host)
                #expect(answer.status == attempt.status, "\(attempt.headers)")
                #expect(answer.headers["access-control-allow-origin"] == nil)
            }
            // A link or an image.
            #expect(try await rig.http.get("/api/halt", [bearer]).status == 405)
            // A browser that asks whether it may: nobody says yes.
            let preflight = try await rig.http.send(
                "OPTIONS", "/api/halt",
                [("Origin", "https://evil.example"), ("Access-Control-Request-Method", "POST")], host: nil, body: nil)
            #expect(preflight.status == 405 && preflight.headers["access-control-allow-methods"] == nil)

            #expect(await rig.control.asked.isEmpty)
            let audit = try rig.audit()
            #expect(audit.map(\.answer) == attempts.map(\.answer) + ["method", "method"])
            #expect(audit.allSatisfy { $0.who == "nobody" && $0.action == "halt" })
        }
    }

    @Test("Logging in gives a cookie that no script and no other site gets, and a key; both act, one alone does not")
    func session() async throws {
        try await Rig.serve { rig in
            let origin = ("Origin", "http://127.0.0.1:\(rig.port)")
            let wrong = try await rig.http.post("/api/login", [Self.json, origin], body: #"{"token": "guess"}"#)
            #expect(wrong.status == 401)
            #expect(wrong.headers["set-cookie"] == nil)
            let foreign = try await rig.http.post(
                "/api/login", [Self.json, ("Origin", "https://evil.example")], body: #"{"token": "\#(try rig.token)"}"#)
            #expect(foreign.status == 403 && foreign.headers["set-cookie"] == nil)

            let login = try await rig.http.post(
                "/api/login", [Self.json, origin], body: #"{"token": "\#(try rig.token)"}"#)
            #expect(login.status == 200)
            let cookie = try #require(login.headers["set-cookie"])
            for part in ["HttpOnly", "SameSite=Strict", "Path=/"] { #expect(cookie.contains(part)) }
            #expect(!cookie.contains(try rig.token))
            let key = ("X-Gauntlet-Key", try #require(try login.json()["key"] as? String))
            let pair = ("Cookie", "other=1; " + cookie.prefix { $0 != ";" })

            #expect(try await rig.http.post("/api/halt", [Self.json, pair, origin]).status == 401)
            #expect(try await rig.http.post("/api/halt", [Self.json, key, origin]).status == 401)
            #expect(try await rig.http.post("/api/halt", [Self.json, pair, key]).status == 403)
            #expect(await rig.control.asked.isEmpty)
            // Nothing was running: declined, but by the service and not by the gate.
            #expect(try await rig.http.post("/api/halt", [Self.json, pair, key, origin]).status == 409)
            #expect(await rig.control.asked.first?.hasPrefix("halt by session 1 at ") == true)

            #expect(try await rig.http.post("/api/logout", [Self.json, pair, key, origin]).status == 200)
            #expect(try await rig.http.post("/api/halt", [Self.json, pair, key, origin]).status == 401)
            let audit = try rig.audit()
            #expect(audit.filter { $0.action == "login" }.map(\.answer) == ["wrong-token", "cross-site", "done"])
            #expect(audit.last { $0.action == "logout" }?.who == "session 1")
        }
    }

    @Test(
        "What is not a request to run is refused before anybody is asked",
        arguments: [
            "", "[]", "{}", #"{"scenario": ""}"#, #"{"scenario": "../x"}"#, #"{"scenario": "/etc/passwd"}"#,
            #"{"scenario": "--out"}"#, #"{"scenario": "a b"}"#, #"{"scenario": "a", "world": "other"}"#,
            #"{"scenario": "a", "seed": -1}"#, #"{"scenario": "a\u0000b"}"#,
        ])
    func malformed(body: String) async throws {
        try await Rig.serve { rig async throws in
            #expect(try await rig.http.post("/api/run", rig.acting, body: body).status == 400)
            #expect(await rig.control.asked.isEmpty)
            #expect(try rig.audit().map(\.answer) == ["malformed"])
        }
    }

    @Test("A flood of guesses is answered 429 and takes a line in the audit log, not one each; the token still halts")
    func flood() async throws {
        try await Rig.serve { rig in
            for number in 1...(RefusalLimit.most + 15) {
                let answer = try await rig.http.post("/api/halt", [Self.json, ("Authorization", "Bearer \(number)")])
                #expect(answer.status == (number <= RefusalLimit.most ? 401 : 429), "guess \(number)")
            }
            #expect(try rig.audit().count == RefusalLimit.most)
            #expect(try await rig.http.post("/api/halt", rig.acting).status == 409)
            #expect(await rig.control.asked.count == 1)
        }
    }

    @Test("At the end what was held back is in the audit log, too")
    func held() async throws {
        let folder = try await Rig.serve { rig in
            for _ in 1...(RefusalLimit.most + 3) { _ = try await rig.http.post("/api/halt", [Self.json]) }
            return rig.folder
        }
        let last = try #require(try folder.text("state/audit.jsonl").split(separator: "\n").last)
        #expect(last.contains(#""answer":"limited""#) && last.contains(#""times":3"#))
    }
}

@Suite struct EventTests {
    @Test("The stream begins with the whole state and goes on with what changes, from a journal that grows")
    func stream() async throws {
        try await Rig.serve { rig in
            let name = "hub-failover/20261121-000000-7"
            try rig.folder.write("", to: "reports/\(name)/journal.jsonl")
            try rig.folder.append(Journals.bytes([(0, .phase(.baseline))]), to: "reports/\(name)/journal.jsonl")
            await rig.control.start("hub-failover", seed: 7, directory: name)
            let events = try await EventReader(port: rig.port)
            #expect(events.head.contains("text/event-stream"))
            var page = EventModel()
            try await page.read(events) { $0.agents(of: name) == [0, 0, 0, 0] }
            #expect(page.isWhole, "the first message is a snapshot")

            try rig.folder.append(
                Journals.line(12 * .second, .availability(subject: 2, up: false)),
                to: "reports/\(name)/journal.jsonl")
            try await page.read(events) { $0.agents(of: name) == [0, 0, 1, 0] }
            try rig.folder.append(
                Journals.line(13 * .second, .availability(subject: 2, up: true)), to: "reports/\(name)/journal.jsonl")
            try await page.read(events) { $0.agents(of: name) == [0, 0, 0, 0] }

            // Acting shows at once, for everybody who looks.
            let other = try await EventReader(port: rig.port)
            var second = EventModel()
            #expect(try await rig.http.post("/api/halt", rig.acting).status == 200)
            try await page.read(events) { $0.running == 0 }
            try await second.read(other) { $0.running == 0 }
            #expect(second.agents(of: name) == [0, 0, 0, 0], "how the last run left the fleet stays")
        }
    }

    @Test("Another site's page cannot take a place among the listeners")
    func foreignListener() async throws {
        try await Rig.serve { rig async throws in
            #expect(try await rig.http.get("/events", [("Sec-Fetch-Site", "cross-site")]).status == 403)
        }
    }

    @Test("When the service stops, streams end in order and nobody is waited for")
    func ends() async throws {
        let events = try await Rig.serve { rig in
            let events = Held(try await EventReader(port: rig.port))
            _ = try await events.reader.next()
            return events
        }
        while try await events.reader.next() != nil {}
        #expect(events.reader.hasEnded)
    }

    @Test("A viewer that reads nothing is let go, the others go on")
    func stalled() async throws {
        try await Rig.serve(interval: .milliseconds(1)) { rig in
            // Big enough that no socket buffer holds what is not read.
            let name = "wide/20261121-000000-1"
            try rig.folder.append(Journals.bytes([(0, .phase(.baseline))], of: Journals.wide), to: "reports-header")
            try rig.folder.write("", to: "reports/\(name)/journal.jsonl")
            try rig.folder.append(
                Array(try rig.folder.text("reports-header").utf8), to: "reports/\(name)/journal.jsonl")
            await rig.control.start("wide", directory: name)
            let stalled = try await EventReader(port: rig.port)
            let reading = try await EventReader(port: rig.port)
            var random = SplitMix(state: 1)
            var time: Nanoseconds = .second
            while rig.server.page.broadcaster.viewerCount > 1 {
                for _ in 0..<200 {
                    time += .millisecond
                    try rig.folder.append(
                        Journals.line(
                            time,
                            Journals.mechanism(
                                .breaker, .detect, by: "Agent\(random.below(77))>Agent\(random.below(77))", to: "open")),
                        to: "reports/\(name)/journal.jsonl")
                }
                _ = try await reading.next()
            }
            #expect(try await reading.next() != nil)
            withExtendedLifetime(stalled) {}
        }
    }
}

/// Not shared, but handed out of the closure that made it.
private struct Held: @unchecked Sendable {
    let reader: EventReader
    init(_ reader: EventReader) { self.reader = reader }
}

/// As much of the page's state as tests look at.
private struct EventModel {
    private var fleets: [String: [Int]] = [:]
    private(set) var running = -1
    private(set) var isWhole = false
    private var count = 0

    func agents(of id: String) -> [Int]? { fleets[id] }

    mutating func read(_ events: EventReader, until isReached: (EventModel) -> Bool) async throws {
        while !isReached(self) {
            guard let (event, data) = try await events.next() else { throw RawHTTP.Trouble(what: "the stream ended") }
            if count == 0 { isWhole = event == "snapshot" }
            count += 1
            if event == "snapshot" { fleets = [:] }
            if let runs = (data["set"] as? [String: Any])?["running"] as? [Any] { running = runs.count }
            for part in data["fleets"] as? [[String: Any]] ?? [] {
                let id = part["id"] as? String ?? ""
                if let all = (part["set"] as? [String: Any])?["agents"] as? [Int] { fleets[id] = all }
                for pair in part["agents"] as? [[Int]] ?? [] { fleets[id]?[pair[0]] = pair[1] }
            }
        }
    }
}
