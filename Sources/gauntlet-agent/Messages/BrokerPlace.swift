package import ChaosFleet
package import ChaosPlan

/// A server of the broker and where it listens.
package struct BrokerPlace: Hashable, Sendable {
    package var name: String
    /// `host:port`.
    package var address: String

    package init(name: String, address: String) {
        self.name = name
        self.address = address
    }

    /// Of all servers, in the fleet file's order.
    package static func all(_ layout: FleetLayout) -> [BrokerPlace] {
        layout.fleet.broker.servers.indices.map { index in
            BrokerPlace(
                name: layout.fleet.broker.servers[index].name, address: layout.endpoint(of: .broker(index)))
        }
    }

    /// From `NAME=HOST:PORT`.
    package init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, parts[1].contains(":") else { return nil }
        self.init(name: String(parts[0]), address: String(parts[1]))
    }

    /// Those that an agent publishes to, the first first: of leaf servers its own machine's only, of a cluster all.
    package static func forAgent(_ agent: String, _ fleet: Fleet, _ places: [BrokerPlace]) -> [BrokerPlace] {
        guard !places.isEmpty else { return [] }
        let host = fleet.agents.first { $0.name == agent }?.host
        let home = fleet.broker.servers.firstIndex { $0.host == host } ?? 0
        guard fleet.broker.mode == .cluster else { return [places[home]] }
        return [places[home]] + places.indices.filter { $0 != home }.map { places[$0] }
    }
}
