import ChaosPlan

extension FleetState {
    /// What the fleet's mechanisms did, in the words that both worlds write.
    mutating func apply(_ event: MechanismEvent, at time: Nanoseconds) {
        switch event.mechanism {
        case .breaker: breaker(event, at: time)
        case .hubFailover: hubFailover(event, at: time)
        case .agentFailover: agentFailover(event)
        case .partitionDetector: partition(event, at: time)
        case .restart: restart(event, at: time)
        case .buffer: mark(event.by, .buffering, event.to != "idle")
        case .loadShedding: mark(event.by, .shedding, event.to == "shedding")
        case .rollback: tell(time, "rollback of \(event.about): \(event.to)", event.role == .detect ? .bad : .good)
        case .brokerElection where event.role == .takeover: tell(time, "\(event.by) leads \(event.about)", .good)
        case .retry, .reconciliation, .storeFallback, .discoveryCache, .logRotation, .credentialReload,
            .brokerElection, .redelivery:
            break
        }
    }

    private mutating func mark(_ name: String, _ mark: AgentState, _ isOn: Bool) {
        guard let agent = agentNumbers[name] else { return }
        if isOn { agents[agent].insert(mark) } else { agents[agent].remove(mark) }
    }

    private mutating func breaker(_ event: MechanismEvent, at time: Nanoseconds) {
        if event.to == "closed" || event.to == "forcedClosed" {
            breakers[event.by] = nil
        } else {
            if breakers[event.by] == nil, breakers.count < 3 { tell(time, "breaker \(event.by) \(event.to)", .bad) }
            breakers[event.by] = event.to
        }
    }

    private mutating func hubFailover(_ event: MechanismEvent, at time: Nanoseconds) {
        if !event.about.isEmpty { hubsSeen.insert(event.about) }
        guard let agent = agentNumbers[event.by] else {
            // A hub that took all of the other's agents.
            hubsSeen.insert(event.by)
            return
        }
        agents[agent].subtract([.onStandbyHub, .switching, .isolated])
        switch event.role {
        case .detect:
            agents[agent].insert(.switching)
        case .takeover:
            if !leftHubs.values.contains(event.about) { tell(time, "agents leave \(event.about)", .bad) }
            leftHubs[agent] = event.about
            agents[agent].insert(.onStandbyHub)
        case .restore:
            leftHubs[agent] = nil
            if !leftHubs.values.contains(event.about) { tell(time, "all agents are back at \(event.about)", .good) }
        case .change:
            if event.to == "isolated" { agents[agent].insert(.isolated) }
            if event.to == "on-secondary" { agents[agent].insert(.onStandbyHub) }
        }
    }

    private mutating func agentFailover(_ event: MechanismEvent) {
        // The hub's view first, the first service by the other agent after it.
        switch event.role {
        case .takeover: mark(event.about, .replaced, true)
        case .restore: mark(event.about, .replaced, false)
        case .detect, .change: break
        }
    }

    private mutating func partition(_ event: MechanismEvent, at time: Nanoseconds) {
        hubsSeen.insert(event.by)
        partitions[event.by] = (event.about, event.to)
        switch event.role {
        case .detect: tell(time, "\(event.by) sees a partition: \(event.about)", .bad)
        case .restore: tell(time, "\(event.by) is connected again: \(event.about)", .good)
        case .takeover, .change: break
        }
    }

    private mutating func restart(_ event: MechanismEvent, at time: Nanoseconds) {
        let state: AgentState = event.to == "gave-up" ? .givenUp : event.to == "running" ? [] : .restarting
        if let agent = agentNumbers[event.about] {
            agents[agent].subtract([.givenUp, .restarting])
            agents[agent].formUnion(state)
        } else {
            members[event.about] = event.to == "running" ? nil : event.to
        }
        if event.to == "gave-up" { tell(time, "the supervisor gave up \(event.about)", .bad) }
    }
}
