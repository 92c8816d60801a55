import ChaosFleet
import ChaosPlan
import Foundation
import Testing

@Suite struct CallTests {
    @Test("A breaker opens on a dead callee and closes when it is back; meanwhile the cache answers")
    func breaker() async throws {
        let fleet = try await LocalFleet()
        try await fleet.start("HubEast", "Answerer", "Asker")
        try await fleet.until("it is served") { try await fleet.get("Asker", "/work?for=Asker").status == 200 }
        fleet.kill("Answerer")
        for _ in 0..<10 { #expect(try await fleet.get("Asker", "/work?for=Asker").status == 200) }
        let state = try await fleet.state("Asker")["edges"] as? [[String: Any]]
        #expect(state?.first?["breaker"] as? String == "open")
        try await fleet.start("Answerer")
        try await fleet.until("the breaker is closed again") {
            _ = try await fleet.get("Asker", "/work?for=Asker")
            let edges = try await fleet.state("Asker")["edges"] as? [[String: Any]]
            return edges?.first?["breaker"] as? String == "closed"
        }
        let told = fleet.mechanisms("Asker", .breaker)
        #expect(told.first == "detect Asker>Answerer about Answerer: closed > open")
        #expect(told.last == "change Asker>Answerer about Answerer: halfOpen > closed")
        #expect(Set(fleet.mechanisms("Asker", .storeFallback)) == ["change Asker about Answerer: asking > cached"])
        #expect(
            try await fleet.get("Asker", "/metrics").text.contains(
                "gauntlet_agent_breaker_open{edge=\"Asker>Answerer\"} 0"))
    }

    @Test("With breakers off every request tries its dead callee")
    func withoutBreaker() async throws {
        let fleet = try await LocalFleet(disabled: [.breaker, .retry])
        try await fleet.start("HubEast", "Asker")
        for _ in 0..<10 { #expect(try await fleet.get("Asker", "/work?for=Asker").status == 200) }
        try await fleet.until("it told of its calls") { fleet.calls("Asker")?.needed == 10 }
        #expect(fleet.calls("Asker")?.sent == 10)
        #expect(fleet.mechanisms("Asker", .breaker).isEmpty)
    }

    @Test("Without a fallback a dead callee fails the request")
    func withoutFallback() async throws {
        let fleet = try await LocalFleet(disabled: [.storeFallback])
        try await fleet.start("HubEast", "Asker")
        #expect(try await fleet.get("Asker", "/work?for=Asker").status == 500)
        #expect(fleet.mechanisms("Asker", .storeFallback).isEmpty)
    }

    @Test("A failed call is tried again, or not, as the policy says", arguments: [true, false])
    func retries(isOn: Bool) async throws {
        let fleet = try await LocalFleet(disabled: [.breaker] + (isOn ? [] : [.retry]))
        try await fleet.start("HubEast", "Asker")
        for _ in 0..<5 { #expect(try await fleet.get("Asker", "/work?for=Asker").status == 200) }
        try await fleet.until("it told of its calls") { fleet.calls("Asker")?.needed == 5 }
        #expect(fleet.calls("Asker")?.sent == (isOn ? 10 : 5))
        #expect(
            Set(fleet.mechanisms("Asker", .retry)) == (isOn ? ["change Asker about Answerer: failed > retrying"] : []))
    }

    @Test(
        "A process refuses what its queue has no room for; without load shedding it takes it", arguments: [true, false])
    func shedding(isOn: Bool) async throws {
        let fleet = try await LocalFleet(disabled: isOn ? [] : [.loadShedding])
        try await fleet.start("Sloth")
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<12 { group.addTask { try await fleet.get("Sloth", "/work?for=Sloth").status } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        // One is at work and one may wait.
        #expect(statuses.filter { $0 == 200 }.count >= (isOn ? 2 : 12))
        #expect(statuses.contains(503) == isOn)
        let told = fleet.told(
            "Sloth", .loadShedding,
            inOrder: ["change Sloth about : accepting > shedding", "change Sloth about : shedding > accepting"])
        #expect(told == isOn)
    }

    @Test("A store writes what it answers for")
    func store() async throws {
        let fleet = try await LocalFleet()
        try await fleet.start("files", "Writer")
        for _ in 0..<5 { #expect(try await fleet.get("Writer", "/work?for=Writer").status == 200) }
        let data = try Data(contentsOf: URL(fileURLWithPath: fleet.path("/fleet/disk/west/data/files/rows")))
        #expect(data.count == 5 * 128)
        fleet.kill("files")
        #expect(try await fleet.get("Writer", "/work?for=Writer").status == 500)
    }

    @Test("A bad version fails its share of requests")
    func badVersion() async throws {
        let fleet = try await LocalFleet()
        try await fleet.start("Understudy", environment: ["GAUNTLET_BAD_VERSION_PPM": "1000000"])
        #expect(try await fleet.get("Understudy", "/work?for=Understudy").status == 500)
    }
}
