import ChaosPlan

/// The fleet of `RunBuilder`: two hosts with a hub each, five agents each, one broker server, one store.
enum TestFleet {
    static let fleet = Fleet(
        name: "tiny", summary: "",
        hosts: ["Main", "Edge"].map {
            .init(name: $0, cores: 4, memory: 1 << 30, disk: 1 << 40, diskUsed: .zero)
        },
        links: [.init(a: 0, b: 1, delay: .millisecond, jitter: 0, bandwidth: 0)], localDelay: 0,
        // Only a0 has a standby.
        agents: RunBuilder.agents.enumerated().map { index, name in
            .init(
                name: name, host: index / 5, group: index < 5 ? "east" : "west", role: "worker", port: nil,
                labels: [], service: service, standby: index == 0 ? 1 : nil)
        },
        hubs: [
            .init(name: "CentralHub", host: 0, port: nil, service: service),
            .init(name: "EdgeHub", host: 1, port: nil, service: service),
        ],
        broker: .init(
            mode: .cluster, servers: [.init(name: "nats", host: 0, port: nil)], service: service, version: "2",
            sync: .always, syncInterval: 0, syncTime: 0, electionMin: 0, electionMax: 0, heartbeat: 0, lostQuorum: 0,
            ackTimeout: 0, ackWait: 0, dedupeWindow: 0, maxAckPending: 1, reconnectWait: 0, messageSize: 1),
        stores: [.init(name: "redis", kind: .redis, host: 0, port: nil, service: service, writes: false)],
        calls: [], policies: Policies(callClasses: []), parameters: [], digest: 2)

    private static let service = Fleet.Service(
        time: .millisecond, spread: .constant, workers: 1, queue: 1, startup: .second, memory: 1)
}
