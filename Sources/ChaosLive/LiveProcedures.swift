import ChaosFleet
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
}
