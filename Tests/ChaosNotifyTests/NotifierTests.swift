import ChaosNotify
import ChaosPlan
import Foundation
import LocalReceiver
import Testing

/// Notifiers against real receivers on loopback; time stands still but for what the tests move it by.
/// One after the other: each waits for real sockets, and two cores are few.
@Suite(.serialized, .timeLimit(.minutes(10))) struct NotifierTests {
    private let folder: Folder
    private let clock = ManualClock()
    private let log = Log()

    init() throws { folder = try Folder() }

    private func configuration(_ urls: [String], settings: String = "", timeout: String = "20s") throws
        -> NotifyConfiguration
    {
        let names = urls.indices.map { "r\($0)" }
        let receivers = zip(names, urls).map { name, url in
            "  - { name: \(name), kind: webhook, url: \"\(url)\", timeout: \(timeout) }"
        }
        return try folder.configuration(
            """
            gauntlet-notifications: 1
            source: test
            outbox: outbox
            \(settings)
            rules:
              - { on: [run-ended, run-missed, budget-spent], level: 1 }
            routes:
              - { level: 1, to: [\(names.joined(separator: ", "))] }
            receivers:
            \(receivers.joined(separator: "\n"))
            """)
    }

    private func notifier(_ configuration: NotifyConfiguration, seed: UInt64 = 1) -> Notifier {
        Notifier(configuration, clock: clock, transport: URLSessionTransport(), seed: seed) { [log] in log.add($0) }
    }

    private func event(_ number: Int) -> NotificationEvent {
        var run = hubRun
        run.scenario = "scenario-\(number)"
        return .runEnded(run, verdict: "deviated", score: 50, coverage: 100)
    }

    /// Moves the clock on until something is so.
    private func pass(_ what: String, by step: Int64 = 1_000, _ isSo: () async -> Bool) async throws {
        try await eventually(what) {
            if await isSo() { return true }
            clock.advance(step)
            return false
        }
    }

    /// Drains while the clock goes on: an outbox that the former notifier has not left yet is looked at again in two seconds.
    private func drained(_ notifier: Notifier) async throws -> [Notifier.Standing] {
        let ended = Log()
        let drain = Task {
            let standings = await notifier.drain(within: 3_600 * .second)
            ended.add("ended")
            return standings
        }
        try await pass("drained", by: 100) { !ended.lines.isEmpty }
        return await drain.value
    }

    private var waiting: [String] {
        folder.files().filter { $0.contains("outbox/queue/") || $0.contains("outbox/events/") }
    }

    // MARK: - Delivery

    @Test("what is told arrives once, and nothing is left of it")
    func delivery() async throws {
        let receiver = try LocalReceiver()
        let notifier = notifier(try configuration([receiver.url + "/hook"]))
        notifier.notify(deviated())
        let standings = try await drained(notifier)
        #expect(standings == [.init(receiver: "r0", delivered: 1, waiting: 0, dead: 0, failure: nil)])
        #expect(receiver.requests.map(\.method) == ["POST"])
        #expect(receiver.requests.first?.path == "/hook")
        #expect(receiver.requests.first?.headers["content-type"] == "application/json")
        #expect(receiver.requests.first?.headers["cookie"] == nil)
        #expect(receiver.requests.first?.json["title"] as? String == "hub-failover deviated in the live world")
        #expect(waiting.isEmpty)
        #expect(log.lines.isEmpty)
    }

    @Test(
        "a receiver that fails is asked again until it recovers",
        arguments: [
            [LocalReceiver.Behaviour.answer(500), .answer(503), .answer(500)], [.breakOff],
            [.answer(404), .answer(401)],
            [.answer(302, headers: [("Location", "/elsewhere")])],
        ])
    func recovery(script: [LocalReceiver.Behaviour]) async throws {
        let receiver = try LocalReceiver()
        receiver.follow(script)
        let notifier = notifier(try configuration([receiver.url]))
        notifier.notify(deviated())
        try await pass("delivered") { await notifier.standings().first?.delivered == 1 }
        #expect(receiver.requests.count == script.count + 1)
        #expect(Set(receiver.requests.map { $0.headers["idempotency-key"] ?? "" }).count == 1)
        #expect(Set(receiver.requests.map(\.path)) == ["/"], "no redirect is followed")
        #expect(waiting.isEmpty)
        #expect(log.lines.count == script.count + 1, "\(log.lines)")
    }

    @Test("Retry-After is honoured")
    func retryAfter() async throws {
        let receiver = try LocalReceiver()
        receiver.follow([.answer(429, headers: [("Retry-After", "30")])])
        let notifier = notifier(try configuration([receiver.url]))
        notifier.notify(deviated())
        try await eventually("refused once") { await notifier.standings().first?.failure != nil }
        clock.advance(29_000)
        _ = await notifier.standings()
        try await Task.sleep(for: .milliseconds(100))
        #expect(receiver.requests.count == 1)
        clock.advance(1_000)
        try await eventually("delivered") { await notifier.standings().first?.delivered == 1 }
        #expect(receiver.requests.count == 2)
    }

    @Test("nobody there: asked again until somebody is")
    func refused() async throws {
        let gone = try LocalReceiver()
        let port = gone.port
        gone.stop()
        let notifier = notifier(try configuration([gone.url]))
        notifier.notify(deviated())
        try await eventually("refused") { await notifier.standings().first?.failure == TransportFailure.refused.words }
        let receiver = try LocalReceiver(port: port)
        try await pass("delivered") { await notifier.standings().first?.delivered == 1 }
        #expect(receiver.requests.count == 1)
    }

    @Test("a receiver that takes everything and never answers has its time, and holds up nobody")
    func stall() async throws {
        let stalled = try LocalReceiver(.stall)
        let quick = try LocalReceiver()
        let notifier = notifier(try configuration([stalled.url, quick.url], timeout: "1s"))
        for number in 0..<5 { notifier.notify(event(number)) }
        try await eventually("the quick one has all") { await notifier.standings()[1].delivered == 5 }
        try await eventually("timed out") {
            await notifier.standings()[0].failure == TransportFailure.timedOut.words
        }
        #expect(await notifier.standings()[0].waiting == 5)
        stalled.become(.answer(200))
        try await pass("delivered late") { await notifier.standings()[0].delivered == 5 }
    }

    @Test("an answer without an end is no trouble")
    func endless() async throws {
        let receiver = try LocalReceiver(.endless)
        let notifier = notifier(try configuration([receiver.url]))
        notifier.notify(deviated())
        try await eventually("delivered") { await notifier.standings().first?.delivered == 1 }
    }

    @Test("messages keep their order: no end overtakes its beginning")
    func order() async throws {
        let receiver = try LocalReceiver()
        receiver.follow([.answer(500), .answer(500)])
        let notifier = notifier(try configuration([receiver.url]))
        notifier.notify(deviated())
        notifier.notify(held)
        notifier.notify(deviated())
        try await pass("delivered") { await notifier.standings().first?.delivered == 3 }
        let states = receiver.requests.map { $0.json["state"] as? String ?? "" }
        #expect(states == ["firing", "firing", "firing", "resolved", "firing"])
    }

    // MARK: - Giving up

    @Test("what is refused for good becomes a dead letter at once, and the next message goes")
    func deadLetter() async throws {
        let receiver = try LocalReceiver()
        receiver.follow([.answer(400, body: "no_text")])
        let configuration = try configuration([receiver.url])
        let notifier = notifier(configuration)
        notifier.notify(event(1))
        notifier.notify(event(2))
        let standings = try await drained(notifier)
        #expect(standings.first?.delivered == 1)
        #expect(standings.first?.dead == 1)
        let dead = Outbox(path: configuration.outbox).dead()
        #expect(dead.map(\.failure) == ["HTTP 400: no_text"])
        #expect(dead.first?.message.event.scenario == "scenario-1")
        #expect(log.lines.count == 1 && log.lines[0].contains("given up"), "\(log.lines)")
    }

    @Test("a message is given up after its time, and not before")
    func givingUp() async throws {
        let receiver = try LocalReceiver(.answer(500))
        let configuration = try configuration([receiver.url], settings: "give-up-after: 2h")
        let notifier = notifier(configuration)
        notifier.notify(deviated())
        try await pass("given up", by: 60_000) { await notifier.standings().first?.dead == 1 }
        let letter = try #require(Outbox(path: configuration.outbox).dead().first)
        let life = try #require(letter.givenUp) - letter.message.time
        #expect((7_200_000...7_200_000 + BackOff.longest + 60_000).contains(life), "\(life)")
        #expect(letter.attempts > 10 && letter.attempts == receiver.requests.count)
        #expect(waiting.isEmpty)
    }

    // MARK: - Restarts

    @Test("a fresh notifier on the same outbox delivers what the former could not, and keeps to its back-off")
    func restart() async throws {
        let receiver = try LocalReceiver(.answer(503, headers: [("Retry-After", "600")]))
        let configuration = try configuration([receiver.url])
        do {
            let first = notifier(configuration)
            for number in 0..<3 { first.notify(event(number)) }
            try await eventually("all stored, one tried") {
                let standing = await first.standings()[0]
                return standing.waiting == 3 && standing.failure != nil
            }
        }
        #expect(waiting.count == 3)
        receiver.become(.answer(200))
        let second = notifier(configuration, seed: 2)
        try await eventually("loaded") { await second.standings()[0].waiting == 3 }
        try await Task.sleep(for: .milliseconds(100))
        #expect(receiver.requests.count == 1, "the receiver asked for ten minutes")
        try await pass("delivered", by: 60_000) { await second.standings()[0].delivered == 3 }
        let scenarios = receiver.requests.map { $0.json["scenario"] as? String ?? "" }
        #expect(scenarios == ["scenario-0", "scenario-0", "scenario-1", "scenario-2"])
        #expect(waiting.isEmpty)
    }

    @Test("an open problem is known after a restart: no repetition, and its end is told")
    func problemsOutliveRestarts() async throws {
        let receiver = try LocalReceiver()
        let configuration = try configuration([receiver.url])
        for event in [deviated(), deviated(), held, held] {
            let notifier = notifier(configuration)
            notifier.notify(event)
            _ = try await drained(notifier)
        }
        #expect(receiver.requests.map { $0.json["state"] as? String } == ["firing", "resolved"])
    }

    @Test("a death between storing messages and noting it neither loses nor repeats any")
    func deathWhileRouting() async throws {
        let receiver = try LocalReceiver(.answer(500))
        let configuration = try configuration([receiver.url])
        do {
            let first = notifier(configuration)
            first.notify(deviated())
            try await eventually("stored") { await first.standings()[0].failure != nil }
        }
        // As it would lie there: the event again, the message stored, the state of before.
        let outbox = Outbox(path: configuration.outbox)
        let message = try #require(outbox.queue(of: "r0").first?.message)
        let id = String(message.id.dropLast(4))
        let state = folder.text("outbox/state.json")
        #expect(state.contains(id))
        let record = Outbox.Record(id: id, time: message.time, event: message.event)
        try folder.write(String(decoding: JSONEncoder().encode(record), as: UTF8.self), to: "outbox/events/\(id).json")
        try FileManager.default.removeItem(atPath: "\(configuration.outbox)/state.json")
        receiver.become(.answer(200))
        let second = notifier(configuration)
        try await pass("delivered") { await second.standings()[0].delivered == 1 }
        _ = try await drained(second)
        #expect(receiver.requests.count == 2)
        #expect(waiting.isEmpty)
    }

    @Test("two processes share an outbox: one delivers for both, and the other takes over when it is gone")
    func sharing() async throws {
        let receiver = try LocalReceiver()
        let configuration = try configuration([receiver.url])
        var first: Notifier? = notifier(configuration)
        _ = await first?.standings()
        let second = notifier(configuration)
        second.notify(event(1))
        try await pass("delivered by the first") { await first?.standings()[0].delivered == 1 }
        #expect(await second.standings()[0].delivered == 0)
        first = nil
        second.notify(event(2))
        try await pass("delivered by the second") { await second.standings()[0].delivered == 1 }
        #expect(receiver.requests.count == 2)
    }

    // MARK: - Harm

    @Test("an outbox that cannot be made costs its memory and nothing else")
    func withoutDisk() async throws {
        let receiver = try LocalReceiver()
        try folder.write("a file where the directory should be", to: "outbox")
        let notifier = notifier(try configuration([receiver.url]))
        notifier.notify(deviated())
        try await eventually("delivered") { await notifier.standings()[0].delivered == 1 }
        #expect(log.lines.contains { $0.contains("outbox") && $0.contains("kept in memory") }, "\(log.lines)")
    }

    @Test("telling returns at once, whatever the receivers do")
    func atOnce() async throws {
        let receiver = try LocalReceiver(.stall)
        let notifier = notifier(try configuration([receiver.url], timeout: "10min"))
        notifier.notify(deviated())
        try await eventually("the receiver stalls") { receiver.requests.count == 1 }
        let start = ContinuousClock.now
        for number in 0..<100 { notifier.notify(event(number)) }
        #expect(ContinuousClock.now - start < .seconds(5), "it would be ten minutes if it waited")
        let ended = Log()
        let drain = Task {
            let standings = await notifier.drain(within: 3 * .second)
            ended.add("ended")
            return standings
        }
        try await pass("the drain ends at its limit") { !ended.lines.isEmpty }
        #expect(await drain.value[0].delivered == 0)
    }

    @Test("no secret is stored, logged or told in an error, whatever goes wrong")
    func secrets() async throws {
        let mirror = try LocalReceiver(.answer(400, body: "unknown key swordfish-key in swordfish-path"))
        try folder.write("swordfish-key", to: "key")
        try folder.write(mirror.url + "/services/swordfish-path", to: "slack")
        try folder.write("http://127.0.0.1:1/swordfish-path", to: "nobody")
        let configuration = try folder.configuration(
            """
            gauntlet-notifications: 1
            outbox: outbox
            rules: [ { on: run-ended, level: 3 } ]
            routes: [ { level: 3, to: [a, b, c, d] } ]
            receivers:
              - { name: a, kind: slack, url-file: slack }
              - { name: b, kind: pagerduty, routing-key-file: key, url: "\(mirror.url)/v2/enqueue" }
              - { name: c, kind: webhook, url-file: nobody, secret-file: key }
              - { name: d, kind: webhook, url-file: slack, secret-file: key }
            """)
        let notifier = notifier(configuration)
        notifier.notify(deviated())
        try await eventually("all failed") { await notifier.standings().allSatisfy { $0.failure != nil } }
        #expect(mirror.requests.count == 3)
        #expect(mirror.requests.contains { $0.text.contains("swordfish-key") }, "PagerDuty's key is in its payload")
        let results = await configuration.test(nil)
        #expect(results.count == 4 && results.allSatisfy { $0.failure != nil })
        let stored = folder.files().filter { $0.hasPrefix("outbox/") }
        #expect(stored.count >= 5, "\(stored)")
        for file in stored { #expect(!folder.text(file).contains("swordfish"), "\(file)") }
        #expect(log.lines.count >= 4)
        let said =
            log.lines + results.map { "\($0)" } + (await notifier.standings().map { "\($0)" }) + ["\(configuration)"]
        for line in said { #expect(!line.contains("swordfish"), "\(line)") }
    }

    @Test("a secret that becomes readable to others stops its receiver, not the notifier")
    func loosenedSecret() async throws {
        let receiver = try LocalReceiver()
        let key = try folder.write("swordfish", to: "key")
        let configuration = try folder.configuration(
            """
            gauntlet-notifications: 1
            outbox: outbox
            rules: [ { on: run-ended, level: 1 } ]
            routes: [ { level: 1, to: [a] } ]
            receivers: [ { name: a, kind: webhook, url: "\(receiver.url)", secret-file: key } ]
            """)
        chmod(key, 0o644)
        let notifier = notifier(configuration)
        notifier.notify(deviated())
        try await eventually("noticed") {
            await notifier.standings()[0].failure?.contains("others than its owner") == true
        }
        #expect(receiver.requests.isEmpty)
        chmod(key, 0o600)
        try await pass("delivered") { await notifier.standings()[0].delivered == 1 }
    }

    // MARK: - The test message and the Pushgateway

    @Test("a test message goes to each receiver of each level, and its end where problems are kept")
    func testMessage() async throws {
        let (good, bad) = (try LocalReceiver(.answer(202)), try LocalReceiver(.answer(403, body: "no")))
        try folder.write("0123456789", to: "key")
        let configuration = try folder.configuration(
            """
            gauntlet-notifications: 1
            rules: [ { on: run-ended, level: 1 } ]
            routes: [ { level: 1, to: [pager] }, { level: 3, to: [pager, hook] } ]
            receivers:
              - { name: pager, kind: pagerduty, routing-key-file: key, url: "\(good.url)" }
              - { name: hook, kind: webhook, url: "\(bad.url)" }
            """)
        let all = await configuration.test(nil)
        #expect(all.map(\.receiver) == ["pager", "pager", "hook"])
        #expect(all.map(\.level) == [.ops, .incident, .incident])
        #expect(all.map(\.failure) == [nil, nil, "HTTP 403: no"])
        #expect(
            good.requests.map { $0.json["event_action"] as? String } == ["trigger", "resolve", "trigger", "resolve"])
        #expect(await configuration.test(.critical).isEmpty)
    }

    @Test("metrics are put to their group, and what the gateway says of them is passed on")
    func pushgateway() async throws {
        let gateway = try LocalReceiver()
        let group = [(name: "scenario", value: "partition@2min"), (name: "world", value: "live")]
        try await Pushgateway.put("# EOF\n", to: gateway.url + "/", job: "gauntlet", grouping: group)
        #expect(gateway.requests.map(\.method) == ["PUT"])
        #expect(gateway.requests[0].path == "/metrics/job/gauntlet/scenario@base64/cGFydGl0aW9uQDJtaW4/world/live")
        #expect(gateway.requests[0].headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
        #expect(gateway.requests[0].text == "# EOF\n")
        gateway.become(.answer(400, body: "pushed metrics are inconsistent"))
        await #expect(throws: Pushgateway.Failure(message: "\(gateway.url): HTTP 400: pushed metrics are inconsistent"))
        {
            try await Pushgateway.put("x", to: gateway.url, job: "gauntlet", grouping: [])
        }
        gateway.stop()
        await #expect(throws: Pushgateway.Failure(message: "\(gateway.url): \(TransportFailure.refused.words)")) {
            try await Pushgateway.put("x", to: gateway.url, job: "gauntlet", grouping: [])
        }
    }
}
