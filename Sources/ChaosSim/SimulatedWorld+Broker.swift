import ChaosFleet
import ChaosPlan
import ChaosResilience
import ChaosRun

/// One message in a stream.
struct StreamEntry {
    var publisher: Int32
    var counter: UInt32
}

/// A stream with its servers: the whole cluster, or one machine's domain.
struct Domain {
    /// Broker numbers.
    var servers: [Int]
    /// Broker number; −1 while there is none.
    var leader: Int
    var term: UInt32 = 0
    var electionPending = false
    var quorumGeneration: UInt32 = 0
    /// Entries from sequence `base`; what every server has flushed and the consumer has taken is forgotten.
    var log: [StreamEntry] = []
    var base = 0
    var next: Int { base + log.count }
    /// Per server (position in `servers`): how far it has the log in memory, and on disk.
    var stored: [Int]
    var synced: [Int]
    var electionDraws: [UInt64]
    /// Next to hand to the consumer.
    var deliverNext = 0
    /// Handed out but not acknowledged when its consumer died.
    var outstanding: [Int] = []
    var redeliverArmed = false
    var pumping = false
    /// How far the other machines' copies reach.
    var mirrored = 0
    var mirrorOpen = true
}

struct BrokerState {
    var domains: [Domain] = []
    var storedMessages = 0
}

/// JetStream as its users meet it: acknowledged from memory and flushed later, elections of seconds, one outstanding
/// connection per publisher that keeps order, deduplication within a window, redelivery after AckWait.
extension SimulatedWorld {
    var isCluster: Bool { fleet.broker.mode == .cluster }

    func startBroker() {
        let servers = fleet.broker.servers.indices
        let groups: [[Int]] = isCluster ? [Array(servers)] : servers.map { [$0] }
        for group in groups where !group.isEmpty {
            broker.domains.append(
                Domain(
                    servers: group, leader: group[0], stored: group.map { _ in 0 }, synced: group.map { _ in 0 },
                    electionDraws: group.map { _ in 0 }))
        }
        startPublishers()
        guard fleet.broker.sync == .interval, fleet.broker.syncInterval > 0, plan.workload.messages.interval > 0
        else { return }
        for server in servers {
            // The first flush falls anywhere in the second half of the interval (nats-server).
            let half = fleet.broker.syncInterval / 2
            let stream = Stream(
                seed: seed, purpose: .phase, entity: Self.entity(fleet.broker.servers[server].name))
            setTimer(.fsync, at: half + stream.below(half, at: 0), index: server)
        }
    }

    func fsync(_ server: Int, _ generation: UInt32) {
        if isServing(firstBroker + server) {
            let (domain, position) = place(of: server)
            broker.domains[domain].synced[position] = broker.domains[domain].stored[position]
            trim(domain)
        }
        setTimer(.fsync, at: now + fleet.broker.syncInterval, index: server)
    }

    func place(of server: Int) -> (domain: Int, position: Int) {
        isCluster ? (0, server) : (server, 0)
    }

    func serverHost(_ server: Int) -> Int { fleet.broker.servers[server].host }

    private func connected(_ a: Int, _ b: Int) -> Bool {
        a == b
            || isServing(firstBroker + a) && isServing(firstBroker + b)
                && isOpenBothWays(serverHost(a), serverHost(b))
    }

    private func reach(_ server: Int, in domain: Int) -> [Int] {
        guard isServing(firstBroker + server) else { return [] }
        return broker.domains[domain].servers.indices.filter {
            connected(server, broker.domains[domain].servers[$0])
        }
    }

    private func quorum(_ domain: Int) -> Int { broker.domains[domain].servers.count / 2 + 1 }

    /// Whether a publish can be committed now.
    func hasQuorum(_ domain: Int) -> Bool {
        let leader = broker.domains[domain].leader
        return leader >= 0 && reach(leader, in: domain).count >= quorum(domain)
    }

    // MARK: Leaders

    /// A broker process or a link changed: leaders without followers, followers without a leader, publishers without either.
    func brokerChanged() {
        for domain in broker.domains.indices {
            let leader = broker.domains[domain].leader
            if !isCluster {
                let server = broker.domains[domain].servers[0]
                broker.domains[domain].leader = nodes[firstBroker + server].state.contains(.up) ? server : -1
                mirrorChanged(domain)
            } else {
                if leader >= 0 {
                    if hasQuorum(domain) {
                        catchUpFollowers(domain)
                    } else {
                        broker.domains[domain].quorumGeneration &+= 1
                        setTimer(
                            .lostQuorum, at: now + fleet.broker.lostQuorum, index: domain,
                            generation: broker.domains[domain].quorumGeneration)
                    }
                }
                callElection(domain)
            }
            pump(domain)
        }
        for agent in publishers.indices { publisherPathChanged(agent) }
    }

    func lostQuorum(_ domain: Int, _ generation: UInt32) {
        guard generation == broker.domains[domain].quorumGeneration, !hasQuorum(domain),
            broker.domains[domain].leader >= 0
        else { return }
        broker.domains[domain].leader = -1
        callElection(domain)
    }

    /// Followers that hear no leader but make up a quorum campaign after 4 to 9 s, each at its own drawn time.
    private func callElection(_ domain: Int) {
        guard policies.enabled(.brokerElection), !broker.domains[domain].electionPending else { return }
        let leader = broker.domains[domain].leader
        var best: (time: Int64, server: Int)?
        for (position, server) in broker.domains[domain].servers.enumerated() {
            let reachable = reach(server, in: domain)
            guard reachable.count >= quorum(domain) else { continue }
            if leader >= 0, isServing(firstBroker + leader),
                reachable.contains(where: { broker.domains[domain].servers[$0] == leader })
            {
                return
            }
            // Votes go only to a log at least as long as the voter's.
            let mine = broker.domains[domain].stored[position]
            let votes = reachable.filter { broker.domains[domain].stored[$0] <= mine }
            guard votes.count >= quorum(domain) else { continue }
            let draw = broker.domains[domain].electionDraws[position]
            broker.domains[domain].electionDraws[position] = draw + 1
            let stream = Stream(
                seed: seed, purpose: .election, entity: Self.entity(fleet.broker.servers[server].name))
            let spread = max(1, fleet.broker.electionMax - fleet.broker.electionMin)
            // Counted from the last heartbeat heard, up to one heartbeat ago.
            let heard = stream.below(max(1, fleet.broker.heartbeat), at: draw &* 2 + 1)
            let time = max(0, fleet.broker.electionMin + stream.below(spread, at: draw &* 2) - heard)
            if best == nil || time < best!.time { best = (time, server) }
        }
        guard let best else { return }
        broker.domains[domain].electionPending = true
        setTimer(.election, at: now + best.time, index: best.server, generation: broker.domains[domain].term)
    }

    func election(_ server: Int, _ term: UInt32) {
        let (domain, position) = place(of: server)
        guard broker.domains[domain].electionPending, broker.domains[domain].term == term else { return }
        broker.domains[domain].electionPending = false
        let old = broker.domains[domain].leader
        let reachable = reach(server, in: domain)
        let oldReachable = reachable.contains { broker.domains[domain].servers[$0] == old }
        let votes = reachable.filter { broker.domains[domain].stored[$0] <= broker.domains[domain].stored[position] }
        guard votes.count >= quorum(domain), !(old >= 0 && oldReachable) else { return callElection(domain) }
        let name = fleet.broker.servers[server].name
        let oldName = old >= 0 ? fleet.broker.servers[old].name : ""
        let about = oldName.isEmpty ? lastLeaderName : oldName
        observer.mechanism(
            .brokerElection, .detect, by: name, about: about, from: "follower", to: "candidate", now: now)
        broker.domains[domain].leader = server
        broker.domains[domain].term &+= 1
        truncate(domain, to: broker.domains[domain].stored[position])
        catchUpFollowers(domain)
        observer.mechanism(
            .brokerElection, .takeover, by: name, about: about, from: "candidate", to: "leader", now: now)
        for agent in publishers.indices { publisherPathChanged(agent) }
        pump(domain)
    }

    private var lastLeaderName: String {
        fleet.broker.servers.indices.first { !isServing(firstBroker + $0) }.map { fleet.broker.servers[$0].name } ?? ""
    }

    private func catchUpFollowers(_ domain: Int) {
        let leader = broker.domains[domain].leader
        guard leader >= 0 else { return }
        let end = broker.domains[domain].next
        for position in reach(leader, in: domain) { broker.domains[domain].stored[position] = end }
        if fleet.broker.sync == .always {
            for position in reach(leader, in: domain) { broker.domains[domain].synced[position] = end }
        }
    }

    /// A server's host lost power: what it had not flushed is gone.
    func losePower(server: Int) {
        let (domain, position) = place(of: server)
        broker.domains[domain].stored[position] = broker.domains[domain].synced[position]
        if !isCluster { truncate(domain, to: broker.domains[domain].stored[0]) }
    }

    /// The log ends at `end` from now on: entries beyond it exist nowhere that will be read.
    private func truncate(_ domain: Int, to end: Int) {
        guard end < broker.domains[domain].next else { return }
        let keep = max(0, end - broker.domains[domain].base)
        for offset in keep..<broker.domains[domain].log.count {
            let entry = broker.domains[domain].log[offset]
            publishers[Int(entry.publisher)].stored.remove(entry.counter)
            if !isCluster, broker.domains[domain].base + offset < broker.domains[domain].mirrored {
                observer.totals.divergent += 1
            }
        }
        broker.domains[domain].log.removeSubrange(keep...)
        for position in broker.domains[domain].servers.indices {
            broker.domains[domain].stored[position] = min(broker.domains[domain].stored[position], end)
            broker.domains[domain].synced[position] = min(broker.domains[domain].synced[position], end)
        }
        broker.domains[domain].deliverNext = min(broker.domains[domain].deliverNext, end)
        broker.domains[domain].mirrored = min(broker.domains[domain].mirrored, end)
        broker.domains[domain].outstanding.removeAll { $0 >= end }
    }

    /// Sourced streams copy across while the link is open; closed form, because nobody reads the copy before the end.
    private func mirrorChanged(_ domain: Int) {
        guard broker.domains.count > 1 else { return }
        let host = serverHost(broker.domains[domain].servers[0])
        let open = broker.domains.indices.contains {
            $0 != domain && isOpenBothWays(host, serverHost(broker.domains[$0].servers[0]))
        }
        let up = broker.domains[domain].leader >= 0
        if broker.domains[domain].mirrorOpen { broker.domains[domain].mirrored = broker.domains[domain].next }
        broker.domains[domain].mirrorOpen = open && up
        if open && up { broker.domains[domain].mirrored = broker.domains[domain].next }
    }

    private func trim(_ domain: Int) {
        guard broker.domains[domain].log.count > 4096 else { return }
        let floor = min(
            broker.domains[domain].synced.min()!, broker.domains[domain].deliverNext,
            broker.domains[domain].outstanding.min() ?? .max)
        let count = floor - broker.domains[domain].base
        guard count > 2048 else { return }
        broker.domains[domain].log.removeFirst(count)
        broker.domains[domain].base = floor
    }

    // MARK: Storing

    /// Appends one message at the leader and returns how long its commit takes; nil if nothing can be committed.
    func store(_ domain: Int, publisher: Int, counter: UInt32) -> Int64? {
        let leader = broker.domains[domain].leader
        guard hasQuorum(domain) else { return nil }
        var commit = fleet.broker.service.time * nodes[firstBroker + leader].scale >> 10
        if isCluster {
            var trips: [Int64] = []
            for position in reach(leader, in: domain) {
                let server = broker.domains[domain].servers[position]
                if server != leader {
                    trips.append(links[serverHost(leader) * hostCount + serverHost(server)].delay * 2)
                }
            }
            trips.sort()
            let needed = quorum(domain) - 1
            if needed > 0 { commit += trips[needed - 1] }
        }
        if fleet.broker.sync == .always { commit += fleet.broker.syncTime }
        broker.storedMessages += 1
        if plants.contains(.loseAcknowledged), broker.storedMessages == 20 { return commit }
        append(domain, publisher: publisher, counter: counter)
        if plants.contains(.duplicate), broker.storedMessages == 20 {
            append(domain, publisher: publisher, counter: counter)
        }
        if plants.contains(.invent), broker.storedMessages == 20 {
            publishers[publisher].stored.insert(counter + 1_000_000)
        }
        if plants.contains(.reorder), broker.storedMessages == 20 {
            publishers[publisher].lastStored = counter + 2
        }
        return commit
    }

    private func append(_ domain: Int, publisher: Int, counter: UInt32) {
        let sequence = broker.domains[domain].next
        broker.domains[domain].log.append(StreamEntry(publisher: Int32(publisher), counter: counter))
        if isCluster {
            for position in reach(broker.domains[domain].leader, in: domain) {
                broker.domains[domain].stored[position] = sequence + 1
                if fleet.broker.sync == .always { broker.domains[domain].synced[position] = sequence + 1 }
            }
        } else {
            broker.domains[domain].stored[0] = sequence + 1
            if fleet.broker.sync == .always { broker.domains[domain].synced[0] = sequence + 1 }
        }
        ledgerStored(publisher, counter)
        if broker.domains[domain].deliverNext == sequence { handOut(domain) }
        if broker.domains[domain].log.count & 0xFFF == 0 { trim(domain) }
    }

    // MARK: Delivering

    /// The hub that consumes a domain: the one beside its leader, else any other that can be reached.
    private func consumer(_ domain: Int) -> Int? {
        let leader = broker.domains[domain].leader
        guard leader >= 0, isServing(firstBroker + leader) else { return nil }
        let host = serverHost(leader)
        let beside = hubStates.indices.first { fleet.hubs[$0].host == host }
        if let beside, isServing(firstHub + beside) { return beside }
        guard beside == nil || policies.enabled(.hubFailover) else { return nil }
        return hubStates.indices.first { isServing(firstHub + $0) && isOpenBothWays(host, fleet.hubs[$0].host) }
    }

    /// Hands the next message out, if there is one and somebody to take it.
    private func handOut(_ domain: Int) {
        guard broker.domains[domain].deliverNext < broker.domains[domain].next, let hub = consumer(domain) else {
            return
        }
        let sequence = broker.domains[domain].deliverNext
        broker.domains[domain].deliverNext = sequence + 1
        let host = serverHost(broker.domains[domain].leader)
        push(
            now + links[host * hostCount + fleet.hubs[hub].host].delay, Operation.deliver,
            entity: firstBroker + broker.domains[domain].leader,
            UInt64(domain) << 56 | UInt64(hub) << 48 | UInt64(sequence))
    }

    func deliver(_ payload: UInt64) {
        let domain = Int(payload >> 56)
        let hub = Int((payload >> 48) & 0xFF)
        let sequence = Int(payload & 0xFFFF_FFFF_FFFF)
        guard sequence < broker.domains[domain].next, sequence >= broker.domains[domain].base else { return }
        if isServing(firstHub + hub) {
            let entry = broker.domains[domain].log[sequence - broker.domains[domain].base]
            publishers[Int(entry.publisher)].delivered.insert(entry.counter)
            observer.operations?.delivered(
                publisher: Int(entry.publisher), counter: entry.counter, consumer: hub, now: now)
            return
        }
        // Its consumer is away: nobody will acknowledge it, so it comes again after AckWait.
        broker.domains[domain].outstanding.append(sequence)
        if !broker.domains[domain].redeliverArmed, policies.enabled(.redelivery) {
            broker.domains[domain].redeliverArmed = true
            setTimer(.redeliver, at: now + fleet.broker.ackWait, index: domain)
        }
    }

    func redeliver(_ domain: Int, _ generation: UInt32) {
        broker.domains[domain].redeliverArmed = false
        guard !broker.domains[domain].outstanding.isEmpty else { return }
        guard let hub = consumer(domain) else {
            broker.domains[domain].redeliverArmed = true
            return setTimer(.redeliver, at: now + fleet.broker.ackWait, index: domain)
        }
        let again = broker.domains[domain].outstanding
        broker.domains[domain].outstanding.removeAll()
        observer.totals.redelivered += again.count
        observer.mechanism(
            .redelivery, .change, by: fleet.broker.servers[broker.domains[domain].leader].name,
            about: fleet.hubs[hub].name, from: "outstanding", to: "redelivered \(again.count)", now: now)
        for sequence in again {
            push(
                now, Operation.deliver, entity: firstBroker + broker.domains[domain].leader,
                UInt64(domain) << 56 | UInt64(hub) << 48 | UInt64(sequence))
        }
    }

    /// Per publisher: handed out to a consumer that never took it, or never handed out for want of one.
    var undeliveredMessages: [[UInt32]] {
        var result: [[UInt32]] = Array(repeating: [], count: publishers.count)
        for index in broker.domains.indices {
            let domain = broker.domains[index]
            var sequences = domain.outstanding
            if consumer(index) == nil { sequences += Array(min(domain.deliverNext, domain.next)..<domain.next) }
            for sequence in sequences where sequence >= domain.base && sequence < domain.next {
                let entry = domain.log[sequence - domain.base]
                result[Int(entry.publisher)].append(entry.counter)
            }
        }
        return result
    }

    /// Works off what piled up while there was no consumer: as many at once as may be unacknowledged.
    func pump(_ domain: Int) {
        guard domain < broker.domains.count, consumer(domain) != nil else { return }
        var handed = 0
        while broker.domains[domain].deliverNext < broker.domains[domain].next, handed < fleet.broker.maxAckPending {
            handOut(domain)
            handed += 1
        }
        if broker.domains[domain].deliverNext < broker.domains[domain].next {
            setTimer(.pump, at: now + 10 * .millisecond, index: domain)
        }
    }
}
