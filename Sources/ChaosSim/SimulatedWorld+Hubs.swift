import ChaosFleet
import ChaosPlan
import ChaosResilience
import ChaosRun

/// An agent's side of hub failover.
struct AgentHubs {
    /// Hub numbers; the secondary is nil in a fleet with one hub.
    var primary: Int
    var secondary: Int?
    var machine: HubFailover?
    var armedAt: Int64 = .max
    var generation: UInt32 = 0
    var registerGeneration: UInt32 = 0
    /// Epoch under which its present hub owns it.
    var epoch: UInt32 = 0
}

/// What one hub remembers.
struct HubProcess {
    var registry: OwnershipRegistry
    var detectors: [Detector]
    var armedAt: [Int64]
    var generations: [UInt32]
    var partition: PartitionDetector
    var partitionArmedAt: Int64 = .max
    var partitionGeneration: UInt32 = 0
    /// Agents it believes dead.
    var suspects: [Bool]
    var nameGenerations: [UInt32]
}

extension SimulatedWorld {
    func startHubs() {
        let hubs = fleet.hubs.count
        let machines = MachinePolicies(fleet)
        for agent in 0..<agentCount {
            let host = fleet.agents[agent].host
            let primary = fleet.hubs.firstIndex { $0.host == host } ?? 0
            let secondary = hubs > 1 ? (0..<hubs).first { $0 != primary } : nil
            var entry = AgentHubs(primary: primary, secondary: secondary)
            if secondary != nil, policies.enabled(.hubFailover) {
                entry.machine = HubFailover(
                    policy: machines.hubFailover,
                    now: 0)
            }
            agentHubs.append(entry)
            setHub(agent, hubs > 0 ? firstHub + primary : -1)
        }
        for hub in 0..<hubs {
            hubStates.append(
                HubProcess(
                    registry: OwnershipRegistry(agents: agentCount, hub: UInt8(hub), hubCount: max(1, hubs)),
                    detectors: Array(repeating: machines.heartbeatDetector(now: 0), count: agentCount),
                    armedAt: Array(repeating: .max, count: agentCount),
                    generations: Array(repeating: 0, count: agentCount),
                    partition: PartitionDetector(policy: machines.partitionDetector, now: 0),
                    suspects: Array(repeating: false, count: agentCount),
                    nameGenerations: Array(repeating: 0, count: agentCount)))
        }
        for agent in 0..<agentCount where hubs > 0 {
            let primary = agentHubs[agent].primary
            agentHubs[agent].epoch = hubStates[primary].registry.claim(agent: agent, hub: UInt8(primary), now: 0)
        }
        for a in 0..<hubs {
            for b in 0..<hubs where a != b { _ = hubStates[a].registry.merge(from: hubStates[b].registry) }
        }
    }

    // MARK: An agent and its two hubs

    private func role(_ agent: Int, _ hub: Int) -> HubFailover.Hub {
        agentHubs[agent].primary == hub ? .primary : .secondary
    }

    func agentHeard(_ agent: Int, hub: Int, at time: Int64) {
        guard agentHubs[agent].machine != nil, hub == agentHubs[agent].primary || hub == agentHubs[agent].secondary
        else { return }
        catchUpAgent(agent)
        let transition = agentHubs[agent].machine!.reportSucceeded(hub: role(agent, hub), now: time)
        moved(agent, transition)
        armAgent(agent)
    }

    func vouch(_ agent: Int, hub: Int, upTo time: Int64) {
        guard agentHubs[agent].machine != nil, hub == agentHubs[agent].primary || hub == agentHubs[agent].secondary
        else { return }
        agentHubs[agent].machine!.vouch(hub: role(agent, hub), upTo: time)
    }

    func agentRefused(_ agent: Int, hub: Int) {
        guard agentHubs[agent].machine != nil, hub == agentHubs[agent].primary || hub == agentHubs[agent].secondary
        else { return }
        catchUpAgent(agent)
        let transition = agentHubs[agent].machine!.reportFailed(hub: role(agent, hub), now: now)
        moved(agent, transition)
        armAgent(agent)
    }

    /// A timer only where time alone can change something: not while it sits on a primary that is steadily heard.
    func armAgent(_ agent: Int) {
        guard let machine = agentHubs[agent].machine, isServing(agent), var deadline = machine.nextDeadline else {
            return
        }
        if machine.state == .onPrimary, monitors[monitorIndex(agent: agent, hub: agentHubs[agent].primary)].wasSteady {
            return
        }
        // Away from its primary it looks at each of the primary's answers, elided or not: a deadline that is computed from
        // an elided one may come early, but the end of the probation is known for certain only with the latest.
        if machine.state == .onSecondary {
            deadline = min(
                deadline, monitors[monitorIndex(agent: agent, hub: agentHubs[agent].primary)].next(after: now))
        }
        guard deadline < agentHubs[agent].armedAt else { return }
        agentHubs[agent].armedAt = deadline
        agentHubs[agent].generation &+= 1
        setTimer(.agentTick, at: deadline, index: agent, generation: agentHubs[agent].generation)
    }

    func agentTick(_ agent: Int, _ generation: UInt32) {
        guard generation == agentHubs[agent].generation else { return }
        agentHubs[agent].armedAt = .max
        guard agentHubs[agent].machine != nil, isServing(agent) else { return }
        catchUpAgent(agent)
        while let transition = agentHubs[agent].machine!.tick(now: now) { moved(agent, transition) }
        armAgent(agent)
    }

    /// Brings what the agent knows of its steady hubs up to date, before its machine looks at the time.
    private func catchUpAgent(_ agent: Int) {
        for hub in fleet.hubs.indices {
            let index = monitorIndex(agent: agent, hub: hub)
            if monitors[index].wasSteady { catchUp(index) }
        }
    }

    func isBetweenHubs(_ agent: Int) -> Bool {
        switch agentHubs[agent].machine?.state {
        case .switching, .failingBack, .isolated: true
        case .onPrimary, .onSecondary, nil: false
        }
    }

    private func moved(_ agent: Int, _ transition: Transition<HubFailover.State>?) {
        guard let transition else { return }
        if isBetweenHubs(agent) {
            for hub in fleet.hubs.indices { schedule(monitorIndex(agent: agent, hub: hub)) }
        }
        let primary = agentHubs[agent].primary
        let name = fleet.agents[agent].name
        let primaryName = fleet.hubs[primary].name
        switch transition.to {
        case .switching, .failingBack:
            if transition.from == .onPrimary {
                observer.mechanism(
                    .hubFailover, .detect, by: name, about: primaryName, from: "on-primary", to: "switching", now: now)
            }
            let serving = agentHubs[agent].machine!.servingHub
            setHub(agent, serving.map { firstHub + hubNumber(agent, $0) } ?? -1)
            if let due = agentHubs[agent].machine!.registrationDue {
                agentHubs[agent].registerGeneration &+= 1
                setTimer(
                    .agentRegister, at: due, index: agent, generation: agentHubs[agent].registerGeneration)
            }
        case .isolated:
            setHub(agent, -1)
            observer.mechanism(
                .hubFailover, .change, by: name, about: primaryName, from: "\(word(transition.from))", to: "isolated",
                now: now)
        case .onPrimary, .onSecondary:
            // Only after a switch that was given up: it stays with the hub that still serves it.
            if let serving = agentHubs[agent].machine!.servingHub {
                setHub(agent, firstHub + hubNumber(agent, serving))
            }
        }
    }

    private func word(_ state: HubFailover.State) -> String {
        switch state {
        case .onPrimary: "on-primary"
        case .switching: "switching"
        case .onSecondary: "on-secondary"
        case .failingBack: "failing-back"
        case .isolated: "isolated"
        }
    }

    private func hubNumber(_ agent: Int, _ role: HubFailover.Hub) -> Int {
        role == .primary ? agentHubs[agent].primary : agentHubs[agent].secondary!
    }

    /// A switch is complete when the other hub has answered: the registration is its first served request.
    func agentRegister(_ agent: Int, _ generation: UInt32) {
        guard generation == agentHubs[agent].registerGeneration, agentHubs[agent].machine != nil, isServing(agent)
        else { return }
        let role: HubFailover.Hub
        switch agentHubs[agent].machine!.state {
        case .switching: role = .secondary
        case .failingBack: role = .primary
        // Fenced while it believed itself settled: it registers again where it is.
        case .onPrimary where hubOf[agent] < 0: role = .primary
        case .onSecondary where hubOf[agent] < 0: role = .secondary
        case .onPrimary, .onSecondary, .isolated: return
        }
        let hub = hubNumber(agent, role)
        guard isServing(firstHub + hub), isOpenBothWays(fleet.agents[agent].host, fleet.hubs[hub].host) else {
            setTimer(
                .agentRegister, at: now + policies.heartbeat.period, index: agent, generation: generation)
            return
        }
        let before = agentHubs[agent].machine!.state
        agentHubs[agent].machine!.registered(hub: role, now: now)
        own(agent, by: hub)
        let name = fleet.agents[agent].name
        let primaryName = fleet.hubs[agentHubs[agent].primary].name
        observer.mechanism(
            .hubFailover, role == .secondary ? .takeover : .restore, by: name, about: primaryName,
            from: word(before), to: word(agentHubs[agent].machine!.state), now: now)
        armAgent(agent)
    }

    /// `hub` serves this agent from now on, under a new epoch.
    func own(_ agent: Int, by hub: Int) {
        agentHubs[agent].epoch = hubStates[hub].registry.claim(agent: agent, hub: UInt8(hub), now: now)
        setHub(agent, firstHub + hub)
        _ = hubStates[hub].detectors[agent].heard(at: now)
        if plants.contains(.doubleOwner), !doubleOwnerPlanted, hubStates.count > 1 {
            doubleOwnerPlanted = true
            let other = (hub + 1) % hubStates.count
            serve(agent, by: other, epoch: agentHubs[agent].epoch)
        }
        serve(agent, by: hub, epoch: agentHubs[agent].epoch)
        markDirty()
        armDetectors(hub)
    }

    /// The resource's view: two hubs that serve one agent in one epoch are a split brain.
    private func serve(_ agent: Int, by hub: Int, epoch: UInt32) {
        let key = UInt64(agent) << 32 | UInt64(epoch)
        if let owner = replication.owners.first(where: { $0.key == key }) {
            if owner.hub != hub {
                observer.totals.ownershipConflicts += 1
                observer.violation(
                    "ownership", subject: fleet.agents[agent].name,
                    detail: "\(fleet.hubs[owner.hub].name) and \(fleet.hubs[hub].name) both in epoch \(epoch)",
                    now: now)
            }
            return
        }
        replication.owners.append((key: key, hub: hub))
        if replication.owners.count > 1024 { replication.owners.removeFirst(512) }
    }

    func agentStarted(_ agent: Int) {
        readCredential(agent)
        publisherStarted(agent)
        guard !hubStates.isEmpty else { return }
        if agentHubs[agent].machine != nil {
            // A fresh process begins with its primary and finds out.
            let policy = agentHubs[agent].machine!.policy
            agentHubs[agent].machine = HubFailover(policy: policy, now: now)
            agentHubs[agent].armedAt = .max
            agentHubs[agent].generation &+= 1
            agentHubs[agent].registerGeneration &+= 1
        }
        let primary = agentHubs[agent].primary
        setHub(agent, firstHub + primary)
        if isServing(firstHub + primary), isOpenBothWays(fleet.agents[agent].host, fleet.hubs[primary].host) {
            own(agent, by: primary)
        }
        armAgent(agent)
    }

    func agentResumed(_ agent: Int) {
        // A look at the credential file that came due meanwhile happens now.
        if policies.enabled(.credentialReload) { reload(agent, 0) }
        publisherStarted(agent)
        guard agentHubs[agent].machine != nil else { return }
        armAgent(agent)
        if agentHubs[agent].machine!.registrationDue != nil {
            setTimer(.agentRegister, at: now, index: agent, generation: agentHubs[agent].registerGeneration)
        }
    }

    // MARK: A hub and its agents

    func hubHeard(_ hub: Int, agent: Int, at time: Int64) {
        guard hubStates[hub].detectors[agent].heard(at: time) || hubStates[hub].suspects[agent] else { return }
        guard hubStates[hub].suspects[agent] else { return }
        hubStates[hub].suspects[agent] = false
        hubStates[hub].nameGenerations[agent] &+= 1
        if Int(hubStates[hub].registry[agent].owner) == hub {
            _ = hubStates[hub].registry.beat(
                agent: agent, hub: UInt8(hub), epoch: agentHubs[agent].epoch, health: 1, now: time)
            markDirty()
        }
        if isRerouted(agent, row: hub) {
            setTimer(
                .nameReturn, at: now + policies.agentFailover.validateTime, index: agent,
                generation: nameToken(hub, agent))
        }
    }

    /// Which hub decided about a name, and for which of its beliefs, in one timer generation.
    private func nameToken(_ hub: Int, _ agent: Int) -> UInt32 {
        hubStates[hub].nameGenerations[agent] << 4 | UInt32(hub)
    }

    func armDetectors(_ hub: Int) {
        guard policies.enabled(.agentFailover), isServing(firstHub + hub) else { return }
        for agent in 0..<agentCount {
            let index = monitorIndex(agent: agent, hub: hub)
            guard !monitors[index].wasSteady, !hubStates[hub].detectors[agent].isSuspected else { continue }
            let deadline = hubStates[hub].detectors[agent].deadline
            guard deadline < hubStates[hub].armedAt[agent] else { continue }
            hubStates[hub].armedAt[agent] = deadline
            hubStates[hub].generations[agent] &+= 1
            setTimer(
                .detectorTick, at: deadline, index: hub * agentCount + agent,
                generation: hubStates[hub].generations[agent])
        }
    }

    func detectorTick(_ index: Int, _ generation: UInt32) {
        let hub = index / agentCount
        let agent = index % agentCount
        guard generation == hubStates[hub].generations[agent] else { return }
        hubStates[hub].armedAt[agent] = .max
        guard isServing(firstHub + hub) else { return }
        let monitor = monitorIndex(agent: agent, hub: hub)
        if monitors[monitor].wasSteady { return }
        guard hubStates[hub].detectors[agent].check(at: now) else {
            // Heard meanwhile: look again when the silence would be long enough.
            if !hubStates[hub].detectors[agent].isSuspected {
                let deadline = hubStates[hub].detectors[agent].deadline
                hubStates[hub].armedAt[agent] = deadline
                hubStates[hub].generations[agent] &+= 1
                setTimer(
                    .detectorTick, at: deadline, index: index, generation: hubStates[hub].generations[agent])
            }
            return
        }
        hubStates[hub].suspects[agent] = true
        observer.mechanism(
            .agentFailover, .detect, by: fleet.hubs[hub].name, about: fleet.agents[agent].name, from: "trusted",
            to: "suspected", now: now)
        // Only the owner records health; where a name leads is each hub's own view of what it can reach.
        if Int(hubStates[hub].registry[agent].owner) == hub {
            _ = hubStates[hub].registry.beat(
                agent: agent, hub: UInt8(hub), epoch: agentHubs[agent].epoch, health: 0, now: now)
            markDirty()
        }
        hubStates[hub].nameGenerations[agent] &+= 1
        if fleet.agents[agent].standby != nil, !isRerouted(agent, row: hub) {
            setTimer(
                .nameSwitch, at: now + policies.agentFailover.switchTime, index: agent,
                generation: nameToken(hub, agent))
        }
    }

    /// The hub points a dead agent's name at its standby.
    func switchName(_ agent: Int, _ generation: UInt32) {
        let hub = Int(generation & 15)
        guard generation == nameToken(hub, agent), isServing(firstHub + hub),
            hubStates[hub].suspects[agent], let standby = fleet.agents[agent].standby,
            !hubStates[hub].suspects[standby], nodes[standby].state.contains(.up)
        else { return }
        point(agent, at: standby, row: hub)
        observer.mechanism(
            .agentFailover, .change, by: fleet.hubs[hub].name, about: fleet.agents[agent].name,
            from: fleet.agents[agent].name, to: fleet.agents[standby].name, now: now)
    }

    /// The agent is back and validated: its name points at it again.
    func returnName(_ agent: Int, _ generation: UInt32) {
        let hub = Int(generation & 15)
        guard generation == nameToken(hub, agent), isRerouted(agent, row: hub), isServing(firstHub + hub),
            !hubStates[hub].suspects[agent]
        else { return }
        point(agent, at: agent, row: hub)
        observer.mechanism(
            .agentFailover, .restore, by: fleet.hubs[hub].name, about: fleet.agents[agent].name, from: "standby",
            to: fleet.agents[agent].name, now: now)
    }

    /// A hub that starts knows nothing: it points every name at its agent and listens anew.
    func hubStarted(_ hub: Int) {
        for agent in 0..<agentCount {
            _ = hubStates[hub].detectors[agent].heard(at: now)
            hubStates[hub].suspects[agent] = false
            hubStates[hub].nameGenerations[agent] &+= 1
            point(agent, at: agent, row: hub)
        }
    }

    /// A hub came or went: those who exchange with it, and the streams that it consumes, have to look.
    func hubChanged(_ hub: Int) {
        guard isServing(firstHub + hub) else { return }
        armDetectors(hub)
        markDirty()
        for domain in broker.domains.indices { pump(domain) }
    }

    // MARK: Hubs among themselves

    func peerHeard(at hub: Int, _ time: Int64) {
        let transition = hubStates[hub].partition.observe(peerHeard: true, ownSideHealthy: true, now: time)
        partitionMoved(hub, transition)
        armPartition(hub)
    }

    func armPartition(_ hub: Int) {
        guard hubStates.count > 1, isServing(firstHub + hub), let deadline = hubStates[hub].partition.nextDeadline
        else { return }
        if hubStates[hub].partition.state == .connected, peersSteady(hub) { return }
        guard deadline < hubStates[hub].partitionArmedAt else { return }
        hubStates[hub].partitionArmedAt = deadline
        hubStates[hub].partitionGeneration &+= 1
        setTimer(
            .partitionTick, at: deadline, index: hub, generation: hubStates[hub].partitionGeneration)
    }

    private func peersSteady(_ hub: Int) -> Bool {
        for index in agentCount * hubStates.count..<monitors.count {
            if case .peer(_, hub) = monitors[index].kind, !monitors[index].wasSteady { return false }
        }
        return true
    }

    func partitionTick(_ hub: Int, _ generation: UInt32) {
        guard generation == hubStates[hub].partitionGeneration else { return }
        hubStates[hub].partitionArmedAt = .max
        guard isServing(firstHub + hub) else { return }
        for index in agentCount * hubStates.count..<monitors.count {
            if case .peer(_, hub) = monitors[index].kind, monitors[index].wasSteady { catchUp(index) }
        }
        partitionMoved(hub, hubStates[hub].partition.tick(now: now))
        armPartition(hub)
    }

    private func partitionMoved(_ hub: Int, _ transition: Transition<PartitionDetector.State>?) {
        guard let transition else { return }
        let peer = (0..<hubStates.count).first { $0 != hub }!
        guard partitionHandling else {
            // Nobody tells a silent peer from a dead one: this hub takes all of the other's agents.
            if transition.to == .partitioned { seize(hub, from: peer) }
            return
        }
        observer.mechanism(
            .partitionDetector,
            transition.to == .partitioned ? .detect : transition.to == .connected ? .restore : .change,
            by: fleet.hubs[hub].name,
            about: isServing(firstHub + peer)
                ? "\(fleet.hosts[fleet.hubs[hub].host].name)-\(fleet.hosts[fleet.hubs[peer].host].name)"
                : fleet.hubs[peer].name,
            from: "\(transition.from)", to: "\(transition.to)", now: now)
        if transition.to == .connected { markDirty() }
    }

    private func seize(_ hub: Int, from peer: Int) {
        for agent in 0..<agentCount where Int(hubStates[hub].registry[agent].owner) == peer {
            _ = hubStates[hub].registry.claim(agent: agent, hub: UInt8(hub), now: now)
        }
        observer.mechanism(
            .hubFailover, .change, by: fleet.hubs[hub].name, about: fleet.hubs[peer].name, from: "peer", to: "seized",
            now: now)
        markDirty()
    }
}
