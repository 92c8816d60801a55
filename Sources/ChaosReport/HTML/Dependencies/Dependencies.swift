public import ChaosPlan

/// Who asks whom in a fleet: its agents, hubs, brokers and stores, and the calls between them.
public struct Dependencies: Sendable {
    public enum Kind: String, CaseIterable, Sendable { case agent, hub, broker, store }

    public struct Node: Hashable, Sendable {
        public var name: String
        public var kind: Kind
        public var host: String
        /// Of an agent; else empty.
        public var group: String

        public init(name: String, kind: Kind, host: String, group: String = "") {
            self.name = name
            self.kind = kind
            self.host = host
            self.group = group
        }
    }

    /// Indices into `nodes`.
    public struct Call: Hashable, Sendable {
        public var caller: Int
        public var callee: Int
        /// The caller can do without an answer: it has a cached or degraded one, or keeps the message back.
        public var hasFallback: Bool

        public init(caller: Int, callee: Int, hasFallback: Bool) {
            self.caller = caller
            self.callee = callee
            self.hasFallback = hasFallback
        }
    }

    /// Agents first, in fleet order: an agent's index is its subject's.
    public var nodes: [Node]
    public var calls: [Call]

    public init(nodes: [Node] = [], calls: [Call] = []) {
        self.nodes = nodes
        self.calls = calls
    }

    /// Of the plan's fleet. Hubs are those that agents belong to; where messages are published, to the broker's server on the
    /// agent's host (else the first), with the buffer as the fallback.
    public init(_ plan: Plan) {
        let fleet = plan.fleet
        func host(_ index: Int) -> String { fleet.hosts[index].name }
        var nodes = fleet.agents.map { Node(name: $0.name, kind: .agent, host: host($0.host), group: $0.group) }
        let hubs = nodes.count
        nodes += fleet.hubs.map { Node(name: $0.name, kind: .hub, host: host($0.host)) }
        let servers = nodes.count
        nodes += fleet.broker.servers.map { Node(name: $0.name, kind: .broker, host: host($0.host)) }
        let stores = nodes.count
        nodes += fleet.stores.map { Node(name: $0.name, kind: .store, host: host($0.host)) }
        var calls = fleet.calls.filter { $0.share.partsPerMillion > 0 }.compactMap { edge -> Call? in
            let callee: Int? =
                switch edge.callee {
                case .agent(let agent): agent
                case .store(let store): stores + store
                case .hub: fleet.primaryHub(ofAgent: edge.caller).map { hubs + $0 }
                }
            return callee.map { Call(caller: edge.caller, callee: $0, hasFallback: edge.fallback) }
        }
        if plan.workload.messages.interval > 0, !fleet.broker.servers.isEmpty {
            for (agent, entry) in fleet.agents.enumerated() {
                let server = fleet.broker.servers.firstIndex { $0.host == entry.host } ?? 0
                calls.append(Call(caller: agent, callee: servers + server, hasFallback: true))
            }
        }
        self.init(nodes: nodes, calls: calls)
    }

    public var agentCount: Int { nodes.count { $0.kind == .agent } }
}
