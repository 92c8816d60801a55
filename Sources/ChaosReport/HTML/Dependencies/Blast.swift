import ChaosPlan
import ChaosScore

/// What one fault, or all of them, did to the nodes of the graph.
struct Blast {
    /// Of one node; the raw value is its class in the page's style.
    enum State: String {
        case untouched = "u"
        /// Aimed at, and its chain went down (or it has no chain of its own).
        case target = "t"
        /// Aimed at, and its chain stayed up.
        case spared = "s"
        /// Down without being aimed at; it needs what was aimed at, or somebody who was hurt.
        case hurt = "h"
        /// Down without being aimed at, though it can do without everything it asks that was down.
        case surprised = "x"
        /// Needs what was aimed at, and stayed up.
        case exposed = "e"
    }

    /// As the page's choice shows it.
    var name: String
    var states: [State]
    /// Host names of a cut link.
    var links: [[String]]
    private let targets: String

    init(_ faults: [FaultTimes], named name: String, page: Page) {
        let graph = page.plan.dependencies
        self.name = name
        let ids = Set(faults.map(\.id))
        let bands = page.timeline.faults.filter { ids.contains(page.header.faults[$0.instance].id) }
        let hosts = Set(graph.nodes.map(\.host))
        var names = Set(faults.flatMap(\.targets) + bands.flatMap(\.targets))
        links = names.compactMap { Self.link($0, hosts: hosts) }
        let aimedHosts = names.intersection(hosts)
        var aimed = Set(bands.flatMap(\.subjects)).union(faults.flatMap(\.hurtTargets))
        for (index, node) in graph.nodes.enumerated()
        where names.contains(node.name) || aimedHosts.contains(node.host) { aimed.insert(index) }
        let hurt = Set(faults.flatMap(\.hurtTargets) + faults.flatMap(\.hurtOthers))
        let exposed = Self.exposed(to: aimed, links: links, in: graph)
        // Who needs somebody that is down through no fault of its own is no surprise either.
        let down = hurt.union(aimed)
        let needy = Set(graph.calls.filter { !$0.hasFallback && down.contains($0.callee) }.map(\.caller))
        let expected = exposed.union(needy)
        states = graph.nodes.indices.map { index in
            let isDown = hurt.contains(index) || graph.nodes[index].kind != .agent
            if aimed.contains(index) { return isDown ? .target : .spared }
            if hurt.contains(index) { return expected.contains(index) ? .hurt : .surprised }
            return exposed.contains(index) ? .exposed : .untouched
        }
        // The host stands for what is on it.
        for node in graph.nodes where aimedHosts.contains(node.host) { names.remove(node.name) }
        targets = Self.list(names.sorted())
    }

    /// Nodes that cannot answer in full without what was aimed at: through calls without a fallback, directly or not.
    private static func exposed(to aimed: Set<Int>, links: [[String]], in graph: Dependencies) -> Set<Int> {
        var callers: [Int: [Int]] = [:]
        var reached: Set<Int> = []
        for call in graph.calls where !call.hasFallback {
            callers[call.callee, default: []].append(call.caller)
            let ends = [graph.nodes[call.caller].host, graph.nodes[call.callee].host]
            if links.contains(where: { $0 == ends || $0.reversed() == ends }) { reached.insert(call.caller) }
        }
        var open = Array(aimed.union(reached))
        while let node = open.popLast() {
            for caller in callers[node] ?? [] where reached.insert(caller).inserted { open.append(caller) }
        }
        return reached.subtracting(aimed)
    }

    /// `A-B` or `A>B`, as journals name a link.
    private static func link(_ name: String, hosts: Set<String>) -> [String]? {
        for index in name.indices where name[index] == "-" || name[index] == ">" {
            let ends = [String(name[..<index]), String(name[name.index(after: index)...])]
            if hosts.isSuperset(of: ends) { return ends }
        }
        return nil
    }

    func isHot(_ calls: [Dependencies.Call], in graph: Dependencies) -> Bool {
        calls.contains { call in
            let ends = [graph.nodes[call.caller].host, graph.nodes[call.callee].host]
            let isCut = links.contains { $0 == ends || $0.reversed() == ends }
            let source = states[call.callee]
            let isSource = isCut || source == .target || source == .spared || source == .hurt || source == .surprised
            return isSource && (states[call.caller] == .hurt || states[call.caller] == .surprised)
        }
    }

    var sentence: String {
        let hurt = states.count { $0 == .hurt }
        let surprised = states.count { $0 == .surprised }
        let spared = states.count { $0 == .exposed }
        var parts = [targets.isEmpty ? "\(name) hit nothing." : "\(name) was aimed at \(targets)."]
        if hurt + surprised == 0 {
            parts.append("Nobody else was hurt.")
        } else {
            let chains = hurt + surprised == 1 ? "chain was" : "chains were"
            var text = "\(hurt + surprised) \(chains) hurt without being targeted"
            if hurt == 0 {
                text += ", though each has a fallback for what was down"
            } else if surprised > 0 {
                text += ", \(surprised) of them though they have a fallback for what was down"
            } else {
                text += "; each needs what was down"
            }
            parts.append(text + ".")
        }
        if spared > 0 {
            parts.append(
                spared == 1
                    ? "1 that needs it stayed up." : "\(spared) that need it stayed up.")
        }
        return parts.joined(separator: " ")
    }

    private static func list(_ names: [String]) -> String {
        names.count > 3
            ? names.prefix(2).joined(separator: ", ") + " and \(names.count - 2) more" : names.joined(separator: ", ")
    }
}
