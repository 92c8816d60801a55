import ChaosFleet
import ChaosPlan
import Foundation
import Testing

@Suite struct LifeTests {
    @Test("Asked to end, a process answers what is under way and takes nothing new")
    func endsInOrder() async throws {
        let fleet = try await LocalFleet()
        try await fleet.start("Sloth")
        var answer: Task<Int, any Error>?
        try await fleet.until("it is at work") {
            let asked = Task { try await fleet.get("Sloth", "/work?for=Sloth").status }
            answer = asked
            // Either request may come first.
            for _ in 0..<10 {
                if try await fleet.state("Sloth")["busy"] as? Int == 1 { return true }
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try await asked.value == 200)
            return false
        }
        fleet.signal("Sloth", SIGTERM)
        #expect(try await answer?.value == 200)
        #expect(try await fleet.exitCode("Sloth") == 0)
        #expect(try await fleet.get("Sloth", "/healthz").status == 0)
    }

    @Test("A process tells of its start first, and serves only after its startup time")
    func startup() async throws {
        let fleet = try await LocalFleet(overrides: ["profiles.quick.startup=1500ms"])
        let began = FleetClock.now
        try await fleet.start("Understudy")
        // Drawn ±20 %; the clock of process starts counts in hundredths of a second.
        #expect(FleetClock.now - began >= 1_180 * .millisecond)
        guard case .started = fleet.told("Understudy").first else {
            Issue.record("told first: \(fleet.told("Understudy"))")
            return
        }
    }

    @Test("A process that is asked to end while it warms up does so at once")
    func endsWhileWarmingUp() async throws {
        let fleet = try await LocalFleet(overrides: ["profiles.quick.startup=1h"])
        try fleet.begin("Understudy")
        try await fleet.until("it runs") { !fleet.told("Understudy").isEmpty }
        fleet.signal("Understudy", SIGTERM)
        #expect(try await fleet.exitCode("Understudy") == 0)
    }

    @Test("Who is not in the fleet is told who is")
    func unknownName() async throws {
        let fleet = try await LocalFleet()
        let errors = Pipe()
        let process = try fleet.launch(
            ["hub", "--name", "HubNorth", "--fleet", fleet.root.path + "/fleet.json", "--root", fleet.root.path],
            errors: errors)
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus != 0)
        #expect(text.contains("the fleet has no hub “HubNorth”; it has HubWest, HubEast"))
    }

    @Test("Every role says what it is in metrics and state", arguments: ["Understudy", "HubWest", "files"])
    func tells(name: String) async throws {
        let fleet = try await LocalFleet()
        try await fleet.start(name)
        #expect(try await fleet.get(name, "/healthz").text == "ok")
        #expect(try await fleet.state(name)["name"] as? String == name)
        let metrics = try await fleet.get(name, "/metrics").text
        for line in metrics.split(separator: "\n") where !line.hasPrefix("#") {
            let words = line.split(separator: " ")
            #expect(words.count == 2 && Double(words[words.count - 1]) != nil, "\(line)")
        }
        #expect(metrics.contains("# TYPE gauntlet_"))
        #expect(try await fleet.get(name, "/nothing").status == 404)
    }
}
