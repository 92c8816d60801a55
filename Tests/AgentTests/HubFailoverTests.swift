import ChaosFleet
import ChaosPlan
import Foundation
import Testing

@Suite struct HubFailoverTests {
    @Test("An agent goes to the other hub when its own dies, and returns when it is back")
    func failsOverAndBack() async throws {
        let fleet = try await LocalFleet()
        try await fleet.start("HubWest", "HubEast", "Reporter")
        try await fleet.until("its own hub serves it") {
            try await fleet.state("Reporter")["epoch"] as? Int ?? 0 > 0
        }
        #expect(try await fleet.state("Reporter")["hub"] as? String == "HubEast")
        #expect(try await fleet.get("Reporter", "/work?for=Reporter").status == 200)

        fleet.kill("HubEast")
        try await fleet.until("the other hub serves it") {
            try await fleet.state("Reporter")["hub"] as? String == "HubWest"
        }
        #expect(try await fleet.get("Reporter", "/work?for=Reporter").status == 200)

        try await fleet.start("HubEast")
        try await fleet.until("its own hub serves it again") {
            try await fleet.state("Reporter")["hubState"] as? String == "on-primary"
        }
        #expect(
            fleet.told(
                "Reporter", .hubFailover,
                inOrder: [
                    "detect Reporter about HubEast: on-primary > switching",
                    "takeover Reporter about HubEast: switching > on-secondary",
                    "restore Reporter about HubEast: failing-back > on-primary",
                ]))
        // Each hub that served it did so in an epoch of its own.
        let west = owned(fleet, "HubWest")
        let east = owned(fleet, "HubEast")
        #expect(!west.isEmpty && east.count >= 2)
        #expect(Set(west + east).count == west.count + east.count)
        #expect(try #require(west.max()) < #require(east.max()))
    }

    private func owned(_ fleet: LocalFleet, _ hub: String) -> [UInt32] {
        fleet.told(hub).compactMap { fact in
            if case .owns("Reporter", hub, let epoch) = fact { return epoch }
            return nil
        }
    }

    @Test("Without either hub an agent is isolated, and the first that answers takes it")
    func isolated() async throws {
        let fleet = try await LocalFleet(overrides: ["policies.retry.attempts=1"])
        try await fleet.start("HubWest", "HubEast", "Reporter")
        fleet.kill("HubWest")
        fleet.kill("HubEast")
        try await fleet.until("it is isolated") {
            try await fleet.state("Reporter")["hubState"] as? String == "isolated"
        }
        // It needs its hub for every request.
        #expect(try await fleet.get("Reporter", "/work?for=Reporter").status == 500)
        try await fleet.start("HubWest")
        try await fleet.until("the other hub serves it") {
            try await fleet.state("Reporter")["hub"] as? String == "HubWest"
        }
        let told = fleet.mechanisms("Reporter", .hubFailover)
        #expect(told.contains { $0.hasSuffix("> isolated") })
        #expect(told.last == "takeover Reporter about HubEast: switching > on-secondary")
    }

    @Test("A runbook sends an agent back at once")
    func failsBackByHand() async throws {
        let fleet = try await LocalFleet(overrides: ["policies.hub-failover.fail-back-after=1h"])
        try await fleet.start("HubWest", "HubEast", "Reporter")
        fleet.kill("HubEast")
        try await fleet.until("the other hub serves it") {
            try await fleet.state("Reporter")["hub"] as? String == "HubWest"
        }
        try await fleet.start("HubEast")
        #expect(try await fleet.ask("Reporter", "POST", "/fail-back").status == 200)
        try await fleet.until("its own hub serves it again") {
            let state = try await fleet.state("Reporter")
            return state["hub"] as? String == "HubEast" && state["epoch"] as? Int ?? 0 > 0
        }
    }

    @Test("With hub failover off an agent stays with a dead hub and says nothing")
    func disabled() async throws {
        let fleet = try await LocalFleet(disabled: [.hubFailover], overrides: ["policies.retry.attempts=1"])
        try await fleet.start("HubWest", "HubEast", "Reporter")
        fleet.kill("HubEast")
        // Twice the time after which it would have gone.
        try await Task.sleep(for: .seconds(3))
        #expect(try await fleet.get("Reporter", "/work?for=Reporter").status == 500)
        #expect(try await fleet.state("Reporter")["hub"] as? String == "HubEast")
        #expect(fleet.mechanisms("Reporter", .hubFailover).isEmpty)
    }

    @Test("A hub turns an epoch away that is not its own, and no sign of life")
    func fencing() async throws {
        let fleet = try await LocalFleet()
        try await fleet.start("HubWest")
        let first = try await fleet.ask("HubWest", "POST", "/register?agent=Asker")
        let second = try await fleet.ask("HubWest", "POST", "/register?agent=Asker&epoch=\(first.text)")
        let epochs = try #require(UInt32(first.text).flatMap { first in UInt32(second.text).map { (first, $0) } })
        #expect(epochs.1 > epochs.0)
        #expect(try await fleet.ask("HubWest", "POST", "/report?agent=Asker&epoch=\(epochs.0)").status == 409)
        #expect(try await fleet.ask("HubWest", "POST", "/report?agent=Asker&epoch=\(epochs.1)").status == 200)
        #expect(try await fleet.ask("HubWest", "POST", "/report?agent=Asker&epoch=0").status == 200)
        // One that the other hub gave out.
        #expect(try await fleet.ask("HubWest", "POST", "/report?agent=Asker&epoch=\(epochs.1 + 1)").status == 409)
        // One that this hub gave out before it forgot.
        #expect(try await fleet.ask("HubWest", "POST", "/report?agent=Asker&epoch=\(epochs.1 + 4)").status == 200)
        #expect(try await fleet.ask("HubWest", "POST", "/report?agent=Nobody&epoch=0").status == 404)
    }
}
