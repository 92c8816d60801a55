import ChaosFleet
import ChaosHTTP
import ChaosPlan

/// Where each agent's name leads, in one hub's view.
struct NameTable: Sendable {
    private let names: [String]
    private let endpoints: [Endpoint]
    /// Per agent: the agent that answers for it.
    private var serving: [Int]
    /// Grows with every change, and over restarts: a hub that has forgotten everything must not seem to have nothing new.
    private(set) var version: Int64

    init(place: Place, now: Int64) {
        names = place.fleet.agents.map(\.name)
        endpoints = place.fleet.agents.indices.map { place.endpoint(of: .agent($0)) }
        serving = Array(place.fleet.agents.indices)
        version = now
    }

    func isRerouted(_ agent: Int) -> Bool { serving[agent] != agent }

    mutating func point(_ agent: Int, at other: Int) {
        guard serving[agent] != other else { return }
        serving[agent] = other
        version += 1
    }

    /// `ADDRESS:PORT SERVING`.
    func line(_ agent: Int) -> String { "\(endpoints[serving[agent]].text) \(names[serving[agent]])" }

    /// The version, and everything unless the asker has it.
    func text(since known: Int64?) -> String {
        var text = "\(version)\n"
        guard known != version else { return text }
        for agent in names.indices { text += "\(names[agent]) \(line(agent))\n" }
        return text
    }
}
