import ChaosFleet
import ChaosPlan
import Glibc

/// What a fleet needs to be up: servers, hubs, agents, in that order, with their files.
struct LaunchPlan {
    let spec: LaunchSpec
    /// What a rotation of credentials goes on from; nil without a broker.
    let broker: (setup: BrokerSetup, secrets: BrokerSetup.Secrets)?

    /// Secrets are drawn anew each time; servers get them hashed, agents in files that only the fleet's user reads.
    init(_ fleet: Fleet, programs: Programs) throws(LiveError) {
        let live = LiveFleet(live: fleet)
        let scaled = live.fleet
        let layout = FleetLayout(scaled)
        var files = [LaunchSpec.File(path: FleetLayout.fleetFile, text: live.json)]
        if !Self.hasOwnBroker(scaled) {
            broker = nil
        } else {
            let setup = BrokerSetup(layout) { scaled.hosts[$0].disk }
            let secrets = BrokerSetup.Secrets(random: Secret.systemRandom)
            do throws(FleetFileError) { files += try setup.files(secrets) } catch { throw LiveError(error.message) }
            broker = (setup, secrets)
        }
        var stores: [Int: StoreSetup] = [:]
        let storeSecrets = StoreSetup.Secrets(random: Secret.systemRandom)
        for (index, store) in scaled.stores.enumerated() where store.kind == .redis && Self.isOurs(store.name, scaled) {
            let setup = StoreSetup(layout, store: index, disk: scaled.hosts[store.host].disk)
            files += setup.files(storeSecrets)
            stores[index] = setup
        }
        if !stores.isEmpty { files += StoreSetup.agentCredentials(scaled, storeSecrets.clients) }
        let restart = scaled.policies.restart
        spec = LaunchSpec(
            fleet: fleet.name,
            hosts: scaled.hosts.enumerated().map { index, host in
                LaunchSpec.Host(
                    name: host.name, address: layout.address(host: index), disk: host.disk,
                    diskUsed: host.disk / 1_000_000 * host.diskUsed.partsPerMillion)
            },
            directories: scaled.members.map { layout.data(of: $0) }, files: files + Self.files(layout),
            processes: Self.processes(Self.processes(layout, programs, broker?.setup, stores), layout),
            restart: LaunchSpec.Restart(
                isOn: scaled.policies.enabled(.restart), delay: restart.delay, cap: restart.cap,
                multiplier: restart.multiplier, limit: restart.limit, interval: restart.interval,
                stableAfter: restart.stableAfter))
    }

    private static func processes(
        _ layout: FleetLayout, _ programs: Programs, _ broker: BrokerSetup?, _ redis: [Int: StoreSetup]
    ) -> [LaunchSpec.Process] {
        let fleet = layout.fleet
        func process(_ member: Member, _ command: [String], stage: Int) -> LaunchSpec.Process {
            LaunchSpec.Process(
                name: fleet.name(of: member), host: fleet.hosts[fleet.host(of: member)].name, command: command,
                log: "\(FleetLayout.root)/out/\(fleet.name(of: member))", stage: stage,
                readyPort: layout.port(of: member))
        }
        let brokers = fleet.broker.servers.indices.map {
            process(.broker($0), [programs.broker] + (broker?.command($0).dropFirst() ?? []), stage: 0)
        }
        let stores = fleet.stores.indices.map { index in
            let store = fleet.stores[index]
            let command =
                redis[index].map { [programs.redis] + $0.command.dropFirst() }
                ?? [programs.agent, "store", "--name", store.name]
            return process(.store(index), command, stage: 0)
        }
        let hubs = fleet.hubs.indices.map {
            process(.hub($0), [programs.agent, "hub", "--name", fleet.hubs[$0].name], stage: 1)
        }
        let agents = fleet.agents.indices.map {
            process(.agent($0), [programs.agent, "agent", "--name", fleet.agents[$0].name], stage: 2)
        }
        return brokers + stores + hubs + agents
    }
}

extension Programs {
    static func find(for fleet: Fleet) throws(LiveError) -> Programs {
        try find(
            needsBroker: LaunchPlan.hasOwnBroker(fleet),
            needsRedis: fleet.stores.contains { $0.kind == .redis && LaunchPlan.isOurs($0.name, fleet) })
    }
}

extension LiveFleet {
    /// The greatest disk of a live host: it is memory.
    static let largestDisk: Int64 = 512 << 20

    /// A fleet as it is brought up here: disks are tmpfs, so all sizes on them are scaled down alike, so that shares and the
    /// times to fill them stay what they are.
    init(live fleet: Fleet) {
        var scaled = fleet
        let largest = fleet.hosts.map(\.disk).max() ?? 0
        if largest > Self.largestDisk {
            func scale(_ bytes: Int64) -> Int64 {
                max(1, Int64((Double(bytes) / Double(largest) * Double(Self.largestDisk)).rounded()))
            }
            for index in scaled.hosts.indices {
                // A broker keeps its streams there, whatever the scale.
                scaled.hosts[index].disk = max(64 << 20, scale(fleet.hosts[index].disk))
            }
            scaled.policies.logs.fileSize = max(4096, scale(fleet.policies.logs.fileSize))
            scaled.policies.logs.bytesPerRequest = max(64, scale(fleet.policies.logs.bytesPerRequest))
        }
        self.init(fleet: scaled)
    }
}
