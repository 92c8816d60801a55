import ChaosFleet
import ChaosLinux
import ChaosPlan
public import ChaosRun
import Glibc

/// Faults of the plan, carried out by the hosts' executors; rollouts and runbook steps by the runner itself.
extension LiveWorld {
    public func inject(_ instance: Int) async throws(WorldError) -> Injection {
        let entry = schedule.instances[instance]
        do throws(LiveError) {
            switch entry.fault {
            case .rollingRestart(let parameters): return try beginRollout(instance, parameters)
            case .procedure(let action, _, let limit): return try carryOut(instance, action, limit: limit)
            case .credential(let rotate): return try changeCredential(instance, rotate: rotate)
            default: return try command(instance)
            }
        } catch {
            throw WorldError(
                code: error.isMissing ? .unsupported : .injectionFailed, message: "\(entry.id): \(error.message)")
        }
    }

    private func command(_ instance: Int) throws(LiveError) -> Injection {
        let entry = schedule.instances[instance]
        let translation = FaultTranslation(
            layout: layout,
            capabilities: Dictionary(uniqueKeysWithValues: hosts.map { ($0.host, $0.capabilities) }))
        let asked: (requests: [FaultTranslation.Request], targets: [Member], note: String)
        do throws(FaultTranslation.Unsupported) {
            asked = try translation.requests(for: entry, leader: leader)
        } catch {
            throw LiveError(error.reason, isMissing: true)
        }
        let sent = asked.requests.map { request in
            let session = hosts[request.host]
            let probes = request.probes.map { address -> JSONValue in ["address": .text(address), "count": 3] }
            var fault = request.fault.merging(["id": .text(request.id)])
            if let mechanism = entry.mechanism { fault = fault.merging(["mechanism": .text(mechanism)]) }
            var fields: [String: JSONValue] = ["op": "inject", "fault": fault]
            if !probes.isEmpty { fields["probes"] = .list(probes) }
            return (session, request, session.send(.object(fields)))
        }
        var replies: [HostReply] = []
        var held: [(session: HostSession, id: String)] = []
        var failures: [String] = []
        for (session, request, id) in sent {
            do throws(LiveError) {
                replies.append(try session.reply(to: id))
                held.append((session, request.id))
            } catch {
                failures.append(error.message)
            }
        }
        guard failures.isEmpty else {
            // All of it or nothing.
            for (session, id) in held { _ = try? session.ask(["op": "revert", "fault": .text(id)]) }
            throw LiveError(failures.joined(separator: "; "))
        }
        requests[instance] = held
        let limit = FleetClock.now + min(Self.patience, (entry.duration ?? Self.patience) / 2)
        for index in replies.indices where replies[index].effective == false {
            replies[index] = takingEffect(replies[index], of: held[index], until: limit)
        }
        var texts = replies.compactMap { reply in
            reply.evidence.map { "\(reply.mechanism ?? ""): \($0)" }
        }
        var isEffective = replies.contains { $0.effective == true }
        for (session, request, _) in sent where !request.probes.isEmpty {
            guard let proof = session.event("proof", of: request.id, within: 3) else { continue }
            if let text = proof.evidence { texts.append(text) }
            // The kernel shows the rule, and a probe outside of it sees no effect: it did not land.
            if proof.proven == false { isEffective = false }
        }
        if !asked.note.isEmpty { texts.append(asked.note) }
        let at = replies.compactMap(\.effectiveNs).max().map { $0 - order.startNs }
        return Injection(
            fault: ActiveFault(instance: instance),
            evidence: FaultEvidence(
                text: Self.short(texts), targets: targetNames(entry, asked.targets),
                subjects: subjects(asked.targets), effective: isEffective, at: at))
    }

    /// How long a fault may take from its answer to its effect, at most; and never more than half of its time.
    private static let patience = 10 * Nanoseconds.second

    /// Some faults come by and by: a disk fills, memory is taken. Reads it back until it is in force, or `limit` has passed.
    private func takingEffect(
        _ reply: HostReply, of held: (session: HostSession, id: String), until limit: Int64
    ) -> HostReply {
        var reply = reply
        while reply.effective == false, FleetClock.now < limit {
            usleep(50_000)
            guard
                let status = try? held.session.ask(["op": "status"]),
                let now = status.held?.first(where: { $0.fault == held.id })
            else { break }
            reply.evidence = now.evidence
            reply.effective = now.effective
            reply.effectiveNs = FleetClock.now
        }
        return reply
    }

    public func revert(_ fault: consuming ActiveFault) async throws(WorldError) -> Reversal {
        let instance = fault.relinquish()
        if let rollout = rollouts.first(where: { $0.instance == instance }) {
            return Reversal(stop(rollout), at: now)
        }
        if case .credential = schedule.instances[instance].fault {
            do throws(LiveError) { return Reversal(try restoreCredential(instance), at: now) } catch {
                throw WorldError(code: .revertFailed, message: error.message)
            }
        }
        var texts: [String] = []
        var failures: [String] = []
        var last: Int64?
        for (session, id) in requests.removeValue(forKey: instance) ?? [] {
            do throws(LiveError) {
                let reply = try session.ask(["op": "revert", "fault": .text(id)])
                last = max(last ?? 0, reply.effectiveNs ?? 0)
                if reply.clean == true {
                    texts.append("\(session.host): nothing of it is left")
                } else {
                    failures.append("\(session.host): \(reply.evidence ?? "it is not clean")")
                }
            } catch {
                failures.append(error.message)
            }
        }
        guard failures.isEmpty else {
            throw WorldError(
                code: .revertFailed,
                message: "\(failures.joined(separator: "; ")); `gauntlet fleet down` ends all of it")
        }
        let text = texts.isEmpty ? "nothing was held in force" : Self.short(texts)
        return Reversal(text, at: last.map { $0 - order.startNs })
    }

    /// What an executor says on its own.
    func hear(_ event: HostReply, from session: HostSession) {
        let text = "\(session.host): \(event.event ?? "") \(event.fault ?? "") \(event.evidence ?? "")"
        switch event.event {
        case "expired", "guardian-lost":
            guard let instance = requests.first(where: { $0.value.contains { $0.id == event.fault } })?.key else {
                return tell(text)
            }
            requests[instance] = nil
            observer.fault(
                instance, .failed, evidence: "taken back by its own guard: \(text)", targets: [], subjects: [],
                now: now)
        case "ended": tell(text)
        default: break
        }
    }

    // MARK: Words

    /// The broker's leader of the workload's stream, as the reader sees it.
    private var leader: Int? {
        let name = leaders[order.stream]
        return plan.fleet.broker.servers.firstIndex { $0.name == name }
    }

    func targetNames(_ entry: FaultInstance, _ members: [Member]) -> [String] {
        if case .link(let from, let to, let oneWay) = entry.targets {
            return [plan.fleet.hosts[from].name + (oneWay ? ">" : "-") + plan.fleet.hosts[to].name]
        }
        var names: [String] = []
        if case .hosts(let hosts) = entry.targets { names = hosts.map { plan.fleet.hosts[$0].name } }
        return names + members.map { plan.fleet.name(of: $0) }
    }

    func subjects(_ members: [Member]) -> [Int] {
        members.compactMap { if case .agent(let index) = $0 { index } else { nil } }.sorted()
    }

    /// The same sentence once, and no page of them.
    private static func short(_ texts: [String]) -> String {
        var seen: [String] = []
        for text in texts where !seen.contains(text) { seen.append(text) }
        let shown = seen.prefix(4).joined(separator: "; ")
        return seen.count > 4 ? "\(shown); and \(seen.count - 4) more" : shown
    }
}
