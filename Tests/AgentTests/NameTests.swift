import ChaosFleet
import ChaosHTTP
import ChaosPlan
import Foundation
import Testing

@Suite struct NameTests {
    @Test("A silent agent's name leads to its standby, which serves for it; and back when it returns")
    func followsTheStandby() async throws {
        let fleet = try await LocalFleet()
        try await fleet.start("HubWest", "HubEast", "Answerer", "Understudy")
        let own = "\(try #require(fleet.endpoints["Answerer"]).text) Answerer\n"
        let other = "\(try #require(fleet.endpoints["Understudy"]).text) Understudy\n"
        try await fleet.until("both are heard") {
            try await fleet.get("HubEast", "/where?agent=Answerer").text == own
        }
        let before = try await fleet.get("HubEast", "/names?since=0").text
        #expect(before.contains("Answerer \(own)"))
        let version = try #require(before.split(separator: "\n").first)
        #expect(try await fleet.get("HubEast", "/names?since=\(version)").text == "\(version)\n")

        fleet.kill("Answerer")
        for hub in ["HubEast", "HubWest"] {
            try await fleet.until("\(hub) leads to the standby") {
                try await fleet.get(hub, "/where?agent=Answerer").text == other
            }
        }
        #expect(try await fleet.get("HubEast", "/names?since=\(version)").text.contains("Answerer \(other)"))
        #expect(try await fleet.get("Understudy", "/work?for=Answerer").status == 200)

        try await fleet.start("Answerer")
        try await fleet.until("the name leads to its agent again") {
            try await fleet.get("HubEast", "/where?agent=Answerer").text == own
        }
        #expect(
            fleet.told(
                "HubEast", .agentFailover,
                inOrder: [
                    "detect HubEast about Answerer: trusted > suspected",
                    "change HubEast about Answerer: Answerer > Understudy",
                    "restore HubEast about Answerer: standby > Answerer",
                ]))
    }

    @Test("Who calls a dead agent reaches its standby, although it remembers another address")
    func callersFollow() async throws {
        // Neither fallback nor breaker: what succeeds was answered by somebody.
        let fleet = try await LocalFleet(disabled: [.storeFallback, .breaker])
        try await fleet.start("HubWest", "HubEast", "Answerer", "Understudy", "Asker")
        try await fleet.until("it is served") { try await fleet.get("Asker", "/work?for=Asker").status == 200 }
        #expect(fleet.told("Asker").contains { if case .lookedUp(_, true) = $0 { true } else { false } })
        fleet.kill("Answerer")
        #expect(try await fleet.get("Asker", "/work?for=Asker").status == 500)
        try await fleet.until("the standby serves") { try await fleet.get("Asker", "/work?for=Asker").status == 200 }
        try await fleet.start("Answerer")
        fleet.kill("Understudy")
        try await fleet.until("the agent serves") { try await fleet.get("Asker", "/work?for=Asker").status == 200 }
    }

    @Test("A rollout points a name elsewhere and back")
    func points() async throws {
        let fleet = try await LocalFleet()
        try await fleet.start("HubEast")
        for at in ["Understudy", "Asker"] {
            #expect(try await fleet.ask("HubEast", "POST", "/point?agent=Asker&at=\(at)").status == 200)
            let endpoint = try #require(fleet.endpoints[at]).text
            #expect(try await fleet.get("HubEast", "/where?agent=Asker").text == "\(endpoint) \(at)\n")
        }
        #expect(try await fleet.ask("HubEast", "POST", "/point?agent=Asker&at=Nobody").status == 404)
    }

    @Test("With agent failover off no name moves and nobody is suspected")
    func disabled() async throws {
        let fleet = try await LocalFleet(disabled: [.agentFailover])
        try await fleet.start("HubEast", "Answerer", "Understudy")
        fleet.kill("Answerer")
        try await Task.sleep(for: .seconds(2))
        let own = try #require(fleet.endpoints["Answerer"]).text
        #expect(try await fleet.get("HubEast", "/where?agent=Answerer").text == "\(own) Answerer\n")
        #expect(fleet.mechanisms("HubEast", .agentFailover).isEmpty)
    }

    @Test("An agent goes on with addresses that it remembers while no hub answers; without a cache it cannot")
    func stale() async throws {
        for isOn in [true, false] {
            let fleet = try await LocalFleet(
                disabled: [.storeFallback] + (isOn ? [] : [.discoveryCache]),
                overrides: ["policies.discovery.local-ttl=10ms", "policies.retry.attempts=1"])
            try await fleet.start("HubEast", "Answerer", "Asker")
            try await fleet.until("it is served") { try await fleet.get("Asker", "/work?for=Asker").status == 200 }
            fleet.kill("HubEast")
            try await Task.sleep(for: .milliseconds(100))
            #expect(try await fleet.get("Asker", "/work?for=Asker").status == (isOn ? 200 : 500))
            let told = Set(fleet.mechanisms("Asker", .discoveryCache))
            #expect(told == (isOn ? ["change Asker>Answerer about Answerer: asking > stale"] : []))
        }
    }
}
