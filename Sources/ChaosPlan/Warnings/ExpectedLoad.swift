/// How many requests a second each process gets on average, when nothing is wrong.
struct ExpectedLoad {
    /// Per agent, own requests and calls from others.
    private(set) var agents: [Double]
    private(set) var hubs: [Double]
    private(set) var stores: [Double]
    /// Messages a second in all.
    let messages: Double
    /// Whether calls in a circle call for ever more calls.
    private(set) var diverges = false

    init(fleet: Fleet, workload: Workload) {
        let own = workload.requests.perSecond
        messages = workload.messages.perSecond * Double(fleet.agents.count)
        agents = Array(repeating: own, count: fleet.agents.count)
        hubs = Array(repeating: 0, count: fleet.hubs.count)
        stores = Array(repeating: 0, count: fleet.stores.count)
        var settled = false
        // A call graph without circles settles within its depth.
        for _ in 0..<100 where !settled {
            var next = [Double](repeating: own, count: fleet.agents.count)
            for edge in fleet.calls {
                if case .agent(let callee) = edge.callee { next[callee] += agents[edge.caller] * edge.share.fraction }
            }
            settled = zip(next, agents).allSatisfy { abs($0 - $1) <= 1e-9 * Swift.max(1, $0) }
            agents = next
        }
        diverges = !settled
        for edge in fleet.calls {
            let rate = agents[edge.caller] * edge.share.fraction
            switch edge.callee {
            case .agent: break
            case .store(let store): stores[store] += rate
            case .hub: if let hub = fleet.primaryHub(ofAgent: edge.caller) { hubs[hub] += rate }
            }
        }
    }
}
