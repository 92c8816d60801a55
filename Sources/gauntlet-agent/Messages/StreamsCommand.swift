import ArgumentParser
import ChaosFleet
import ChaosNATS
import ChaosPlan
import Glibc

/// Makes the streams that agents publish to, once the servers are up.
struct StreamsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "streams",
        abstract: "Makes the broker's streams; waits while servers start and leaders are elected.")

    @OptionGroup var access: BrokerAccess

    @Option(help: "Seconds to go on trying.")
    var patience = 30

    func run() throws {
        let broker: Broker
        do throws(FleetFileError) { broker = try access.load() } catch {
            throw ValidationError(error.message)
        }
        let deadline = FleetClock.now + Int64(patience) * .second
        for stream in broker.streams {
            while true {
                do throws(NATSFailure) {
                    print("\(stream.name): \(try Self.ensure(stream, broker))")
                    break
                } catch {
                    guard FleetClock.now < deadline else {
                        throw ValidationError("\(stream.name): not made within \(patience) s: \(error.text)")
                    }
                    usleep(250_000)
                }
            }
        }
    }

    /// Where it is.
    private static func ensure(_ stream: BrokerStream, _ broker: Broker) throws(NATSFailure) -> String {
        let places = stream.server.map { [broker.places[$0]] } ?? broker.places
        let connection = try broker.connect(places, as: "streams")
        defer { connection.close() }
        let made = try JetStream(connection, wait: 3000).ensureStream(
            StreamConfiguration(
                name: stream.name, subjects: stream.subjects, replicas: stream.replicas,
                duplicateWindow: stream.duplicateWindow,
                sources: stream.sources.map { StreamConfiguration.Source(stream: $0.stream, domain: $0.domain) }))
        let server = stream.server.map { broker.places[$0].name }
        return "\(made.replicas) × at \(server ?? made.leader ?? connection.server ?? "")"
    }
}
