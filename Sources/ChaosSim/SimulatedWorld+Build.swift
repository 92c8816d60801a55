import ChaosPlan
import ChaosResilience

/// From the fleet's values to the world's columns.
extension SimulatedWorld {
    /// Streams are keyed by names, not by positions: an agent more leaves all others' draws as they were.
    static func entity(_ name: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }

    static func service(_ member: Member, fleet: Fleet) -> Fleet.Service {
        switch member {
        case .agent(let index): fleet.agents[index].service
        case .hub(let index): fleet.hubs[index].service
        case .broker: fleet.broker.service
        case .store(let index): fleet.stores[index].service
        }
    }

    static func node(_ member: Member, fleet: Fleet, seed: UInt64) -> Node {
        let service = service(member, fleet: fleet)
        // Without load shedding a queue only ends where memory does.
        let capacity = fleet.policies.enabled(.loadShedding) ? service.queue : 8192
        var size = 1
        while size < capacity + 1 { size *= 2 }
        let distribution: Distribution =
            switch service.spread {
            case .constant: .constant
            case .exponential: .exponential
            case .lognormal: .lognormal
            }
        let queue = UnsafeMutablePointer<Int32>.allocate(capacity: size)
        var node = Node(
            host: Int32(fleet.host(of: member)), workers: Int32(max(1, service.workers)),
            queueCapacity: Int32(capacity), queue: queue, queueMask: Int32(size - 1), serviceMean: service.time,
            serviceStream: Stream(seed: seed, purpose: .serviceTime, entity: entity(fleet.name(of: member))),
            distribution: distribution, startup: service.startup, member: member)
        if case .store(let index) = member { node.writes = fleet.stores[index].writes }
        return node
    }

    static func edges(
        fleet: Fleet, seed: UInt64, nodes: UnsafeMutablePointer<Node>, firstStore: Int
    ) -> [Edge] {
        var result: [Edge] = []
        for caller in fleet.agents.indices {
            nodes[caller].firstEdge = Int32(result.count)
            for (number, call) in fleet.calls.enumerated() where call.caller == caller && call.share > .zero {
                let (kind, target): (EdgeKind, Int) =
                    switch call.callee {
                    case .agent(let index): (.agent, index)
                    case .store(let index): (.node, firstStore + index)
                    case .hub: (.hub, -1)
                    }
                var edge = Edge(
                    caller: Int32(caller), target: Int32(target), kind: kind, fallback: call.fallback,
                    share: call.share.partsPerMillion, stream: Stream(seed: 0, purpose: .callShare, entity: 0),
                    ring: Int32(call.callClass + 1), backOffStream: Stream(seed: 0, purpose: .backOff, entity: 0),
                    number: Int32(number))
                let entity = edgeEntity(edge, fleet: fleet)
                edge.stream = Stream(seed: seed, purpose: .callShare, entity: entity)
                edge.backOffStream = Stream(seed: seed, purpose: .backOff, entity: entity)
                result.append(edge)
            }
            nodes[caller].edgeCount = Int32(result.count) - nodes[caller].firstEdge
        }
        return result
    }

    static func edgeEntity(_ edge: Edge, fleet: Fleet) -> UInt64 { entity(edgeName(edge, fleet: fleet)) }

    static func edgeName(_ edge: Edge, fleet: Fleet) -> String {
        let call = fleet.calls[Int(edge.number)]
        let callee =
            switch call.callee {
            case .agent(let index): fleet.agents[index].name
            case .store(let index): fleet.stores[index].name
            case .hub: "hub"
            }
        return fleet.agents[call.caller].name + ">" + callee
    }

    func name(_ node: Int) -> String { fleet.name(of: nodes[node].member) }

    /// The node of a member of the fleet.
    func node(of member: Member) -> Int {
        switch member {
        case .agent(let index): index
        case .hub(let index): firstHub + index
        case .broker(let index): firstBroker + index
        case .store(let index): firstStore + index
        }
    }
}
