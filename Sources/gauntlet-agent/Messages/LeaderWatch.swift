import ChaosFleet
import ChaosNATS
import ChaosPlan
import Glibc

/// Asks twice a second who leads a domain's stream, at each server until one knows.
struct LeaderWatch: Sendable {
    let broker: Broker
    let domain: Broker.Domain
    let output: ReaderOutput
    let following: Following

    func run() {
        var connections: [BrokerPlace: JetStream] = [:]
        var told: String?
        while !following.isOver {
            let leader = leader(&connections) ?? ""
            if leader != told {
                output.line(["l", "\(FleetClock.now)", broker.stream, leader])
                told = leader
            }
            usleep(500_000)
        }
        for jetStream in connections.values { jetStream.close() }
    }

    private func leader(_ connections: inout [BrokerPlace: JetStream]) -> String? {
        for place in domain.places {
            do throws(NATSFailure) {
                if connections[place] == nil {
                    connections[place] = try JetStream(broker.connect([place], as: "leader watch"), wait: 1000)
                }
                guard let info = try connections[place]?.streamInfo(broker.stream) else { continue }
                // A server that stands alone leads what it has.
                if let leader = info.leader ?? (domain.places.count == 1 ? place.name : nil) { return leader }
            } catch {
                connections.removeValue(forKey: place)?.close()
            }
        }
        return nil
    }
}
