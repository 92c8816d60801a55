import ChaosFleet
import ChaosPlan
import ChaosResilience
public import ChaosRun

/// One agent as a publisher, and what the ledger knows of its messages.
struct Publisher {
    var phase: Int64
    var ticks: UInt64 = 0
    var stream: Stream
    var domain: Int
    var counter: UInt32 = 0
    var buffer: OutboundBuffer
    /// Broker number it is connected to; −1 while it is not.
    var server: Int
    /// A new connection forgets what the old one had under way.
    var connection: UInt16 = 0
    var lastArrival: Int64 = 0
    var reconnectArmed = false
    var deadlineArmed = false
    var isBuffering = false
    var acknowledged = GapSet()
    /// In the stream now, as a final read would find it.
    var stored = GapSet()
    var delivered = GapSet()
    /// One past the newest counter stored so far.
    var lastStored: UInt32 = 0
    /// When the last 64 counters were stored, for the deduplication window.
    var storedAt: [Int64]
    var outOfOrder = 0
}

/// Publishing: every message passes the bounded buffer, one connection keeps its order, and the ledger sees only what the
/// publisher itself sees (its acknowledgements) and what can be read.
extension SimulatedWorld {
    func startPublishers() {
        let interval = plan.workload.messages.interval
        let policy = MachinePolicies(fleet).outboundBuffer
        for agent in 0..<agentCount {
            let name = fleet.agents[agent].name
            let entity = Self.entity(name)
            let home = fleet.broker.servers.firstIndex { $0.host == fleet.agents[agent].host } ?? 0
            publishers.append(
                Publisher(
                    phase: Stream(seed: seed, purpose: .phase, entity: entity ^ 1).below(max(1, interval), at: 0),
                    stream: Stream(seed: seed, purpose: .publish, entity: entity), domain: isCluster ? 0 : home,
                    buffer: OutboundBuffer(policy: policy), server: broker.domains.isEmpty ? -1 : home,
                    storedAt: Array(repeating: .min / 2, count: 64)))
            if interval > 0, !broker.domains.isEmpty { schedulePublish(agent) }
        }
    }

    private func schedulePublish(_ agent: Int) {
        let interval = plan.workload.messages.interval
        let k = publishers[agent].ticks
        publishers[agent].ticks = k + 1
        let time = publishers[agent].phase + Int64(k) * interval + publishers[agent].stream.below(interval, at: k)
        push(time, Operation.publish, entity: Entity.publisher + agent, UInt64(agent))
    }

    func publish(_ agent: Int) {
        schedulePublish(agent)
        guard isServing(agent) else { return }
        let counter = publishers[agent].counter
        publishers[agent].counter = counter + 1
        observer.totals.published += 1
        observer.operations?.published(publisher: agent, counter: counter, now: now)
        guard policies.enabled(.buffer) else { return publishUnbuffered(agent, counter) }
        switch publishers[agent].buffer.append(sequence: UInt64(counter), size: Int(fleet.broker.messageSize)) {
        case .accepted: break
        case .acceptedDroppingOldest(let count): observer.totals.bufferDropped += count
        case .dropped, .rejected:
            observer.totals.bufferDropped += 1
            observer.operations?.refused(publisher: agent, counter: counter, now: now)
        }
        if publishers[agent].server < 0 { noteBuffering(agent) }
        send(agent)
    }

    /// Without the buffer a message is sent once, and forgotten.
    private func publishUnbuffered(_ agent: Int, _ counter: UInt32) {
        guard publishers[agent].server >= 0 else {
            observer.totals.bufferDropped += 1
            observer.operations?.refused(publisher: agent, counter: counter, now: now)
            return
        }
        transmit(agent, counter)
    }

    private func send(_ agent: Int) {
        guard publishers[agent].server >= 0, isServing(agent) else { return }
        while let message = publishers[agent].buffer.nextToSend(now: now) {
            transmit(agent, UInt32(message.sequence))
        }
        armDeadline(agent)
    }

    private func armDeadline(_ agent: Int) {
        guard !publishers[agent].deadlineArmed, let deadline = publishers[agent].buffer.nextDeadline else { return }
        publishers[agent].deadlineArmed = true
        setTimer(.publishDeadline, at: deadline, index: agent)
    }

    func publishDeadline(_ agent: Int) {
        publishers[agent].deadlineArmed = false
        guard let deadline = publishers[agent].buffer.nextDeadline, isServing(agent) else { return }
        if deadline <= now {
            observer.totals.indeterminate += publishers[agent].buffer.inFlight
            return disconnect(agent)
        }
        armDeadline(agent)
    }

    private func transmit(_ agent: Int, _ counter: UInt32) {
        let server = publishers[agent].server
        let time = max(
            now + transit(from: Int(nodes[agent].host), to: serverHost(server)), publishers[agent].lastArrival + 1)
        publishers[agent].lastArrival = time
        push(
            time, Operation.brokerReceive, entity: Entity.publisher + agent,
            UInt64(agent) << 48 | UInt64(publishers[agent].connection) << 32 | UInt64(counter))
    }

    func brokerReceive(_ payload: UInt64) {
        let agent = Int(payload >> 48)
        let counter = UInt32(truncatingIfNeeded: payload)
        guard publishers[agent].connection == UInt16(truncatingIfNeeded: payload >> 32),
            publishers[agent].server >= 0
        else { return }
        let server = publishers[agent].server
        let node = firstBroker + server
        let link = links[Int(nodes[agent].host) * hostCount + serverHost(server)]
        if link.rejected > 0 { return disconnect(agent) }
        if link.dropped > 0 || hosts[serverHost(server)].down || nodes[node].state.contains(.paused) {
            // TCP keeps it and its order; the publisher's own deadline ends the wait.
            return push(now + 400 * .millisecond, Operation.brokerReceive, entity: Entity.publisher + agent, payload)
        }
        if !nodes[node].state.contains(.up) { return disconnect(agent) }
        let domain = publishers[agent].domain
        if hosts[serverHost(server)].full { return refusePublish(agent, counter) }
        let back = transit(from: serverHost(server), to: Int(nodes[agent].host))
        if publishers[agent].stored.contains(counter),
            now - publishers[agent].storedAt[Int(counter & 63)] < dedupeWindow(server)
        {
            return push(
                now + back, Operation.brokerAcknowledge, entity: Entity.publisher + agent, payload)
        }
        // No leader, or none that its server can reach, or no quorum: no answer.
        let leader = broker.domains[domain].leader
        guard leader == server || leader >= 0 && isOpenBothWays(serverHost(server), serverHost(leader)) else { return }
        guard let commit = store(domain, publisher: agent, counter: counter) else { return }
        push(now + commit + back, Operation.brokerAcknowledge, entity: Entity.publisher + agent, payload)
    }

    /// Entries of the window are purged by the server's wall clock, so a step of the clock empties it.
    private func dedupeWindow(_ server: Int) -> Int64 {
        fleet.broker.dedupeWindow - max(0, wallOffset(serverHost(server)))
    }

    func brokerAcknowledge(_ payload: UInt64) {
        let agent = Int(payload >> 48)
        let counter = UInt32(truncatingIfNeeded: payload)
        guard publishers[agent].connection == UInt16(truncatingIfNeeded: payload >> 32), isServing(agent),
            publishers[agent].server >= 0
        else { return }
        if !isOpen(from: serverHost(publishers[agent].server), to: Int(nodes[agent].host)) { return }
        if publishers[agent].acknowledged.insert(counter) {
            observer.totals.acknowledged += 1
            observer.operations?.acknowledged(publisher: agent, counter: counter, now: now)
        }
        guard policies.enabled(.buffer) else { return }
        publishers[agent].buffer.acknowledged(sequence: UInt64(counter))
        if publishers[agent].buffer.isEmpty {
            if publishers[agent].isBuffering { noteDrained(agent) }
        } else {
            send(agent)
        }
    }

    private func refusePublish(_ agent: Int, _ counter: UInt32) {
        guard policies.enabled(.buffer) else {
            observer.totals.bufferDropped += 1
            return
        }
        disconnect(agent)
    }

    // MARK: Connections

    /// The connection is gone: everything unacknowledged goes back and will be sent again, in order.
    func disconnect(_ agent: Int) {
        publishers[agent].server = -1
        publishers[agent].connection &+= 1
        publishers[agent].buffer.rewind()
        if !publishers[agent].buffer.isEmpty { noteBuffering(agent) }
        armReconnect(agent)
    }

    private func armReconnect(_ agent: Int) {
        guard !publishers[agent].reconnectArmed else { return }
        publishers[agent].reconnectArmed = true
        let jitter = Stream(seed: seed, purpose: .reconnect, entity: Self.entity(fleet.agents[agent].name))
            .below(100 * .millisecond, at: UInt64(now))
        setTimer(.reconnect, at: now + fleet.broker.reconnectWait + jitter, index: agent)
    }

    func reconnect(_ agent: Int, _ generation: UInt32) {
        publishers[agent].reconnectArmed = false
        guard publishers[agent].server < 0, isServing(agent) else { return }
        let domain = publishers[agent].domain
        let home = Int(nodes[agent].host)
        let servers = broker.domains[domain].servers
        let usable = servers.filter {
            isServing(firstBroker + $0) && isOpenBothWays(home, serverHost($0))
                && !refusesCredential(firstBroker + $0, agent) && !hosts[serverHost($0)].full
        }
        // Its own machine's server first; a server that is cut off from the leader helps nobody.
        let best =
            usable.first { serverHost($0) == home && hasLeader(domain, for: $0) }
            ?? usable.first { hasLeader(domain, for: $0) }
        guard let best else { return armReconnect(agent) }
        publishers[agent].server = best
        send(agent)
    }

    private func hasLeader(_ domain: Int, for server: Int) -> Bool {
        let leader = broker.domains[domain].leader
        return leader >= 0 && hasQuorum(domain)
            && (leader == server || isOpenBothWays(serverHost(leader), serverHost(server)))
    }

    /// Something between a publisher and its leader changed: a reset reaches it at once, silence does not.
    func publisherPathChanged(_ agent: Int) {
        let server = publishers[agent].server
        guard server >= 0 else { return }
        let node = firstBroker + server
        if !nodes[node].state.contains(.up), !hosts[serverHost(server)].down,
            isOpenBothWays(Int(nodes[agent].host), serverHost(server))
        {
            disconnect(agent)
        }
    }

    func publisherDied(_ agent: Int) {
        publishers[agent].server = -1
        publishers[agent].connection &+= 1
        // What waited in the process' memory died with it; none of it was acknowledged.
        observer.operations?.abandoned(publisher: agent, now: now)
        let lost = publishers[agent].buffer.count
        if lost > 0 {
            observer.totals.bufferDropped += lost
            publishers[agent].buffer = OutboundBuffer(policy: publishers[agent].buffer.policy)
        }
        if publishers[agent].isBuffering { noteDrained(agent) }
    }

    func publisherStarted(_ agent: Int) {
        if publishers[agent].server < 0 { armReconnect(agent) } else { send(agent) }
    }

    private func noteBuffering(_ agent: Int) {
        guard !publishers[agent].isBuffering else { return }
        publishers[agent].isBuffering = true
        observer.mechanism(
            .buffer, .change, by: fleet.agents[agent].name, about: brokerName(agent), from: "idle", to: "buffering",
            now: now)
    }

    private func noteDrained(_ agent: Int) {
        publishers[agent].isBuffering = false
        observer.mechanism(
            .buffer, .change, by: fleet.agents[agent].name, about: brokerName(agent), from: "draining", to: "idle",
            now: now)
    }

    private func brokerName(_ agent: Int) -> String {
        let domain = broker.domains[publishers[agent].domain]
        return fleet.broker.servers[domain.leader >= 0 ? domain.leader : domain.servers[0]].name
    }

    // MARK: The ledger

    /// A message entered the stream: order per publisher, and once only.
    func ledgerStored(_ agent: Int, _ counter: UInt32) {
        publishers[agent].storedAt[Int(counter & 63)] = now
        if !publishers[agent].stored.insert(counter) {
            observer.totals.duplicated += 1
            observer.violation(
                "duplicated", subject: fleet.agents[agent].name, detail: "message \(counter) is stored twice",
                now: now)
            return
        }
        if counter < publishers[agent].lastStored {
            observer.totals.outOfOrder += 1
            if observer.totals.outOfOrder <= 20 {
                observer.violation(
                    "order", subject: fleet.agents[agent].name,
                    detail: "message \(counter) is stored after \(publishers[agent].lastStored - 1)", now: now)
            }
        } else {
            publishers[agent].lastStored = counter + 1
        }
    }

    public func finish() throws(WorldError) {
        var totals = observer.totals
        let undelivered = undeliveredMessages
        observer.operations?.closePublishes(now: now)
        totals.callsNeeded = g.pointee.callsNeeded
        totals.callsSent = g.pointee.callsSent
        for agent in publishers.indices {
            let publisher = publishers[agent]
            totals.bufferHighWater = max(totals.bufferHighWater, publisher.buffer.highWater)
            // The final read: whatever the stream still holds reaches its reader, but for what it has handed out and
            // nobody took.
            var read = publisher.stored
            for counter in publisher.delivered.subtracting(publisher.stored) { read.insert(counter) }
            for counter in undelivered[agent] where !publisher.delivered.contains(counter) { read.remove(counter) }
            totals.delivered += read.count
            observer.operations?.finalRead(
                publisher: agent, counters: read.members, reader: publisher.domain, began: now, now: now)
            let invented = (publisher.counter..<max(publisher.counter, publisher.stored.next)).filter {
                publisher.stored.contains($0)
            }
            totals.unexpected += invented.count
            if let counter = invented.first {
                observer.violation(
                    "unexpected", subject: fleet.agents[agent].name,
                    detail: "message \(counter) was stored and never published", now: now)
            }
            let lost = publisher.acknowledged.subtracting(publisher.stored)
            let firstRead = firstMember(publisher.stored)
            for counter in lost {
                if counter < firstRead {
                    totals.lostPrefix += 1
                } else if counter < publisher.stored.next {
                    totals.lostMiddle += 1
                } else {
                    totals.lostPostfix += 1
                }
            }
            if let counter = lost.first {
                observer.violation(
                    "acknowledged-loss", subject: fleet.agents[agent].name,
                    detail: "\(lost.count) acknowledged, not in the stream; the first is message \(counter)", now: now)
            }
        }
        totals.registered = (0..<agentCount).reduce(0) { count, agent in
            let hub = Int(hubOf[agent])
            let reachable =
                hub >= 0 && isServing(hub) && isServing(agent)
                && isOpenBothWays(Int(nodes[agent].host), Int(nodes[hub].host))
            return count + (reachable ? 1 : 0)
        }
        totals.diskHighWater = diskHighWater
        observer.totals = totals
    }

    private func firstMember(_ set: GapSet) -> UInt32 {
        if let gap = set.gaps.first, gap.lowerBound == 0 { return gap.upperBound }
        return 0
    }
}
