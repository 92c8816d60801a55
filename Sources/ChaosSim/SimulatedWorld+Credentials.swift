import ChaosPlan
import ChaosRun

/// What an agent presents at a server's door.
struct AgentCredential {
    /// Version of the credential file it has read.
    var loaded: Int32 = 0
    var phase: Int64
}

/// Credentials of brokers and stores: versions, a grace for the old one, files that agents look at now and then, and a wall
/// clock that can make any of them look expired.
extension SimulatedWorld {
    func startCredentials() {
        let period = max(1, policies.credentials.reloadEvery)
        credentials = (0..<agentCount).map { agent in
            AgentCredential(
                phase: Stream(
                    seed: seed, purpose: .reload, entity: Self.entity(fleet.agents[agent].name)
                ).below(period, at: 0))
        }
    }

    @inline(__always)
    func refusesCredential(_ server: Int, _ agent: Int) -> Bool {
        server >= firstBroker && (nodes[server].credential > 0 || nodes[server].isExpired || clocksMoved)
            && refusesNow(server, agent)
    }

    private func refusesNow(_ server: Int, _ agent: Int) -> Bool {
        if nodes[server].isExpired { return true }
        if credentials[agent].loaded < nodes[server].credential, now >= nodes[server].graceUntil { return true }
        let wall = now + wallOffset(Int(nodes[server].host)) - wallOffset(Int(nodes[agent].host))
        // A certificate is valid from an hour before the run to the end of its lifetime, by the server's clock.
        return wall > policies.credentials.lifetime || wall < -.hour
    }

    /// The files hold a new version from now on, and the servers demand it; the old one passes until the grace is over, unless
    /// it had expired before.
    func rotateCredential(_ servers: [Int]) {
        credentialIssued += 1
        let grace = policies.credentials.grace
        for server in servers {
            nodes[server].graceUntil = nodes[server].isExpired ? now : now + grace
            nodes[server].isExpired = false
            nodes[server].credential = credentialIssued
        }
        for agent in 0..<agentCount {
            if policies.enabled(.credentialReload) {
                let period = max(1, policies.credentials.reloadEvery)
                let phase = credentials[agent].phase
                setTimer(
                    .reload, at: ((now - phase) / period + 1) * period + phase, index: agent, generation: 0)
            }
            setTimer(.reload, at: now + grace, index: agent, generation: 1)
        }
    }

    /// The servers take no version any more, and there is no new one to read until somebody rotates.
    func expireCredential(_ servers: [Int]) {
        for server in servers { nodes[server].isExpired = true }
        for agent in 0..<agentCount { setTimer(.reload, at: now, index: agent, generation: 1) }
    }

    func restoreCredential(_ servers: [Int]) {
        for server in servers { nodes[server].isExpired = false }
    }

    /// Generation 0: the agent looks at its file. 1: the grace is over and the server drops who still has the old one.
    func reload(_ agent: Int, _ generation: UInt32) {
        if generation == 1 {
            let server = publishers[agent].server
            if server >= 0, refusesCredential(firstBroker + server, agent) { disconnect(agent) }
            return
        }
        guard isServing(agent) else { return }
        let newest = credentialIssued
        let old = credentials[agent].loaded
        guard newest > old else { return }
        credentials[agent].loaded = newest
        observer.mechanism(
            .credentialReload, .change, by: fleet.agents[agent].name, about: "", from: "v\(newest - 1)",
            to: "v\(newest)", now: now)
        // A credential is shown when a connection is made: to show the new one, the connection is made anew.
        let server = publishers[agent].server
        if server >= 0, nodes[firstBroker + server].credential > old { disconnect(agent) }
    }

    /// A fresh process reads its file, whether or not it would look at it again.
    func readCredential(_ agent: Int) { credentials[agent].loaded = max(credentials[agent].loaded, credentialIssued) }

    // MARK: Wall clocks

    var clocksMoved: Bool {
        for host in 0..<hostCount where hosts[host].clockOffset != 0 || hosts[host].clockDrift != 0 { return true }
        return false
    }

    /// Adds to a host's clock, or takes back; what it has drifted so far stays drifted until nobody holds the clock.
    func moveClock(_ host: Int, offset: Int64, drift: Int64) {
        hosts[host].clockAccrued += (now - hosts[host].clockSetAt) / 1_000_000 * hosts[host].clockDrift
        hosts[host].clockSetAt = now
        hosts[host].clockOffset += offset
        hosts[host].clockDrift += drift
        if hosts[host].clockOffset == 0, hosts[host].clockDrift == 0 { hosts[host].clockAccrued = 0 }
    }

    func wallOffset(_ host: Int) -> Int64 {
        let state = hosts[host]
        return state.clockOffset + state.clockAccrued + (now - state.clockSetAt) / 1_000_000 * state.clockDrift
    }
}
