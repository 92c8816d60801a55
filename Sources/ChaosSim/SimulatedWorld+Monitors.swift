import ChaosFleet
import ChaosPlan
import ChaosResilience
import ChaosRun

/// A periodic heartbeat from one process to another. The k-th is due at phase + k·period + a jitter drawn for k alone, so
/// any of them can be computed without the ones before it.
struct Monitor {
    enum Kind { case report(agent: Int, hub: Int), peer(from: Int, to: Int) }

    let kind: Kind
    let from: Int
    let to: Int
    let period: Int64
    let phase: Int64
    let jitter: Int64
    let stream: Stream
    let delay: Int64
    var scheduled = false
    /// As it stood before the change being made.
    var wasSteady = true
    var heard: Int64 = -1
    /// Heartbeats that were due and are still on their way; none behind them arrives before the last of them.
    var late: Int32 = 0
    var lateUntil: Int64 = 0

    func arrival(_ k: Int64) -> Int64 {
        phase + k * period + stream.below(jitter, at: UInt64(max(0, k))) + delay
    }

    /// The last nominal arrival at or before `time`; nil before the first.
    func last(upTo time: Int64) -> Int64? {
        var k = (time - phase - delay) / period
        while k >= 0 {
            let arrival = arrival(k)
            if arrival <= time { return arrival }
            k -= 1
        }
        return nil
    }

    func next(after time: Int64) -> Int64 {
        var k = max(0, (time - phase - delay) / period - 1)
        while true {
            let arrival = arrival(k)
            if arrival > time { return arrival }
            k += 1
        }
    }
}

/// Heartbeats, simulated one by one only while their outcome is in doubt.
///
/// A monitor is *steady* when both ends serve, the path is plain in both directions and nobody is starved: then each
/// heartbeat arrives, and the last one before any instant is known in closed form. Every change of the world is bracketed
/// by `beforeChange` and `afterChange`: what was steady before is brought up to date (its listeners hear the last arrival),
/// and what is not steady afterwards is simulated until it is again.
extension SimulatedWorld {
    enum Outcome { case heardBoth, heardOneWay, refused, silent, unsent }

    func startMonitors() {
        let heartbeat = policies.heartbeat
        let hubs = fleet.hubs.count
        for agent in 0..<agentCount {
            for hub in 0..<hubs {
                monitors.append(
                    monitor(.report(agent: agent, hub: hub), from: agent, to: firstHub + hub, heartbeat))
            }
        }
        for a in 0..<hubs {
            for b in 0..<hubs where a != b {
                monitors.append(monitor(.peer(from: a, to: b), from: firstHub + a, to: firstHub + b, heartbeat))
            }
        }
        if heartbeatMode == .explicit {
            for index in monitors.indices { schedule(index) }
        } else {
            for index in monitors.indices where !isSteady(index) { schedule(index) }
        }
        for index in monitors.indices { monitors[index].wasSteady = isSteady(index) }
    }

    private func monitor(_ kind: Monitor.Kind, from: Int, to: Int, _ policy: Policies.Heartbeat) -> Monitor {
        let entity = Self.entity(name(from) + "~" + name(to))
        let link = links[Int(nodes[from].host) * hostCount + Int(nodes[to].host)]
        return Monitor(
            kind: kind, from: from, to: to, period: policy.period,
            phase: Stream(seed: seed, purpose: .phase, entity: entity).below(policy.period, at: 0),
            jitter: max(1, policy.jitter), stream: Stream(seed: seed, purpose: .heartbeatJitter, entity: entity),
            delay: link.delay)
    }

    // MARK: Steadiness

    func isSteady(_ index: Int) -> Bool {
        let monitor = monitors[index]
        let from = Int(nodes[monitor.from].host)
        let to = Int(nodes[monitor.to].host)
        let out = links + (from * hostCount + to)
        let back = links + (to * hostCount + from)
        return monitor.late == 0 && isServing(monitor.from) && isServing(monitor.to) && out.pointee.exists
            && out.pointee.isPlain
            && back.pointee.isPlain && nodes[monitor.from].scale == 1024 && nodes[monitor.to].scale == 1024
    }

    /// Must be called before anything changes that a heartbeat depends on.
    func beforeChange() {
        for index in monitors.indices where monitors[index].wasSteady { catchUp(index) }
    }

    /// Must be called after it.
    func afterChange() {
        for index in monitors.indices {
            let steady = isSteady(index)
            let was = monitors[index].wasSteady
            monitors[index].wasSteady = steady
            // What was lost before now was lost.
            if steady && !was { monitors[index].heard = max(monitors[index].heard, now) }
            // Steady again: one more is simulated, to tell that it is heard; then silence is elided.
            if !steady || !was || decides(index) { schedule(index) }
        }
        for hub in hubStates.indices { armDetectors(hub) }
        for agent in agentHubs.indices { armAgent(agent) }
        for hub in hubStates.indices { armPartition(hub) }
    }

    /// Lets a steady monitor's listeners hear the last arrival up to now.
    func catchUp(_ index: Int) {
        guard let last = monitors[index].last(upTo: now), last > monitors[index].heard else { return }
        monitors[index].heard = last
        switch monitors[index].kind {
        case .report(let agent, let hub):
            hubHeard(hub, agent: agent, at: last)
            vouch(agent, hub: hub, upTo: last)
        case .peer(_, let to):
            peerHeard(at: to, last)
        }
    }

    /// Between hubs an agent waits for its next success, so none may be left out, however certain it is.
    private func decides(_ index: Int) -> Bool {
        guard case .report(let agent, _) = monitors[index].kind else { return false }
        return isBetweenHubs(agent)
    }

    func schedule(_ index: Int) {
        guard !monitors[index].scheduled, nodes[monitors[index].from].state.contains(.up) else { return }
        monitors[index].scheduled = true
        push(monitors[index].next(after: now), Operation.heartbeat, entity: Entity.monitor + index, UInt64(index))
    }

    /// What a starved sender or a disturbed link adds to one heartbeat.
    private func lateness(_ index: Int, nominal: Int64) -> Int64 {
        let monitor = monitors[index]
        var late: Int64 = 0
        let scale = nodes[monitor.from].scale
        if scale > 1024 {
            // A starved process is scheduled late: up to 20 ms for each time slower.
            let entity = Self.entity(name(monitor.from) + "~" + name(monitor.to))
            let bound = (scale - 1024) * 20 * .millisecond / 1024
            late += Stream(seed: seed, purpose: .heartbeatLateness, entity: entity).below(
                bound, at: UInt64(nominal))
        }
        let link = links[Int(nodes[monitor.from].host) * hostCount + Int(nodes[monitor.to].host)]
        if !link.isPlain, !link.isCut {
            late += link.extraDelay
            let stream = Stream(
                seed: seed, purpose: .heartbeatLoss,
                entity: Self.entity(name(monitor.from) + "~" + name(monitor.to)))
            if link.extraJitter > 0 { late += stream.below(link.extraJitter, at: UInt64(nominal)) }
            var tries: UInt64 = 0
            var timeout: Int64 = 200 * .millisecond
            while tries < 8, stream.chance(link.loss, at: UInt64(nominal) &+ (tries + 1) &* 0x9E37_79B9) {
                late += timeout
                timeout *= 2
                tries += 1
            }
        }
        return late
    }

    // MARK: One heartbeat

    private static let isLate: UInt64 = 1 << 63

    /// One is due, or a late one arrives. Whether it is late is decided when it is due: what was due before a disturbance
    /// is not touched by it, whether or not it was simulated.
    func heartbeat(_ payload: UInt64) {
        let index = Int(payload & 0xFFFF_FFFF)
        if payload & Self.isLate != 0 {
            monitors[index].late -= 1
            arrive(index)
            // The last disturbance of a path that is plain again: from here on silence is elided.
            if !monitors[index].wasSteady, isSteady(index) {
                monitors[index].wasSteady = true
                monitors[index].heard = now
            }
            return
        }
        monitors[index].scheduled = false
        if isServing(monitors[index].from) { send(index) } else { arrive(index) }
        if heartbeatMode == .explicit || !monitors[index].wasSteady || decides(index) { schedule(index) }
    }

    private func send(_ index: Int) {
        let lateness = lateness(index, nominal: now)
        guard lateness > 0 || monitors[index].late > 0 else { return arrive(index) }
        let time = now + lateness
        // It comes together with the one before it and tells nothing that that one does not.
        if monitors[index].late > 0, time <= monitors[index].lateUntil { return }
        monitors[index].late += 1
        monitors[index].lateUntil = time
        monitors[index].wasSteady = false
        push(time, Operation.heartbeat, entity: Entity.monitor + index, UInt64(index) | Self.isLate)
    }

    private func arrive(_ index: Int) {
        let outcome = outcome(index)
        if outcome == .heardBoth { monitors[index].heard = now }
        hear(index, outcome, at: now)
    }

    private func outcome(_ index: Int) -> Outcome {
        let monitor = monitors[index]
        guard isServing(monitor.from) else { return .unsent }
        let from = Int(nodes[monitor.from].host)
        let to = Int(nodes[monitor.to].host)
        let out = links[from * hostCount + to]
        let back = links[to * hostCount + from]
        guard out.exists else { return .silent }
        if out.rejected > 0 { return .refused }
        if out.dropped > 0 || hosts[to].down || nodes[monitor.to].state.contains(.paused) { return .silent }
        if !nodes[monitor.to].state.contains(.up) { return back.isCut ? .silent : .refused }
        return back.isCut ? .heardOneWay : .heardBoth
    }

    private func hear(_ index: Int, _ outcome: Outcome, at time: Int64) {
        switch monitors[index].kind {
        case .report(let agent, let hub):
            if outcome == .heardBoth || outcome == .heardOneWay { hubHeard(hub, agent: agent, at: time) }
            switch outcome {
            case .heardBoth: agentHeard(agent, hub: hub, at: time)
            case .refused: agentRefused(agent, hub: hub)
            case .heardOneWay, .silent, .unsent: break
            }
        case .peer(_, let to):
            if outcome == .heardBoth || outcome == .heardOneWay { peerHeard(at: to, time) }
        }
    }

    func monitorIndex(agent: Int, hub: Int) -> Int { agent * fleet.hubs.count + hub }
}
