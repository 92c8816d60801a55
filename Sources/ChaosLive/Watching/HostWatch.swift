import ChaosFleet
import ChaosLinux
import ChaosPlan
import ChaosRun
import Glibc

/// Looks at processor, memory and disk of each host while a run is on. The runner itself looks, between two slices of its
/// sleep, so that nothing of it outlives the run; hosts behind ssh are asked, and heard when they answer.
final class HostWatch {
    enum Source {
        /// A network namespace on this machine, and where its disk is seen from here.
        case namespace(disk: String)
        /// This machine itself.
        case here(disk: String)
        case executor(HostSession, disk: String)
    }

    /// Between two looks; not more than some 1,800 in a run, however long.
    let interval: Nanoseconds
    private let sources: [Source]
    private var namespaces: NamespaceLoad
    private var former: [Int: MachineLoad] = [:]
    private var machine: MachineLoad?
    private var asked: [Int: Int] = [:]

    /// - Parameters:
    ///   - sources: one a host, in the fleet's order.
    ///   - proc: where the processes of namespaces stand.
    ///   - network: by host, the file that is its network namespace.
    init(_ sources: [Source], proc: String, network: [String], length: Nanoseconds) {
        self.sources = sources
        interval = max(.second, length / 1_800)
        namespaces = NamespaceLoad(proc: proc, namespaces: network)
        lookedAt = -interval
    }

    private var lookedAt: Nanoseconds

    /// What is there to tell at `now`; nothing between two looks.
    func look(at now: Nanoseconds) -> [HostLoad] {
        var loads = hear()
        guard now - lookedAt >= interval else { return loads }
        let elapsed = now - lookedAt
        lookedAt = now
        let machine = MachineLoad(disk: "/")
        let before = self.machine
        self.machine = machine
        let samples = hasNamespaces ? namespaces.look() : []
        for (host, source) in sources.enumerated() {
            switch source {
            case .namespace(let disk):
                guard let machine, before != nil else { continue }
                loads.append(Self.load(host, samples[host], over: elapsed, disk: disk, machine))
            case .here(let disk):
                if let load = Self.load(host, machine, since: before, disk: MachineLoad.fill(of: disk)) {
                    loads.append(load)
                }
            case .executor(let session, let disk):
                if asked[host] == nil { asked[host] = session.send(["op": "load", "path": .text(disk)]) }
            }
        }
        // A host of the fleet that is this machine says it already.
        if !isHere, let load = Self.load(nil, machine, since: before, disk: machine?.diskPpm) { loads.append(load) }
        return loads
    }

    private var hasNamespaces: Bool { sources.contains { if case .namespace = $0 { true } else { false } } }
    private var isHere: Bool { sources.contains { if case .here = $0 { true } else { false } } }

    /// Answers that have come.
    private func hear() -> [HostLoad] {
        asked.sorted { $0.key < $1.key }.compactMap { host, id in
            guard case .executor(let session, _) = sources[host], let reply = session.takeReply(to: id) else {
                return nil
            }
            asked[host] = nil
            guard let load = reply.load else { return nil }
            let before = former.updateValue(load, forKey: host)
            return Self.load(host, load, since: before, disk: load.diskPpm)
        }
    }

    private static func load(
        _ host: Int, _ sample: NamespaceLoad.Sample, over elapsed: Nanoseconds, disk: String, _ machine: MachineLoad
    ) -> HostLoad {
        let ticks = Int64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        let cores = Int64(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        let worked = sample.ticks * (.second / ticks)
        let share = worked * 1_000_000 / max(1, elapsed * cores)
        return HostLoad(
            host: host, cpu: Share(partsPerMillion: min(1_000_000, share)), memory: sample.memory,
            memoryTotal: machine.memoryTotal, disk: MachineLoad.fill(of: disk).map { Share(partsPerMillion: $0) })
    }

    private static func load(
        _ host: Int?, _ now: MachineLoad?, since before: MachineLoad?, disk: Int64?
    ) -> HostLoad? {
        guard let now, let before, let cpu = now.cpuPpm(since: before) else { return nil }
        return HostLoad(
            host: host, cpu: Share(partsPerMillion: cpu), memory: now.memory, memoryTotal: now.memoryTotal,
            disk: disk.map { Share(partsPerMillion: $0) })
    }
}

extension LiveWorld {
    func beginWatch() {
        let hosts = plan.fleet.hosts
        watch = HostWatch(
            hosts.indices.map { host in
                let name = hosts[host].name
                guard session.isAttached else { return .namespace(disk: session.path(FleetLayout.disk(host: name))) }
                let disk = plan.fleet.live?.machine(of: name)?.disk ?? "/"
                return session.isRemote(name) ? .executor(self.hosts[host], disk: disk) : .here(disk: disk)
            }, proc: session.path("/proc"),
            network: hosts.map { session.path("\(FleetLayout.namespaces)/\($0.name)") }, length: plan.phases.end)
    }

    func watchHosts() {
        guard let watch else { return }
        let now = now
        for load in watch.look(at: now) {
            // The machine's own disk is nobody's promise.
            if load.host != nil, let disk = load.disk { diskHighWater = max(diskHighWater, disk) }
            guard now >= 0, now <= plan.phases.end else { continue }
            observer.load(load, now: now)
        }
    }
}
