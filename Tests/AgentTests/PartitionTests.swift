import ChaosFleet
import ChaosPlan
import Foundation
import Testing

@Suite struct PartitionTests {
    /// Both hubs, each seeing the other over a link of its own.
    private func start(_ fleet: LocalFleet) async throws -> [Relay] {
        let toWest = try Relay(to: try #require(fleet.endpoints["HubWest"]))
        let toEast = try Relay(to: try #require(fleet.endpoints["HubEast"]))
        try await fleet.start("HubWest", seeing: ["HubEast": toEast.endpoint])
        try await fleet.start("HubEast", seeing: ["HubWest": toWest.endpoint])
        return [toWest, toEast]
    }

    private func digests(_ fleet: LocalFleet) async throws -> [String] {
        var digests: [String] = []
        for hub in ["HubWest", "HubEast"] { digests.append(try await fleet.state(hub)["digest"] as? String ?? "") }
        return digests
    }

    private func hubEvents(_ fleet: LocalFleet) -> [HubEvent] {
        fleet.told("HubWest").compactMap { fact in
            switch fact {
            case .hub(.lag): nil
            case .hub(let event): event
            default: nil
            }
        }
    }

    @Test("Cut off from each other both hubs serve on, and agree afterwards on one owner in the highest epoch")
    func agreesAfterACut() async throws {
        let fleet = try await LocalFleet()
        let links = try await start(fleet)
        let before = try await fleet.ask("HubEast", "POST", "/register?agent=Asker").text
        try await fleet.until("both know the owner") { Set(try await digests(fleet)).count == 1 }

        for link in links { link.cut() }
        for hub in ["HubWest", "HubEast"] {
            try await fleet.until("\(hub) sees the partition") {
                try await fleet.state(hub)["partition"] as? String == "partitioned"
            }
        }
        // Both take the same agent meanwhile.
        let west = try await fleet.ask("HubWest", "POST", "/register?agent=Asker&epoch=\(before)").text
        let east = try await fleet.ask("HubEast", "POST", "/register?agent=Asker&epoch=\(before)").text
        #expect(west != east)
        try await fleet.until("they are known to differ") { hubEvents(fleet).last == .diverged }

        for link in links { link.heal() }
        try await fleet.until("they agree") {
            if case .agreed = hubEvents(fleet).last { true } else { false }
        }
        #expect(Set(try await digests(fleet)).count == 1)
        if case .agreed(let conflicts) = hubEvents(fleet).last { #expect(conflicts >= 1) }
        let isWest = try #require(UInt32(west)) > #require(UInt32(east))
        let winner = isWest ? ("HubWest", west) : ("HubEast", east)
        let loser = isWest ? ("HubEast", east) : ("HubWest", west)
        #expect(try await fleet.ask(winner.0, "POST", "/report?agent=Asker&epoch=\(winner.1)").status == 200)
        #expect(try await fleet.ask(loser.0, "POST", "/report?agent=Asker&epoch=\(loser.1)").status == 409)
        for (hub, link) in [("HubWest", "west-east"), ("HubEast", "east-west")] {
            let told = fleet.mechanisms(hub, .partitionDetector)
            #expect(told.contains("detect \(hub) about \(link): connected > partitioned"))
            #expect(told.last == "restore \(hub) about \(link): healing > connected")
        }
        #expect(
            Set(fleet.mechanisms("HubWest", .reconciliation)) == ["restore HubWest about HubEast: diverged > agreed"])
    }

    @Test("Without reconciliation the registries stay apart after a cut")
    func withoutReconciliation() async throws {
        let fleet = try await LocalFleet(disabled: [.reconciliation])
        let links = try await start(fleet)
        try await fleet.until("they agree") { Set(try await digests(fleet)).count == 1 }
        for link in links { link.cut() }
        try await fleet.until("they are known to differ") { hubEvents(fleet) == [.diverged] }
        _ = try await fleet.ask("HubEast", "POST", "/register?agent=Asker")
        for link in links { link.heal() }
        for hub in ["HubWest", "HubEast"] {
            try await fleet.until("\(hub) hears the other") {
                try await fleet.state(hub)["partition"] as? String == "connected"
            }
        }
        try await Task.sleep(for: .seconds(2))
        #expect(Set(try await digests(fleet)).count == 2)
        #expect(hubEvents(fleet) == [.diverged])
    }

    @Test("Without partition handling a hub takes the other's agents")
    func seizes() async throws {
        let fleet = try await LocalFleet(disabled: [.partitionDetector])
        let links = try await start(fleet)
        _ = try await fleet.ask("HubEast", "POST", "/register?agent=Asker")
        try await fleet.until("both know the owner") {
            let agents = try await fleet.state("HubWest")["agents"] as? [[String: Any]]
            return agents?.first?["owner"] as? String == "HubEast"
        }
        for link in links { link.cut() }
        try await fleet.until("it seizes") {
            let agents = try await fleet.state("HubWest")["agents"] as? [[String: Any]]
            return agents?.first?["owner"] as? String == "HubWest"
        }
        #expect(Set(fleet.mechanisms("HubWest", .hubFailover)) == ["change HubWest about HubEast: peer > seized"])
        #expect(fleet.mechanisms("HubWest", .partitionDetector).isEmpty)
    }

    @Test("A runbook switches partition handling off and on")
    func switches() async throws {
        let fleet = try await LocalFleet()
        try await fleet.start("HubWest")
        for isOn in [false, true] {
            #expect(try await fleet.ask("HubWest", "POST", "/partition-handling?on=\(isOn ? 1 : 0)").status == 200)
            #expect(try await fleet.state("HubWest")["handlesPartitions"] as? Bool == isOn)
        }
    }
}
