/// Which faults a host behind ssh can take. Told before a run, because there it would be told in its middle.
struct RemoteFaults {
    let plan: Plan
    let faultValues: [Value]
    let log: ProblemLog

    func run() {
        guard let live = plan.fleet.live, live.machines.contains(where: { $0.remote != nil }),
            faultValues.count == plan.faults.count
        else { return }
        for (fault, value) in zip(plan.faults, faultValues) {
            if case .link(let from, let to, _) = fault.target { checkLink([from, to], live, value) }
            guard let host = hosts(of: fault).first(where: { live.machine(of: $0)?.remote != nil }) else { continue }
            if let reason = refusal(fault.fault, live.machine(of: host)) {
                log.error(
                    value.at("kind").place, "`\(fault.fault.kind.rawValue)` on \(host), which is behind ssh: \(reason)",
                    "there serve kill, restart, pause, cpu, memory (kill), disk-fill, procedure (restart-component) and faults of links"
                )
            }
        }
    }

    /// Nil if it serves.
    private func refusal(_ fault: Fault, _ machine: LiveSettings.Machine?) -> String? {
        switch fault {
        case .kill, .restart, .pause, .cpu, .memory(kill: true, _), .procedure(.restartComponent, _, _): nil
        case .partition, .latency, .loss, .corrupt, .duplicate, .reorder, .bandwidth: nil
        case .diskFill: machine?.disk == nil ? "`live.hosts` gives it no `disk` to fill" : nil
        case .memory: "a stall needs a memory cgroup around the target"
        case .hostDown: "a machine of others is not taken down"
        case .diskSlow: "its disks are not served by a file system that can be made slow"
        case .clock: "its programs are not started with a clock that can be shifted"
        case .credential: "its credentials are not ours"
        case .procedure: "only our own agents know this step"
        case .rollingRestart: "nothing there starts another version"
        }
    }

    private func checkLink(_ ends: [Int], _ live: LiveSettings, _ value: Value) {
        for host in ends.map({ plan.fleet.hosts[$0].name }) where live.address(of: host) == nil {
            log.error(
                value.at("kind").place, "a fault of a link to \(host), whose address nobody knows",
                "write `live.hosts.\(host).address`")
        }
    }

    private func hosts(of fault: PlannedFault) -> [String] {
        let hosts: [Int] =
            switch fault.target {
            case .hosts(let selector): selector.candidates
            case .members(let selector): selector.candidates.map { plan.fleet.host(of: $0) }
            case .link(let from, let to, _): [from, to]
            case .none: []
            }
        if case .rollingRestart(let parameters) = fault.fault {
            return parameters.groups.joined().map { plan.fleet.hosts[plan.fleet.agents[$0].host].name }
        }
        return hosts.map { plan.fleet.hosts[$0].name }
    }
}
