package import ChaosFleet
package import ChaosHTTP
package import ChaosPlan
package import NIOCore

/// The clients of a fleet: one for each agent.
package final class FleetProber {
    private let run: ProbeRun
    private let tables: NameTables
    private let caller: HTTPCaller
    private var isOver = false

    /// - Parameter endpoint: where a member listens.
    package init(
        _ fleet: Fleet, order: RunOrder, on eventLoop: any EventLoop, sink: any ProbeSink,
        endpoint: (Member) -> Endpoint, ended: @escaping () -> Void
    ) {
        let caller = HTTPCaller(on: eventLoop)
        let tables = NameTables(fleet, on: eventLoop, caller: caller, endpoint: endpoint)
        self.caller = caller
        self.tables = tables
        let clients = fleet.agents.enumerated().map { index, agent in
            let path = "/work?for=" + Self.encode(agent.name)
            return ProbeClient(
                subject: index,
                schedule: .arrivals(
                    .requests(seed: order.seed, agent: agent.name, interval: order.requestInterval)),
                timeout: order.requestTimeout
            ) { timeout, done in
                let route = tables.route(agent: index)
                caller.call(route.endpoint, method: "GET", path: path, timeout: timeout) { outcome in
                    if case .answered(200, _) = outcome {
                        done(.succeeded, route.serving)
                    } else if let why = outcome.ownFault {
                        done(.unsent(why), route.serving)
                    } else {
                        done(.failed, route.serving)
                    }
                }
            }
        }
        run = ProbeRun(
            on: eventLoop, startNs: order.startNs, stop: order.stopNs, clients: clients, sink: sink, ended: ended)
    }

    package func start() {
        tables.start()
        run.start()
    }

    /// Requests due from `stop` on are not sent.
    package var stop: Nanoseconds? {
        get { run.stop }
        set { run.stop = newValue }
    }

    package func cancel() {
        run.cancel()
        tables.stop()
        caller.close()
    }

    /// Of a query.
    package static func encode(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return encoded
    }
}
