import ChaosNATS
import Dispatch
import Synchronization

/// One connection after another, on a thread of their own: the client library blocks, and an event loop must not.
final class BrokerLink: Sendable {
    private let queue = DispatchQueue(label: "broker")
    private let connection = Mutex<NATSConnection?>(nil)

    /// Connects anew; what was connected before is closed first.
    func connect(
        _ options: NATSOptions, onEvent: @escaping @Sendable (NATSEvent) -> Void,
        then done: @escaping @Sendable (Result<String, NATSFailure>) -> Void
    ) {
        queue.async { [self] in
            drop()
            do throws(NATSFailure) {
                let made = try NATSConnection(options, onEvent: onEvent)
                connection.withLock { $0 = made }
                done(.success(made.server ?? options.servers.first ?? ""))
            } catch { done(.failure(error)) }
        }
    }

    func publish(
        _ payload: [UInt8], to subject: String, messageID: String, timeout: Int64,
        completion: @escaping @Sendable (PublishOutcome) -> Void
    ) {
        queue.async { [self] in
            guard let connection = connection.withLock({ $0 }) else {
                return completion(.failure(NATSFailure(.refused, "not connected")))
            }
            connection.publish(payload, to: subject, messageID: messageID, timeout: timeout, completion: completion)
        }
    }

    func close(then done: (@Sendable () -> Void)? = nil) {
        queue.async { [self] in
            drop()
            done?()
        }
    }

    private func drop() {
        let old = connection.withLock { connection in
            defer { connection = nil }
            return connection
        }
        old?.close()
    }
}
