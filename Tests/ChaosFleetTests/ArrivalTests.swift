import ChaosFleet
import ChaosPlan
import ChaosSim
import Testing

@Suite struct ArrivalTests {
    @Test("clients and publishers are due in the live world when the simulator has them due")
    func sameAsSimulated() {
        let interval: Nanoseconds = 500 * .millisecond
        for seed in [UInt64(1), 2, 99] {
            for name in ["TutorAgent", "NLUAgent"] {
                let entity = Draw.hash(name)
                let requests = Arrivals.requests(seed: seed, agent: name, interval: interval)
                let messages = Arrivals.messages(seed: seed, agent: name, interval: interval)
                for k in 0..<50 {
                    let phase = Stream(seed: seed, purpose: .phase, entity: entity).below(interval, at: 0)
                    let draw = Stream(seed: seed, purpose: .arrivals, entity: entity).below(interval, at: UInt64(k))
                    #expect(requests[k] == phase + Int64(k) * interval + draw, "seed \(seed)")
                    let messagePhase = Stream(seed: seed, purpose: .phase, entity: entity ^ 1).below(interval, at: 0)
                    let messageDraw = Stream(seed: seed, purpose: .publish, entity: entity).below(
                        interval, at: UInt64(k))
                    #expect(messages[k] == messagePhase + Int64(k) * interval + messageDraw, "seed \(seed)")
                }
            }
        }
    }

    @Test(
        "the first arrival from an instant is the least that is not before it", arguments: [0, 1, 7_000, 123_456_789])
    func firstFrom(time: Nanoseconds) {
        let arrivals = Arrivals.requests(seed: 3, agent: "A", interval: 1_000)
        let k = arrivals.first(from: time)
        #expect(arrivals[k] >= time)
        #expect((0..<k).allSatisfy { arrivals[$0] < time })
    }

    @Test("a fleet's every process has an endpoint of its own")
    func endpoints() throws {
        for name in ["two-machine", "three-node", "single-machine"] {
            let layout = FleetLayout(try Fixture.fleet(name))
            var endpoints = layout.fleet.members.map { layout.endpoint(of: $0) }
            for server in layout.fleet.broker.servers.indices {
                let address = layout.address(of: .broker(server))
                endpoints += [
                    "\(address):\(layout.routePort(broker: server))", "\(address):\(layout.leafPort(broker: server))",
                ]
            }
            #expect(Set(endpoints).count == endpoints.count, "\(name)")
        }
    }

    @Test("a fleet reads back from its file as it was")
    func fleetFile() throws {
        let fleet = LiveFleet(fleet: try Fixture.fleet("two-machine"))
        let path = "/tmp/gauntlet-fleet-\(Draw.mix(FleetClock.now.magnitude)).json"
        try Fixture.write(fleet.json, to: path)
        defer { Fixture.remove(path) }
        #expect(try LiveFleet.read(path).json == fleet.json)
    }
}
