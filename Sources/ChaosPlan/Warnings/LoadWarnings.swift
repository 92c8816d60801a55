/// Processes that are busy before anything fails, and breakers that never see enough calls.
struct LoadWarnings {
    static let limit = 0.7

    let fleet: Fleet
    let load: ExpectedLoad

    var all: [FleetWarning] { utilisation + breakers }

    private var utilisation: [FleetWarning] {
        if load.diverges {
            return [
                FleetWarning(topic: .load, message: "calls in a circle call for ever more calls: the load has no bound")
            ]
        }
        var busy: [(name: String, rate: Double, service: Fleet.Service)] = []
        for (index, agent) in fleet.agents.enumerated() { busy.append((agent.name, load.agents[index], agent.service)) }
        for (index, hub) in fleet.hubs.enumerated() { busy.append((hub.name, load.hubs[index], hub.service)) }
        for (index, store) in fleet.stores.enumerated() { busy.append((store.name, load.stores[index], store.service)) }
        // In a cluster the leader takes every message; leaf servers share them.
        let servers = fleet.broker.mode == .cluster ? 1 : Swift.max(1, fleet.broker.servers.count)
        busy.append(("the broker", load.messages / Double(servers), fleet.broker.service))
        return busy.compactMap { name, rate, service in
            let used = rate * Double(service.time) / 1e9 / Double(service.workers)
            guard used > Self.limit else { return nil }
            return FleetWarning(
                topic: .load,
                message:
                    "\(name) is \(Self.percent(used)) busy: \(Self.tenths(rate)) requests a second × \(ScalarText.show(service.time, .duration)) ÷ \(service.workers) workers, above 70%"
            )
        }
    }

    private var breakers: [FleetWarning] {
        let policies = fleet.policies
        guard policies.enabled(.breaker) else { return [] }
        let window = Double(policies.breaker.window) / 1e9
        var warnings: [FleetWarning] = []
        for (index, callClass) in policies.callClasses.enumerated() {
            let edges = fleet.calls.filter { $0.callClass == index }
            let needed = policies.breaker.kind == .time ? callClass.failures : policies.breaker.minimumCalls
            let calls = edges.map { load.agents[$0.caller] * $0.share.fraction * window }
            let short = calls.filter { $0 < Double(needed) }
            guard let most = short.max() else { continue }
            let what = policies.breaker.kind == .time ? "failures that open it" : "calls that it judges by"
            warnings.append(
                FleetWarning(
                    topic: .breakerNeverOpens,
                    message:
                        "\(short.count) of \(edges.count) breakers of class `\(callClass.name)` see at most \(Self.tenths(most)) calls in \(ScalarText.show(policies.breaker.window, .duration)), below the \(needed) \(what)"
                ))
        }
        return warnings
    }

    static func percent(_ fraction: Double) -> String {
        fraction < 1000 ? "\(Int((fraction * 100).rounded()))%" : "over 100000%"
    }

    static func tenths(_ number: Double) -> String {
        guard number < 1e12 else { return "very many" }
        let tenths = Int64((number * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
