import ChaosHTTP
import ChaosPlan
import NIOCore
import Synchronization
import Testing
import gauntlet_probe

@Suite("Where clients find their agents")
struct NameTablesTests {
    /// Both hubs of the shipped fleet of two machines, each with a table of its own or silent.
    private final class Hubs: Sendable {
        struct State {
            var isSilent = false
            var asked: [String] = []
        }
        final class Box: Sendable {
            let state = Mutex(State())
            func withLock<Value>(_ body: (inout sending State) -> sending Value) -> sending Value {
                state.withLock(body)
            }
        }
        let states = [Box(), Box()]
        let servers: [HTTPServer]

        init(_ rig: ProbeRig, agent: String) throws {
            let states = states
            servers = try (0...1).map { hub in
                try rig.serve { request, responder in
                    let isSilent = states[hub].withLock { state in
                        state.asked.append(request.query["since"] ?? "-")
                        return state.isSilent
                    }
                    if isSilent { return }
                    let table =
                        request.query["since"] == "5" ? "" : "\(agent) 10.0.0.\(hub + 1):80 \(agent)\nnobody x y\n"
                    responder.respond(HTTPResponse(text: "5\n" + table))
                }
            }
        }

        func close() { for server in servers { server.close() } }
    }

    @Test("The own side's hub is believed; when it is silent another; when all are, the last that the own side said")
    func sides() async throws {
        let rig = ProbeRig()
        let fleet = try ProbeRig.fleet("two-machine")
        // One on the second hub's host.
        let agent = try #require(fleet.agents.firstIndex { $0.host == fleet.hubs[1].host })
        let hubs = try Hubs(rig, agent: fleet.agents[agent].name)
        defer { hubs.close() }
        let ports = hubs.servers.map(\.port)
        let tables = try await rig.eventLoop.submit { [eventLoop = rig.eventLoop] in
            let tables = NameTables(fleet, on: eventLoop, caller: HTTPCaller(on: eventLoop)) { member in
                if case .hub(let hub) = member { return Endpoint(address: "127.0.0.1", port: ports[hub]) }
                return Endpoint(address: "127.0.0.9", port: 9)
            }
            #expect(tables.route(agent: agent).endpoint.address == "127.0.0.9")
            tables.start()
            return NIOLoopBound(tables, eventLoop: eventLoop)
        }.get()
        func address(_ after: TimeAmount = .zero) async throws -> String {
            try await rig.eventLoop.submit { tables.value.route(agent: agent, now: .now() + after).endpoint.address }
                .get()
        }
        func wait(for expected: String) async throws {
            while try await address() != expected { try await Task.sleep(for: .milliseconds(5)) }
        }
        try await wait(for: "10.0.0.2")
        hubs.states[1].withLock { $0.isSilent = true }
        try await wait(for: "10.0.0.1")
        // Another agent, on the first hub's host, and never told of: where it always was.
        let other = try #require(fleet.agents.firstIndex { $0.host == fleet.hubs[0].host })
        let unknown = try await rig.eventLoop.submit { tables.value.route(agent: other) }.get()
        #expect(unknown.endpoint.address == "127.0.0.9")
        #expect(unknown.serving == fleet.members.firstIndex(of: .agent(other)))
        // All silent for an hour.
        #expect(try await address(.hours(1)) == "10.0.0.2")
        hubs.states[1].withLock { $0.isSilent = false }
        try await wait(for: "10.0.0.2")
        try await rig.eventLoop.submit { tables.value.stop() }.get()
        // The whole table once, and only news afterwards.
        #expect(hubs.states[0].withLock { $0.asked.first } == "-")
        #expect(hubs.states[0].withLock { $0.asked.last } == "5")
    }
}
