import ChaosFleet
import ChaosNATS
import ChaosPlan
import Glibc

/// Everything that the broker holds, for the ledger's judgement.
struct FinalReading: Sendable {
    let broker: Broker
    let output: ReaderOutput
    /// Nanoseconds to go on trying to read a stream: after a run its leader may be in election.
    let patience: Int64

    func run() {
        for domain in broker.domains {
            for place in domain.places where domain.places.count > 1 {
                // A cluster is read through any server; one that is away is worth a word.
                do throws(NATSFailure) { try broker.connect([place], as: "final reading").close() } catch {
                    output.line(["e", "\(place.name): \(error.text)"])
                }
            }
            let names = trying("the streams of \(domain.name)") { () throws(NATSFailure) in try streams(domain) }
            for name in names ?? [] {
                // Told only when whole.
                let text = trying("stream \(name) of \(domain.name)") { () throws(NATSFailure) in
                    try read(name, domain)
                }
                if let text { output.text(text) }
            }
        }
    }

    private func trying<Value>(_ what: String, _ body: () throws(NATSFailure) -> Value) -> Value? {
        let deadline = FleetClock.now + patience
        while true {
            do throws(NATSFailure) { return try body() } catch {
                guard FleetClock.now < deadline, error.kind != .unauthorized else {
                    output.line(["e", "\(what): \(error.text)"])
                    return nil
                }
                usleep(500_000)
            }
        }
    }

    private func streams(_ domain: Broker.Domain) throws(NATSFailure) -> [String] {
        let connection = try broker.connect(domain.places, as: "final reading")
        defer { connection.close() }
        return try JetStream(connection, wait: 3000).streams()
    }

    private func read(_ stream: String, _ domain: Broker.Domain) throws(NATSFailure) -> String {
        let connection = try broker.connect(domain.places, as: "final reading")
        defer { connection.close() }
        var text = ""
        try JetStream(connection, wait: 3000).read(stream) { stored in
            let message = FleetMessage(subject: stored.message.subject, payload: stored.message.payload)
            text += ReaderOutput.join([
                "s", domain.name, stream, "\(stored.sequence)", message?.agent ?? "",
                message.map { "\($0.counter)" } ?? "", stored.message.headers["Nats-Msg-Id"] ?? "",
                FleetMessage.hash(stored.message.payload),
            ])
        }
        return text
    }
}
