import ChaosFleet
import ChaosNATS
import ChaosPlan
import Foundation
import Testing
import gauntlet_agent

@Suite(.enabled(if: BrokerRig.isInstalled, "nats-server is not installed"), .serialized, .timeLimit(.minutes(10)))
struct PublisherTests {
    /// The streams, made as the command makes them.
    static func makeStreams(_ rig: BrokerRig) throws {
        let result = try AgentProgram.run(["streams"] + rig.access)
        guard result.status == 0 else { throw BrokerRig.Problem(result.output) }
    }

    @Test(
        "what a killed server could not take is buffered and comes in order after its restart; nothing acknowledged is lost"
    )
    func killedServer() throws {
        let rig = try BrokerRig("two-machine")
        try Self.makeStreams(rig)
        let agent = rig.fleet.agents.first { $0.host == 0 }!.name
        let publisher = try PublisherRig(rig, agent: agent)
        publisher.publish(every: 10 * .millisecond)
        #expect(holds { publisher.acknowledged.count >= 50 })
        rig.kill(0)
        let before = publisher.published.count
        #expect(holds { publisher.published.count >= before + 50 })
        try rig.start(0)
        let after = publisher.published.count
        #expect(holds { publisher.acknowledged.count > after })
        publisher.publish(every: nil)
        #expect(holds { publisher.acknowledged.count == publisher.published.count })
        #expect(try publisher.json().contains("\"server\":\"nats-main\""))
        #expect(try publisher.metrics().contains("agent_messages_total{outcome=\"dropped\"} 0\n"))
        try publisher.stop()
        let stored = try rig.read("agent-events", server: 0)
        #expect(stored == (0..<UInt64(stored.count)).map { FleetMessage(agent: agent, counter: $0) })
        #expect(stored.count == publisher.published.count)
        #expect(Set(publisher.acknowledged).count == publisher.acknowledged.count)
        #expect(publisher.dropped.isEmpty)
        let buffered = publisher.mechanisms(.buffer)
        #expect(buffered.first == "\(agent) idle > buffering" && buffered.last == "\(agent) draining > idle")
        #expect(publisher.facts.contains { if case .bufferHighWater(let most) = $0 { most >= 30 } else { false } })

        // A later start of the agent goes on counting, and only while a run asks for it.
        let next = try PublisherRig(rig, agent: agent)
        let stop = RunOrder(
            run: "second", seed: 2, startNs: FleetClock.now, requestInterval: .second, requestTimeout: .second,
            messageInterval: 20 * .millisecond, stream: "agent-events", stopNs: 500 * .millisecond)
        next.order(stop)
        let due = (0...).lazy.map { Arrivals.messages(seed: 2, agent: agent, interval: 20 * .millisecond)[$0] }
            .prefix { $0 < 500 * .millisecond }.count
        #expect(
            holds { next.acknowledged.count == next.published.count && next.published.count > stored.count + due / 2 })
        usleep(600_000)
        let counters = next.published
        #expect(counters == Array(0..<UInt64(counters.count)) && counters.count <= stored.count + due)
        try next.stop()
    }

    @Test("a paused server's silence ends in indeterminate messages, which are sent again and stored once")
    func pausedServer() throws {
        let rig = try BrokerRig("two-machine") { $0.broker.ackTimeout = 500 * .millisecond }
        try Self.makeStreams(rig)
        let agent = rig.fleet.agents.first { $0.host == 0 }!.name
        let publisher = try PublisherRig(rig, agent: agent)
        publisher.publish(every: 20 * .millisecond)
        #expect(holds { publisher.acknowledged.count >= 20 })
        rig.signal(0, SIGSTOP)
        #expect(holds { !publisher.indeterminate.isEmpty })
        rig.signal(0, SIGCONT)
        let after = publisher.published.count
        #expect(holds { publisher.acknowledged.count > after })
        publisher.publish(every: nil)
        #expect(holds { publisher.acknowledged.count == publisher.published.count })
        try publisher.stop()
        let stored = try rig.read("agent-events", server: 0)
        #expect(stored.map(\.counter) == publisher.published)
        #expect(Set(publisher.indeterminate).isSubset(of: publisher.acknowledged))
    }

    @Test("without the buffer a message is sent once: what finds no server is dropped, and nothing comes later")
    func unbuffered() throws {
        let rig = try BrokerRig("two-machine") { $0.policies.disabled.insert(.buffer) }
        try Self.makeStreams(rig)
        let agent = rig.fleet.agents.first { $0.host == 0 }!.name
        let publisher = try PublisherRig(rig, agent: agent)
        publisher.publish(every: 10 * .millisecond)
        #expect(holds { publisher.acknowledged.count >= 20 })
        rig.kill(0)
        #expect(holds { publisher.dropped.count >= 20 })
        try rig.start(0)
        let after = publisher.published.last ?? 0
        #expect(holds { (publisher.acknowledged.last ?? 0) > after })
        publisher.publish(every: nil)
        usleep(200_000)
        try publisher.stop()
        #expect(publisher.mechanisms(.buffer).isEmpty)
        #expect(Set(publisher.acknowledged).isDisjoint(with: publisher.dropped))
        let fates = publisher.acknowledged.count + publisher.dropped.count + publisher.indeterminate.count
        #expect(fates == publisher.published.count)
        let stored = Set(try rig.read("agent-events", server: 0).map(\.counter))
        #expect(stored.isSuperset(of: publisher.acknowledged) && stored.isDisjoint(with: publisher.dropped))
    }

    @Test(
        "a rotation with grace loses nothing: the agent reads the new credential and connects anew; after it the old one is refused"
    )
    func rotation() throws {
        let rig = try BrokerRig("two-machine") { $0.policies.credentials.reloadEvery = 200 * .millisecond }
        try Self.makeStreams(rig)
        let agent = rig.fleet.agents.first { $0.host == 1 }!.name
        let publisher = try PublisherRig(rig, agent: agent)
        publisher.publish(every: 10 * .millisecond)
        #expect(holds { publisher.acknowledged.count >= 30 })
        let rotation = try rig.setup.rotation(
            from: rig.secrets, to: BrokerSetup.Secrets.agents(version: 2, random: Secret.systemRandom))
        try rig.write(rotation.grace)
        rig.signal(1, SIGHUP)
        usleep(300_000)
        try rig.write(rotation.credentials)
        #expect(holds { publisher.mechanisms(.credentialReload) == ["\(agent) v0 > v1"] })
        let reloaded = publisher.published.count
        #expect(holds { publisher.acknowledged.count > reloaded + 30 })
        try rig.write(rotation.final)
        rig.signal(1, SIGHUP)
        let old = NATSOptions(
            servers: [rig.places[1].address], name: "old", user: rig.secrets.agents.user,
            password: rig.secrets.agents.password)
        #expect(
            holds {
                do throws(NATSFailure) {
                    try NATSConnection(old).close()
                    return false
                } catch { return error.kind == .unauthorized }
            })
        let final = publisher.published.count
        #expect(holds { publisher.acknowledged.count > final + 30 })
        publisher.publish(every: nil)
        #expect(holds { publisher.acknowledged.count == publisher.published.count })
        try publisher.stop()
        #expect(publisher.dropped.isEmpty && publisher.indeterminate.isEmpty)
        #expect(try rig.read("agent-events", server: 1).map(\.counter) == publisher.published)
    }

    @Test("without credential-reload an agent is shut out when the grace is over, and buffers")
    func noReload() throws {
        let rig = try BrokerRig("two-machine") {
            $0.policies.disabled.insert(.credentialReload)
            $0.policies.credentials.reloadEvery = 200 * .millisecond
        }
        try Self.makeStreams(rig)
        let agent = rig.fleet.agents.first { $0.host == 0 }!.name
        let publisher = try PublisherRig(rig, agent: agent)
        publisher.publish(every: 20 * .millisecond)
        #expect(holds { publisher.acknowledged.count >= 10 })
        let rotation = try rig.setup.rotation(
            from: rig.secrets, to: BrokerSetup.Secrets.agents(version: 2, random: Secret.systemRandom))
        try rig.write(rotation.credentials)
        try rig.write(rotation.final)
        rig.signal(0, SIGHUP)
        #expect(holds { (try? publisher.json().contains("refuses user agents-1")) == true })
        #expect(holds { publisher.mechanisms(.buffer).last == "\(agent) idle > buffering" })
        #expect(publisher.mechanisms(.credentialReload).isEmpty)
        try publisher.stop()
        #expect(
            publisher.dropped.count + publisher.indeterminate.count + publisher.acknowledged.count
                == publisher.published.count)
    }
}
