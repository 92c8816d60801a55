import ChaosFleet
import ChaosLinux
import ChaosPlan
import ChaosRun
import Glibc

/// Runbook steps, live.
extension LiveWorld {
    func carryOut(_ instance: Int, _ action: ProcedureAction, limit: Nanoseconds) throws(LiveError) -> Injection {
        let entry = schedule.instances[instance]
        let began = now
        var members: [Member] = []
        if case .members(let named) = entry.targets { members = named }
        if case .hosts(let hosts) = entry.targets {
            members = plan.fleet.members.filter { hosts.contains(plan.fleet.host(of: $0)) }
        }
        switch action {
        case .restartComponent, .rollBack:
            for member in members {
                if session.isRemote(plan.fleet.hosts[plan.fleet.host(of: member)].name) {
                    try restartThere(member, as: entry.id)
                    continue
                }
                try session.restart(plan.fleet.name(of: member), environment: ["GAUNTLET_BAD_VERSION_PPM": "0"])
            }
        case .failBack:
            for case .agent(let agent) in members {
                session.call("POST", layout.endpoint(of: .agent(agent)), "/fail-back")
            }
        case .partitionHandlingOff:
            for hub in plan.fleet.hubs.indices {
                session.call("POST", layout.endpoint(of: .hub(hub)), "/partition-handling?on=0")
            }
        }
        let took = now - began
        observer.procedure(instance, took: took, succeeded: took <= limit, now: now)
        endings.append((instance, now))
        return Injection(
            fault: ActiveFault(instance: instance),
            evidence: FaultEvidence(
                text: "\(action.rawValue) took \(took / .millisecond) ms", targets: targetNames(entry, members),
                subjects: subjects(members), effective: true, at: began))
    }

    /// By the executor of its host: it is asked to end, and its owner's command or its unit starts it.
    private func restartThere(_ member: Member, as instance: String) throws(LiveError) {
        let name = plan.fleet.name(of: member)
        guard let attachment = plan.fleet.live?.attachment(of: name) else {
            preconditionFailure("a member that is not attached, behind ssh; the fleet reader refuses it")
        }
        let host = hosts[plan.fleet.host(of: member)]
        let id = "\(String(instance.map { $0 == "#" ? "-" : $0 }))-\(name)"
        try host.ask([
            "op": "inject", "fault": attachment.ending("restart").merging(["id": .text(id), "signal": "TERM"]),
        ])
        // Whoever is asked politely takes its time; only then somebody new can take its place.
        let limit = FleetClock.now + 30 * .second
        var isGone = false
        while !isGone, FleetClock.now < limit {
            let held = try host.ask(["op": "status"]).held ?? []
            isGone = held.first { $0.fault == id }?.effective ?? true
            if !isGone { usleep(100_000) }
        }
        try host.ask(["op": "revert", "fault": .text(id)])
        if !isGone { throw LiveError("\(name) did not end within 30 s of SIGTERM on \(host.host)") }
    }
}
