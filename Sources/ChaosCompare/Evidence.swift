import ChaosPlan
import ChaosScore

/// What mechanisms did because of a fault, and what they failed to do for those it hurt.
struct Evidence {
    let concern: Concern
    private let fleet: Fleet
    /// About the faults' targets, with them and not without.
    private let news: [(reaction: Reaction, times: [Nanoseconds])]
    /// When instances of the faults became effective, ascending.
    private let starts: [Nanoseconds]

    /// - Parameters:
    ///   - faults: a planned fault and those that go with it.
    init(of faults: Set<String>, in context: CostContext) {
        let log = context.base.log
        let concern = Concern(faults: faults, schedule: context.schedule, log: log, fleet: context.plan.fleet)
        self.concern = concern
        fleet = context.plan.fleet
        news = log.news(since: context.without.log).filter { concern.covers($0.reaction) }
        starts = context.schedule.instances.indices.filter { faults.contains(context.schedule.instances[$0].faultID) }
            .compactMap { log.effective[$0] }.sorted()
    }

    // MARK: What reacted

    /// One clause for each mechanism that reacted, in the order of `Mechanism`.
    var clauses: [String] {
        Mechanism.allCases.flatMap { mechanism in
            clauses(mechanism, news.filter { $0.reaction.mechanism == mechanism })
        }
    }

    private typealias News = [(reaction: Reaction, times: [Nanoseconds])]

    private func clauses(_ mechanism: Mechanism, _ news: News) -> [String] {
        guard !news.isEmpty else { return [] }
        let name = mechanism.rawValue
        let takeovers = news.filter { $0.reaction.role == .takeover }
        let detections = news.filter { $0.reaction.role == .detect }
        switch mechanism {
        case .breaker: return breakers(detections)
        case .hubFailover:
            let seized = news.filter { $0.reaction.to == "seized" }
            let hubs = seized.isEmpty ? [] : ["\(name) let \(Self.some(bys(seized), "hub")) seize the other's agents"]
            if !takeovers.isEmpty {
                return ["\(name) switched \(Self.some(bys(takeovers), "agent")) \(after(takeovers))"] + hubs
            }
            if detections.isEmpty { return hubs }
            return ["\(name) was begun by \(Self.some(bys(detections), "agent")) and done by none"] + hubs
        case .agentFailover:
            if takeovers.isEmpty {
                let noticed = detections.isEmpty ? news : detections
                return ["\(name) noticed \(Self.some(abouts(noticed), "agent")) \(after(noticed)) and nobody took over"]
            }
            return ["\(name) answered for \(Self.some(abouts(takeovers), "agent")) \(after(takeovers))"]
        case .brokerElection:
            return ["\(name) made \(Self.some(bys(takeovers), "server")) leader \(after(takeovers))"]
        case .partitionDetector:
            return ["\(name) noticed \(after(detections.isEmpty ? news : detections))"]
        case .restart:
            let back = news.filter { $0.reaction.role == .restore }
            let lost = news.filter { $0.reaction.to == "gave-up" }
            return (back.isEmpty ? [] : ["\(name) brought \(Self.some(abouts(back), "process", "processes")) back"])
                + (lost.isEmpty ? [] : ["\(name) gave up on \(Self.some(abouts(lost), "process", "processes"))"])
        case .buffer: return ["\(name) held the messages of \(Self.some(bys(news), "agent"))"]
        case .retry: return ["\(name) tried again for \(Self.some(bys(news), "caller"))"]
        case .storeFallback: return ["\(name) answered \(Self.some(bys(news), "caller"))"]
        case .discoveryCache: return ["\(name) gave stale addresses to \(Self.some(callers(news), "caller"))"]
        case .loadShedding: return ["\(name) refused work at \(Self.some(bys(news), "process", "processes"))"]
        case .credentialReload: return ["\(name) at \(Self.some(bys(news), "agent"))"]
        case .reconciliation: return ["\(name) brought the hubs to agree"]
        case .logRotation: return ["\(name) acted on \(Self.some(bys(news), "host"))"]
        case .rollback:
            return [takeovers.isEmpty ? "\(name) was triggered" : "\(name) was done \(after(takeovers))"]
        case .redelivery: return ["\(name) came \(Self.times(count(news)))"]
        }
    }

    private func breakers(_ opened: News) -> [String] {
        let edges = bys(opened)
        if edges.isEmpty { return [] }
        if edges.count == 1 { return ["breaker \(edges[0]) opened \(Self.times(count(opened)))"] }
        return [
            "\(edges.count) breakers towards \(Self.some(callees(edges), "member")) opened \(Self.times(count(opened)))"
        ]
    }

    // MARK: Why somebody was down

    /// One clause on why the fault hurt a subject.
    func why(_ subject: Int) -> String {
        let agent = fleet.agents[subject]
        if concern.names.contains(agent.name) { return whyTarget(agent) }
        let own = news.filter { Concern.caller($0.reaction.by) == agent.name }
        let switched = own.filter { $0.reaction.mechanism == .hubFailover && $0.reaction.role == .takeover }
        if !switched.isEmpty { return "hub-failover took \(after(switched).dropFirst("after ".count))" }
        let direct = fleet.calls.filter { $0.caller == subject && isHit($0) }.map {
            agent.name + ">" + name(of: $0.callee)
        }
        if direct.isEmpty {
            guard let path = path(from: subject) else { return "" }
            return "it depends on \(path[path.count - 1]) through \(path[1])"
        }
        if !fleet.policies.enabled(.breaker) { return "it calls \(direct[0]) without a breaker" }
        let opened = own.filter { $0.reaction.mechanism == .breaker && $0.reaction.role == .detect }
        for edge in direct {
            let times = count(opened.filter { $0.reaction.by == edge })
            if times > 0 { return "breaker \(edge) opened \(Self.times(times))" }
        }
        return "breaker \(direct[0]) never opened"
    }

    /// Whether the fault hit who answers a call, or the link to it.
    private func isHit(_ call: Fleet.CallEdge) -> Bool {
        let caller = fleet.agents[call.caller]
        let callee =
            switch call.callee {
            // An agent asks the hub on its own host, as long as that one is there.
            case .hub: (fleet.hubs.first { $0.host == caller.host } ?? fleet.hubs.first)?.name ?? ""
            case .agent, .store: name(of: call.callee)
            }
        return concern.names.contains(callee) || concern.cuts(caller.name, callee)
    }

    /// As the journal's edges have it.
    private func name(of callee: Fleet.Callee) -> String {
        switch callee {
        case .agent(let index): fleet.agents[index].name
        case .store(let index): fleet.stores[index].name
        case .hub: "hub"
        }
    }

    private func whyTarget(_ agent: Fleet.Agent) -> String {
        let takeovers = news.filter {
            $0.reaction.mechanism == .agentFailover && $0.reaction.role == .takeover && $0.reaction.about == agent.name
        }
        if !takeovers.isEmpty { return "its standby answered \(after(takeovers))" }
        if agent.standby == nil { return "it was hit and nobody stands in for it" }
        return "it was hit and its standby was not seen to answer"
    }

    /// The shortest way along calls from a subject to something that the fault hit, by name; nil if there is none.
    private func path(from subject: Int) -> [String]? {
        var paths: [Int: [String]] = [subject: [fleet.agents[subject].name]]
        var queue = [subject]
        var next = 0
        while next < queue.count {
            let caller = queue[next]
            next += 1
            for call in fleet.calls where call.caller == caller {
                let way = paths[caller]! + [name(of: call.callee)]
                if isHit(call) { return way }
                if case .agent(let callee) = call.callee, paths[callee] == nil {
                    paths[callee] = way
                    queue.append(callee)
                }
            }
        }
        return nil
    }

    // MARK: Words

    private func bys(_ news: News) -> [String] { Self.distinct(news.map(\.reaction.by)) }
    private func abouts(_ news: News) -> [String] { Self.distinct(news.map(\.reaction.about)) }
    private func callers(_ news: News) -> [String] { Self.distinct(news.map { Concern.caller($0.reaction.by) }) }
    private func callees(_ edges: [String]) -> [String] {
        Self.distinct(edges.map { String($0.drop { $0 != ">" }.dropFirst()) })
    }
    private func count(_ news: News) -> Int { news.reduce(0) { $0 + $1.times.count } }

    /// `after 2.3 s`, or `after 2.1 s to 2.9 s`: from the fault's latest start before each.
    private func after(_ news: News) -> String {
        let delays = news.flatMap(\.times).compactMap { time in starts.last { $0 <= time }.map { time - $0 } }
        guard let low = delays.min(), let high = delays.max() else { return "at once" }
        let (first, last) = (Quantity.text(duration: low), Quantity.text(duration: high))
        return first == last ? "after \(first)" : "after \(first) to \(last)"
    }

    private static func distinct(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    /// The name of a single one, the number of several.
    private static func some(_ names: [String], _ noun: String, _ plural: String? = nil) -> String {
        if names.count == 1, !names[0].isEmpty { return names[0] }
        return "\(names.count) \(names.count == 1 ? noun : plural ?? noun + "s")"
    }

    private static func times(_ count: Int) -> String {
        switch count {
        case 1: "once"
        case 2: "twice"
        default: "\(count) times"
        }
    }
}
