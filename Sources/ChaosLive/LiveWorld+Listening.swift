import ChaosFleet
import ChaosPlan
import ChaosRun

/// What clients, reader and the fleet's own processes tell.
extension LiveWorld {
    /// Takes in all that is there; never waits.
    func listen() {
        if let prober { for line in proberReader.lines(from: prober.output) { hear(probe: line) } }
        if let reader { for line in readerReader.lines(from: reader.output) { hear(read: line) } }
        hearAlerts()
        for entry in telemetry.read() { hear(entry) }
        for session in hosts { for event in session.events() { hear(event, from: session) } }
        watchHosts()
    }

    // MARK: Clients

    private func hear(probe line: String) {
        switch ProbeLine(line) {
        case .outcome(let subject, let intended, let end, let succeeded, let late, let server):
            guard serving.indices.contains(subject), end <= plan.phases.end else { return }
            worstLateness = max(worstLateness, late)
            observer.completed(subject: subject, intended: intended, end: end, succeeded: succeeded)
            if succeeded {
                clients == nil ? noteServer(server, of: subject, at: end) : noteAddress(server, of: subject, at: end)
            }
        case .unsent(let subject, let intended):
            guard serving.indices.contains(subject) else { return }
            observer.unsent(subject: subject, intended: intended)
        case .watermark(let time): watermark = time
        case .trouble(let text): tell("prober: \(text)")
        case .format, nil: break
        }
    }

    /// The first answer of a standby ends a client's wait.
    private func noteServer(_ server: Int?, of subject: Int, at time: Nanoseconds) {
        guard let server, server != serving[subject] else { return }
        serving[subject] = server
        guard server != subject, plan.fleet.agents.indices.contains(server) else { return }
        let (agent, standby) = (plan.fleet.agents[subject].name, plan.fleet.agents[server].name)
        observer.mechanism(
            .agentFailover, .takeover, by: standby, about: agent, from: agent, to: standby, now: time)
    }

    // MARK: Messages

    private func hear(read line: String) {
        let fields = line.split(separator: "\t" as Character, omittingEmptySubsequences: false).map { String($0) }
        switch (fields.first, fields.count) {
        case ("d", 7):
            guard let time = Int64(fields[1]), let counter = UInt64(fields[4]), let attempt = Int(fields[6]) else {
                return
            }
            ledger.delivered(counter, of: fields[3], attempt: attempt)
            if let publisher = agents[fields[3]] {
                observer.operations?.delivered(
                    publisher: publisher, counter: UInt32(truncatingIfNeeded: counter), consumer: reader(of: fields[2]),
                    now: time - order.startNs)
            }
        case ("s", 8):
            guard let counter = UInt64(fields[5]) else { return }
            ledger.stored(counter, of: fields[4], copyIn: isCopy(fields[2]) ? fields[1] : nil)
        case ("l", 4):
            guard let time = Int64(fields[1]) else { return }
            lead(fields[2], by: fields[3], at: time - order.startNs)
        case ("r", 3): readWhole.insert("\(fields[1])/\(fields[2])")
        case ("e", 2): tell("reader: \(fields[1])")
        case ("end", 1): finalReadEnded = true
        default: break
        }
    }

    /// Streams that source another domain's are copies of it.
    private func isCopy(_ stream: String) -> Bool { stream.hasPrefix("\(order.stream)-from-") }

    private func lead(_ stream: String, by server: String, at time: Nanoseconds) {
        guard !isCopy(stream), let former = leaders.hear(server, of: stream), time >= 0 else { return }
        // As in the simulator: an election is noticed from outside when it is over.
        observer.mechanism(
            .brokerElection, .detect, by: server, about: former, from: "follower", to: "candidate", now: time)
        observer.mechanism(
            .brokerElection, .takeover, by: server, about: former, from: "candidate", to: "leader", now: time)
    }

    // MARK: The fleet's own word

    private func hear(_ entry: TelemetryTail.Line) {
        let time = entry.line.time - order.startNs
        switch entry.line.fact {
        case .mechanism(let event):
            note(event)
            guard time >= 0, time <= plan.phases.end else { return }
            observer.mechanism(
                event.mechanism, event.role, by: event.by, about: event.about, from: event.from, to: event.to,
                now: time)
        case .published, .acknowledged, .indeterminate, .dropped, .bufferHighWater:
            guard time >= 0 else { return }
            ledger.consume(entry.line.fact, of: entry.process)
            record(entry.line.fact, of: entry.process, at: time)
        case .lookedUp(let asked, let succeeded):
            guard time >= 0, time <= plan.phases.end else { return }
            observer.discovered(asked: asked - order.startNs, end: time, succeeded: succeeded)
        case .owns(let agent, let hub, let epoch): own(agent, by: hub, in: epoch, at: time)
        case .hub(let event):
            guard time >= 0, time <= plan.phases.end else { return }
            observer.hub(event, now: time)
        case .disk(let host, let used, let level):
            guard time >= 0, time <= plan.phases.end,
                let index = plan.fleet.hosts.firstIndex(where: { $0.name == host })
            else { return }
            observer.disk(host: index, used: used, level: level, now: time)
        case .calls(let needed, let sent): calls[entry.process] = (needed, sent)
        case .started:
            away.remove(entry.process)
            if time > 0, let agent = agents[entry.process] {
                observer.operations?.abandoned(publisher: agent, now: time)
            }
            let last = calls.removeValue(forKey: entry.process) ?? (0, 0)
            formerCalls.needed += last.needed
            formerCalls.sent += last.sent
        }
    }

    /// Into the history of single operations.
    private func record(_ fact: TelemetryLine.Fact, of agent: String, at time: Nanoseconds) {
        guard let operations = observer.operations, let publisher = agents[agent] else { return }
        switch fact {
        case .published(let counter):
            operations.published(publisher: publisher, counter: UInt32(truncatingIfNeeded: counter), now: time)
        case .acknowledged(let counter):
            operations.acknowledged(publisher: publisher, counter: UInt32(truncatingIfNeeded: counter), now: time)
        case .dropped(let counter):
            operations.refused(publisher: publisher, counter: UInt32(truncatingIfNeeded: counter), now: time)
        default: break
        }
    }

    /// Readers are numbered behind the agents, in the order of the broker's servers.
    func reader(of domain: String) -> Int {
        plan.fleet.agents.count + (plan.fleet.broker.servers.firstIndex { $0.name == domain } ?? 0)
    }

    private func note(_ event: MechanismEvent) {
        guard event.mechanism == .hubFailover else { return }
        if event.to == "isolated" { isolated.insert(event.by) } else { isolated.remove(event.by) }
        if event.role == .restore || event.to == "on-primary" { away.remove(event.by) } else { away.insert(event.by) }
    }

    /// Two hubs that serve one agent in one epoch are a split brain.
    private func own(_ agent: String, by hub: String, in epoch: UInt32, at time: Nanoseconds) {
        owned.insert(agent)
        let key = "\(agent)\t\(epoch)"
        guard let owner = owners[key] else {
            owners[key] = hub
            return
        }
        guard owner != hub, time >= 0 else { return }
        observer.totals.ownershipConflicts += 1
        observer.violation(
            "ownership", subject: agent, detail: "\(owner) and \(hub) both in epoch \(epoch)", now: time)
    }
}
