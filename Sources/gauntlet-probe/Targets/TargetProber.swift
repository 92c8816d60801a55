package import ChaosHTTP
package import ChaosPlan
import Glibc
package import NIOCore
import NIOPosix

/// Asks targets of every kind. All on one event loop.
package final class TargetProber {
    private let eventLoop: any EventLoop
    private let caller: HTTPCaller

    package init(on eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        caller = HTTPCaller(on: eventLoop)
    }

    /// One client's way to ask `target`. Of several addresses it stays with the one that works; after a failure the next
    /// request goes to the next. The outcome names the position of the one that was asked.
    package func client(
        subject: Int, schedule: Schedule, timeout: Nanoseconds, target: ProbeTarget, addresses: [Endpoint]
    ) -> ProbeClient {
        let present = Present()
        let senders: [(Nanoseconds, @escaping (ProbeAnswer) -> Void) -> Void] =
            addresses.isEmpty ? [sender(target, nil)] : addresses.map { sender(target, $0) }
        return ProbeClient(subject: subject, schedule: schedule, timeout: timeout) { timeout, done in
            let index = present.index
            senders[index](timeout) { answer in
                // Those that failed together move on by one together.
                if answer == .failed, present.index == index { present.index = (index + 1) % senders.count }
                done(answer, addresses.isEmpty ? nil : index)
            }
        }
    }

    private final class Present {
        var index = 0
    }

    private func sender(
        _ target: ProbeTarget, _ endpoint: Endpoint?
    ) -> (Nanoseconds, @escaping (ProbeAnswer) -> Void) -> Void {
        switch (target, endpoint) {
        case (.http(let path, let expect), let endpoint?):
            return { [caller] timeout, done in
                caller.call(endpoint, method: "GET", path: path, timeout: timeout) { outcome in
                    if case .answered(let status, let body) = outcome {
                        done(ProbeAnswer(expect.holds(status, body)))
                    } else {
                        done(outcome.ownFault.map { .unsent($0) } ?? .failed)
                    }
                }
            }
        case (.tcp, let endpoint?):
            return { [eventLoop] timeout, done in
                TCPProbe.connect(endpoint, timeout, on: eventLoop) { done(ProbeAnswer($0)) }
            }
        case (.redis(let command), let endpoint?):
            let client = RedisClient(endpoint, command, on: eventLoop)
            return { timeout, done in client.ask(timeout: timeout) { done(ProbeAnswer($0)) } }
        case (.nats(let request), let endpoint?):
            let client = NATSClient(endpoint, request, on: eventLoop)
            return { timeout, done in client.ask(timeout: timeout) { done(ProbeAnswer($0)) } }
        case (.command(let words), _):
            return { [eventLoop] timeout, done in
                CommandProbe.run(words, timeout, on: eventLoop) { done(ProbeAnswer($0)) }
            }
        case (_, nil): preconditionFailure("a target without an address")
        }
    }
}

enum TCPProbe {
    /// Connects and hangs up.
    static func connect(
        _ endpoint: Endpoint, _ timeout: Nanoseconds, on eventLoop: any EventLoop, _ done: @escaping (Bool) -> Void
    ) {
        guard let address = try? SocketAddress(ipAddress: endpoint.address, port: endpoint.port) else {
            return eventLoop.assumeIsolated().execute { done(false) }
        }
        ClientBootstrap(group: eventLoop)
            .connectTimeout(.nanoseconds(max(1, timeout)))
            .connect(to: address)
            .assumeIsolated()
            .whenComplete { result in
                switch result {
                case .success(let channel):
                    channel.close(promise: nil)
                    done(true)
                case .failure: done(false)
                }
            }
    }
}
