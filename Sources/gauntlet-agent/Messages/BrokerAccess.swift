import ArgumentParser
import ChaosFleet
import ChaosNATS
import ChaosPlan

/// How a command outside of all hosts finds the fleet's broker.
struct BrokerAccess: ParsableArguments {
    @Option(help: "The fleet's file.")
    var fleet = FleetLayout.fleetFile

    @Option(help: "The present run's file.")
    var run = FleetLayout.runFile

    @Option(help: "File with `user password`.")
    var credential = FleetLayout.credential(of: BrokerSetup.reader)

    @Option(help: "A server's address if not the fleet file's: NAME=HOST:PORT. Once for each server.")
    var server: [String] = []

    @Option(help: "The stream; by default that of the run, or agent-events.")
    var stream: String?

    func load() throws(FleetFileError) -> Broker {
        let fleet = try LiveFleet.read(fleet).fleet
        let places =
            server.isEmpty ? BrokerPlace.all(FleetLayout(fleet)) : server.compactMap { BrokerPlace(argument: $0) }
        guard places.map(\.name) == fleet.broker.servers.map(\.name) else {
            throw FleetFileError(
                "--server: \(server.joined(separator: " ")); give each server of the fleet once, in its order, as "
                    + "NAME=HOST:PORT: \(fleet.broker.servers.map(\.name).joined(separator: ", "))")
        }
        guard let credential = Credential.read(credential) else {
            throw FleetFileError("\(credential): no credential; a file with a user and a password is expected there")
        }
        let order = try RunOrder.read(run)
        return Broker(
            fleet: fleet, places: places, credential: credential, stream: stream ?? order?.stream ?? "agent-events")
    }
}

/// A fleet's broker as the ledger sees it.
struct Broker: Sendable {
    /// What is reached through one door: a leaf's domain through its server, a cluster through any.
    struct Domain: Hashable, Sendable {
        var name: String
        var places: [BrokerPlace]
    }

    var fleet: Fleet
    var places: [BrokerPlace]
    var credential: Credential
    var stream: String

    var streams: [BrokerStream] { BrokerStream.all(of: fleet.broker, stream: stream) }

    var domains: [Domain] {
        switch fleet.broker.mode {
        case .leaf: places.map { Domain(name: $0.name, places: [$0]) }
        case .cluster: places.isEmpty ? [] : [Domain(name: fleet.name, places: places)]
        }
    }

    /// Connects to the first of the places that accepts.
    func connect(_ places: [BrokerPlace], as name: String) throws(NATSFailure) -> NATSConnection {
        try NATSConnection(
            NATSOptions(
                servers: places.map(\.address), name: name, user: credential.user, password: credential.password))
    }
}
