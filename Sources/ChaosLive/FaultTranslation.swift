package import ChaosFleet
package import ChaosPlan

/// From a planned fault to what each host's executor is asked for.
///
/// A link fault acts on what *arrives* (delay, loss, …) at the far end, or on what leaves where the mechanism works at the
/// sender; a partition is one rule at one end, for both directions of it pass there.
package struct FaultTranslation {
    package struct Request: Hashable {
        package var host: Int
        /// Unique in the run: the instance's id, with a number behind where there are several.
        package var id: String
        /// The `fault` of an `inject`, without its id.
        package var fault: JSONValue
        /// Hosts that are pinged before and after, as proof from outside the mechanism.
        package var probes: [String]
    }

    /// Why a fault has no translation.
    package struct Unsupported: Error, Hashable {
        package var reason: String

        package init(reason: String) { self.reason = reason }
    }

    let layout: FleetLayout
    /// By host name, what its executor offers: by fault kind, the mechanisms, best first.
    let capabilities: [String: [String: [String]]]

    package init(layout: FleetLayout, capabilities: [String: [String: [String]]]) {
        self.layout = layout
        self.capabilities = capabilities
    }

    private var fleet: Fleet { layout.fleet }

    package func requests(
        for instance: FaultInstance, leader: Int?
    ) throws(Unsupported) -> (requests: [Request], targets: [Member], note: String) {
        switch instance.fault {
        case .kill: return try processes(instance, leader) { kill($0) }
        case .restart:
            return try processes(instance, leader) {
                attachment($0)?.ending("restart")
                    ?? ["kind": "restart", "processes": selector($0), "supervised": true]
            }
        case .pause: return try processes(instance, leader) { ["kind": "pause", "processes": selector($0)] }
        case .memory(let isKill, _):
            guard isKill else {
                throw Unsupported(
                    reason: "a stall in reclaim needs a memory cgroup around the target, which this fleet has not")
            }
            var result = try processes(instance, leader) { member in
                // Comes back and dies again, as in a host whose memory stays taken.
                attachment(member)?.ending("kill")
                    ?? ["kind": "kill", "processes": selector(member), "again": true, "supervised": true]
            }
            result.note = "SIGKILL stands in for the kernel's OOM killer, which needs a memory cgroup"
            return result
        case .cpu(let load): return try starve(instance, load: load)
        case .partition, .latency, .loss, .corrupt, .duplicate, .reorder, .bandwidth:
            return (try link(instance), [], "")
        case .diskFill(let share):
            guard case .hosts(let targets) = instance.targets, targets.allSatisfy({ disk(of: $0) != nil }) else {
                throw Unsupported(reason: "the disk of the host that this runs on is not filled")
            }
            return hosts(instance) { host in
                [
                    "kind": "disk-fill", "path": .text(disk(of: host) ?? ""),
                    "fill-to": .text(Self.percent(share)),
                ]
            }
        case .hostDown(let power):
            guard !power else {
                throw Unsupported(reason: "a power cut that loses what was not synced is not possible on this host")
            }
            if isAttached { throw Unsupported(reason: "the host that this runs on is not taken down") }
            return hosts(instance) { host in hostDown(host) }
        case .diskSlow:
            throw Unsupported(reason: "the fleet's disks are not served by a file system that can be made slow")
        case .clock:
            throw Unsupported(reason: "the fleet's programs are not started with a clock that can be shifted")
        case .credential, .procedure, .rollingRestart:
            preconditionFailure("\(instance.fault.kind) is carried out by the runner, not by an executor")
        }
    }

    // MARK: Processes

    private func processes(
        _ instance: FaultInstance, _ leader: Int?, _ fault: (Member) -> JSONValue
    ) throws(Unsupported) -> (requests: [Request], targets: [Member], note: String) {
        var members: [Member]
        switch instance.targets {
        case .members(let named): members = named
        case .hosts(let hosts): members = fleet.members.filter { hosts.contains(fleet.host(of: $0)) }
        case .leader:
            guard let leader else { throw Unsupported(reason: "the broker has no leader to hit now") }
            members = [.broker(leader)]
        case .link: preconditionFailure("a fault of processes with a link; the plan reader refuses it")
        }
        if case .hosts = instance.targets { members.removeAll { !fleet.hasProcess($0) } }
        if let name = members.first(where: { !fleet.hasProcess($0) }) {
            throw Unsupported(reason: "\(fleet.name(of: name)) is no process, only what clients ask")
        }
        if let name = members.lazy.map({ fleet.name(of: $0) }).first(where: { isLeftDead($0) }),
            [.kill, .restart, .memory].contains(instance.fault.kind)
        {
            throw Unsupported(reason: "\(name) is not supervised: nothing would start it again")
        }
        let requests = members.enumerated().map { index, member in
            Request(
                host: fleet.host(of: member), id: Self.id(instance, index, of: members.count), fault: fault(member),
                probes: [])
        }
        return (requests, members, "")
    }

    private func selector(_ member: Member) -> JSONValue {
        attachment(member)?.selector ?? ["pid-file": .text(FleetLayout.pidFile(of: fleet.name(of: member)))]
    }

    private func isLeftDead(_ name: String) -> Bool {
        fleet.live?.processes.contains { $0.name == name && !$0.isSupervised } ?? false
    }

    private var isAttached: Bool { fleet.live?.isAttached ?? false }

    /// Of a member that runs already: its key, and who starts it.
    private func attachment(_ member: Member) -> LiveSettings.Attachment? {
        fleet.live?.attachment(of: fleet.name(of: member))
    }

    private func kill(_ member: Member) -> JSONValue {
        attachment(member)?.ending("kill") ?? [
            "kind": "kill", "processes": selector(member),
            "hold-file": .text("\(FleetLayout.held)/\(fleet.name(of: member))"),
        ]
    }

    private func hostDown(_ host: Int) -> JSONValue {
        let members = fleet.members.filter { fleet.host(of: $0) == host && fleet.hasProcess($0) }
        return [
            "kind": "host-down", "processes": .list(members.map(selector)),
            "hold-file": .list(members.map { .text("\(FleetLayout.held)/\(fleet.name(of: $0))") }),
            "network": ["peers": ["10.77.0.0/16"]],
        ]
    }

    /// The hosts of a fleet share one machine's processors, so each target is kept off them for its own part of the time.
    private func starve(
        _ instance: FaultInstance, load: Share
    ) throws(Unsupported) -> (requests: [Request], targets: [Member], note: String) {
        try processes(instance, nil) { member in
            [
                "kind": "cpu", "mechanism": "duty-cycle", "load": .text(Self.percent(load)),
                "processes": selector(member),
            ]
        }
    }

    // MARK: Hosts

    private func hosts(
        _ instance: FaultInstance, _ fault: (Int) -> JSONValue
    ) -> (requests: [Request], targets: [Member], note: String) {
        guard case .hosts(let hosts) = instance.targets else {
            preconditionFailure("\(instance.fault.kind) without a host; the plan reader refuses it")
        }
        let requests = hosts.enumerated().map { index, host in
            Request(host: host, id: Self.id(instance, index, of: hosts.count), fault: fault(host), probes: [])
        }
        return (requests, fleet.members.filter { hosts.contains(fleet.host(of: $0)) }, "")
    }

    /// What may be filled: of a machine that this one is not, what the fleet file names.
    private func disk(of host: Int) -> String? {
        let name = fleet.hosts[host].name
        guard isAttached else { return FleetLayout.disk(host: name) }
        guard let machine = fleet.live?.machine(of: name), machine.remote != nil else { return nil }
        return machine.disk
    }

    // MARK: Links

    private func address(_ host: Int) throws(Unsupported) -> String {
        guard isAttached else { return layout.address(host: host) }
        guard let address = fleet.live?.address(of: fleet.hosts[host].name) else {
            throw Unsupported(reason: "nobody knows the address of \(fleet.hosts[host].name)")
        }
        return address
    }

    private func link(_ instance: FaultInstance) throws(Unsupported) -> [Request] {
        guard case .link(let from, let to, let oneWay) = instance.targets else {
            preconditionFailure("a link fault without a link; the plan reader refuses it")
        }
        if case .partition(let reject) = instance.fault {
            let peer = try address(from)
            return [
                Request(
                    host: to, id: Self.id(instance, 0, of: 1),
                    fault: [
                        "kind": "partition", "peers": [.text(peer)], "direction": oneWay ? "in" : "both",
                        "mode": reject ? "reject" : "drop",
                    ], probes: [peer])
            ]
        }
        let directions = oneWay ? [(from, to)] : [(from, to), (to, from)]
        var requests: [Request] = []
        for (index, (from, to)) in directions.enumerated() {
            let (kind, parameters) = Self.parameters(instance.fault)
            let means = instance.mechanism ?? mechanism(kind, host: from)
            let atSender = means.map { ["netem", "tbf", "htb"].contains($0) } ?? false
            let host = atSender ? from : to
            guard mechanism(kind, host: host) != nil else {
                throw Unsupported(reason: "\(fleet.hosts[host].name) has no mechanism for \(kind)")
            }
            let peer = try address(atSender ? to : from)
            requests.append(
                Request(
                    host: host, id: Self.id(instance, index, of: directions.count),
                    fault: JSONValue.object(parameters).merging([
                        "kind": .text(kind), "peers": [.text(peer)], "direction": atSender ? "out" : "in",
                    ]), probes: index == 0 ? [peer] : []))
        }
        return requests
    }

    private func mechanism(_ kind: String, host: Int) -> String? {
        capabilities[fleet.hosts[host].name]?[kind]?.first
    }

    private static func parameters(_ fault: Fault) -> (String, [String: JSONValue]) {
        switch fault {
        case .latency(let delay, let jitter):
            var parameters: [String: JSONValue] = ["delay": .text(duration(delay))]
            if jitter > 0 { parameters["jitter"] = .text(duration(jitter)) }
            return ("latency", parameters)
        case .loss(let share): return ("loss", ["share": .text(percent(share))])
        case .corrupt(let share): return ("corrupt", ["share": .text(percent(share))])
        case .duplicate(let share): return ("duplicate", ["share": .text(percent(share))])
        case .reorder(let share, let by):
            return ("reorder", ["share": .text(percent(share)), "by": .text(duration(by))])
        case .bandwidth(let limit): return ("bandwidth", ["limit": .text("\(limit)B/s")])
        default: preconditionFailure("\(fault.kind) is no link fault")
        }
    }

    // MARK: Words

    private static func id(_ instance: FaultInstance, _ index: Int, of count: Int) -> String {
        // `#` numbers a repetition in plans; names of the kernel's objects do without.
        let id = String(instance.id.map { $0 == "#" ? "-" : $0 })
        return count == 1 ? id : "\(id)-\(index + 1)"
    }

    static func percent(_ share: Share) -> String { share.text.replacing(" ", with: "") }

    static func duration(_ time: Nanoseconds) -> String {
        if time % .millisecond == 0 { return "\(time / .millisecond)ms" }
        return "\(max(1, time / .microsecond))us"
    }
}
