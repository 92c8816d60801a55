import ChaosFleet
import ChaosNATS
import ChaosPlan
import Foundation
import Testing
import gauntlet_agent

@Suite(.enabled(if: BrokerRig.isInstalled, "nats-server is not installed"), .serialized, .timeLimit(.minutes(10)))
struct ReaderTests {
    @Test("each leaf's messages are in its own stream once and in the other's copy, and the reader tells all of them")
    func leafCopies() throws {
        let rig = try BrokerRig("two-machine")
        try PublisherTests.makeStreams(rig)
        let agents = [0, 1].map { host in rig.fleet.agents.first { $0.host == host }!.name }
        let reader = try AgentProgram(["reader", "--follow"] + rig.access)
        let publishers = try agents.map { try PublisherRig(rig, agent: $0) }
        for publisher in publishers { publisher.publish(every: 20 * .millisecond) }
        #expect(holds { publishers.allSatisfy { $0.acknowledged.count >= 40 } })
        for publisher in publishers { publisher.publish(every: nil) }
        #expect(holds { publishers.allSatisfy { $0.acknowledged.count == $0.published.count } })
        for publisher in publishers { try publisher.stop() }
        let published = publishers.map { UInt64($0.published.count) }
        for (here, there) in [(0, 1), (1, 0)] {
            let own = (0..<published[here]).map { FleetMessage(agent: agents[here], counter: $0) }
            #expect(try rig.read("agent-events", server: here) == own)
            let copy = "agent-events-from-\(rig.places[here].name)"
            let arrived = try holds { try rig.read(copy, server: there).count >= own.count }
            #expect(arrived)
            #expect(try rig.read(copy, server: there) == own)
        }
        let total = Int(published[0] + published[1])
        #expect(holds { reader.lines.count(where: { $0[0] == "d" }) >= total }, "\(reader.text.suffix(500))")
        reader.endInput()
        #expect(holds { !reader.isRunning && reader.lines.last == ["end"] }, "\(reader.text.suffix(500))")
        let lines = reader.lines
        for (host, agent) in agents.enumerated() {
            let domain = rig.places[host].name
            let delivered = lines.filter { $0[0] == "d" && $0[2] == domain }
            #expect(delivered.map { $0[3] } == Array(repeating: agent, count: Int(published[host])))
            #expect(delivered.map { $0[4] } == (0..<published[host]).map { "\($0)" })
            #expect(delivered.allSatisfy { $0[6] == "1" })
            let stored = lines.filter { $0[0] == "s" && $0[1] == domain && $0[2] == "agent-events" }
            let size = Int(rig.fleet.broker.messageSize)
            #expect(
                stored.map { $0.dropFirst(3).joined(separator: " ") }
                    == (0..<published[host]).map { counter in
                        let message = FleetMessage(agent: agent, counter: counter)
                        return
                            "\(counter + 1) \(agent) \(counter) \(message.id) \(FleetMessage.hash(message.payload(size: size)))"
                    })
            #expect(lines.contains { $0[0] == "l" && $0[2] == "agent-events" && $0[3] == domain })
        }
        #expect(lines.count(where: { $0[0] == "s" }) == 2 * total)
        #expect(!lines.contains { $0[0] == "e" })
    }

    @Test(
        "a cluster's leader is killed: another takes over, all that was acknowledged is there, in order, and the reader tells the change"
    )
    func leaderKilled() throws {
        let rig = try BrokerRig("three-node") { $0.broker.ackTimeout = 5 * .second }
        try PublisherTests.makeStreams(rig)
        let leader = try leader(rig)
        // Its own machine's server survives.
        let host = rig.fleet.broker.servers.first { $0.name != leader }!.host
        let agent = rig.fleet.agents.first { $0.host == host }!.name
        let reader = try AgentProgram(["reader", "--follow", "--patience", "60"] + rig.access)
        let publisher = try PublisherRig(rig, agent: agent)
        publisher.publish(every: 10 * .millisecond)
        #expect(holds { publisher.acknowledged.count >= 100 })
        #expect(holds { reader.lines.contains { $0[0] == "l" && $0[3] == leader } })
        rig.kill(try #require(rig.places.firstIndex { $0.name == leader }))
        let killed = publisher.published.count
        #expect(holds(seconds: 120) { publisher.acknowledged.count > killed + 100 })
        publisher.publish(every: nil)
        #expect(holds(seconds: 120) { publisher.acknowledged.count == publisher.published.count })
        let count = publisher.published.count
        try publisher.stop()
        reader.endInput()
        #expect(holds(seconds: 120) { !reader.isRunning && reader.lines.last == ["end"] }, "\(reader.text.suffix(500))")
        let stored = reader.lines.filter { $0[0] == "s" }
        #expect(Set(stored.compactMap { UInt64($0[5]) }) == Set(publisher.published), "\(count) were published")
        #expect(stored.count == Set(stored.map { $0[6] }).count)
        let leaders = reader.lines.filter { $0[0] == "l" }.map { $0[3] }
        #expect(leaders.last != leader && leaders.last != "-", "\(leaders)")
        #expect(reader.lines.contains { $0[0] == "e" && $0[1].hasPrefix("\(leader):") })
    }

    private func leader(_ rig: BrokerRig) throws -> String {
        let connection = try rig.connect(0)
        defer { connection.close() }
        let jetStream = try JetStream(connection)
        var leader: String?
        _ = holds {
            leader = (try? jetStream.streamInfo("agent-events"))?.leader
            return leader != nil
        }
        return try #require(leader)
    }

    @Test("a server that is away at the end is told as such, and the run's end ends the following")
    func serverAway() throws {
        let rig = try BrokerRig("two-machine")
        try PublisherTests.makeStreams(rig)
        rig.kill(1)
        let order = RunOrder(
            run: "r", seed: 1, startNs: FleetClock.now - .second, requestInterval: .second, requestTimeout: .second,
            messageInterval: .second, stream: "agent-events", stopNs: .second)
        try order.json.write(toFile: "\(rig.directory)/run.json", atomically: true, encoding: .utf8)
        let reader = try AgentProgram(["reader", "--follow", "--quiet", "200", "--patience", "2"] + rig.access)
        #expect(holds { !reader.isRunning && reader.lines.last == ["end"] }, "\(reader.text)")
        #expect(reader.lines.contains { $0[0] == "e" && $0[1].contains(rig.places[1].name) }, "\(reader.text)")
    }

    @Test("commands that lack something say what, in one line")
    func operatorErrors() throws {
        let nothing = try AgentProgram.run(["reader", "--final", "--fleet", "/nonexistent/fleet.json"])
        #expect(nothing.status != 0 && nothing.output.contains("/nonexistent/fleet.json cannot be read"))
        let idle = try AgentProgram.run(["reader"])
        #expect(idle.status != 0 && idle.output.contains("give --follow, --final or both"))
    }
}
