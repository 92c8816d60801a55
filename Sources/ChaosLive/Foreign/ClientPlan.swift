package import ChaosFleet
import ChaosPlan
import FoundationEssentials

/// What a fleet's clients ask and when, as `gauntlet-probe plan` reads it.
package struct ClientPlan: Encodable {
    struct Client: Encodable {
        var subject: Int
        var kind: String
        var addresses: [String]
        var path: String?
        var command: [String]?
        var natsSubject: String?
        var intervalNs: Nanoseconds
        var phaseNs: Nanoseconds
        var timeoutNs: Nanoseconds
        var credentialFile: String?
        var expect: String?
    }

    static let file = "\(FleetLayout.root)/clients.json"

    /// CLOCK_BOOTTIME of time zero.
    var startNs: Int64
    /// Nothing is asked from then on.
    var stopNs: Nanoseconds?
    private(set) var clients: [Client]
    /// Per client and address: who answers there.
    private var names: [Int: [String]]

    private enum CodingKeys: String, CodingKey { case startNs, stopNs, clients }

    /// Nil for a fleet whose clients ask our own agents.
    package init?(_ layout: FleetLayout, _ order: RunOrder) {
        let fleet = layout.fleet
        guard let live = fleet.live, !live.clients.isEmpty else { return nil }
        let places = ForeignPlaces(layout)
        startNs = order.startNs
        clients = []
        names = [:]
        for (subject, agent) in fleet.agents.enumerated() {
            guard let client = live.clients.first(where: { $0.agent == agent.name }) else {
                preconditionFailure("an agent without a client; the fleet reader refuses it")
            }
            let arrivals = Arrivals.requests(seed: order.seed, agent: agent.name, interval: order.requestInterval)
            var entry = Client(
                subject: subject, kind: "", addresses: client.addresses.map { places.endpoint($0) },
                intervalNs: order.requestInterval, phaseNs: arrivals.phase, timeoutNs: order.requestTimeout,
                credentialFile: client.credentialFile, expect: client.expect)
            switch client.question {
            case .http(let path): (entry.kind, entry.path) = ("http", path)
            case .tcp: entry.kind = "tcp"
            case .redis(let words): (entry.kind, entry.command) = ("redis", words)
            case .nats(let name): (entry.kind, entry.natsSubject) = ("nats", name)
            case .command(let words): (entry.kind, entry.command) = ("command", words)
            }
            clients.append(entry)
            names[subject] = client.addresses.map { places.name($0) }
        }
    }

    /// Who answers at a client's `index`-th address.
    package func name(_ index: Int, of subject: Int) -> String? {
        guard let names = names[subject], names.indices.contains(index) else { return nil }
        return names[index]
    }

    package func addresses(of subject: Int) -> [String] {
        clients.first { $0.subject == subject }?.addresses ?? []
    }

    /// Has a client begin with its `index`-th address.
    package mutating func begin(_ subject: Int, with index: Int) {
        guard let position = clients.firstIndex(where: { $0.subject == subject }), let names = names[subject],
            names.indices.contains(index)
        else { return }
        let addresses = clients[position].addresses
        clients[position].addresses = Array(addresses[index...] + addresses[..<index])
        self.names[subject] = Array(names[index...] + names[..<index])
    }

    package var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { preconditionFailure("a value that cannot be encoded") }
        return String(decoding: data, as: UTF8.self)
    }
}
