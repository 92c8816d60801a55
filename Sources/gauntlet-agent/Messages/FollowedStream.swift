import ChaosFleet
import ChaosNATS
import ChaosPlan
import Glibc

/// Consumes a domain's stream as its real consumer would: durable, each message acknowledged, again after AckWait if not.
struct FollowedStream: Sendable {
    static let durable = "ledger"

    let broker: Broker
    let domain: Broker.Domain
    let output: ReaderOutput
    let following: Following

    func run() {
        while !following.isOver {
            // A server that is away is what runs are about: no error, but a reason to come back.
            do throws(NATSFailure) { try consume() } catch { usleep(500_000) }
        }
    }

    private func consume() throws(NATSFailure) {
        let connection = try broker.connect(domain.places, as: "ledger")
        defer { connection.close() }
        let consumer = try PullConsumer(
            JetStream(connection, wait: 2000), stream: broker.stream, durable: Self.durable,
            acknowledgement: .explicit(
                wait: broker.fleet.broker.ackWait, maxPending: broker.fleet.broker.maxAckPending))
        defer { consumer.stop() }
        while !following.isOver, connection.isConnected {
            try consumer.fetch(100, wait: 500) { stored in
                let now = FleetClock.now
                following.delivered(at: now)
                let message = FleetMessage(subject: stored.message.subject, payload: stored.message.payload)
                output.line([
                    "d", "\(now)", domain.name, message?.agent ?? "", message.map { "\($0.counter)" } ?? "",
                    "\(stored.sequence)", "\(stored.deliveries)",
                ])
                return true
            }
        }
    }
}
