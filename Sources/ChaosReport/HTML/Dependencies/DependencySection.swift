import ChaosPlan
import ChaosScore

/// The dependency graph: what the faults were aimed at, and who was hurt without being targeted.
enum DependencySection {
    /// So many are told apart by the choice above the graph.
    private static let choiceLimit = 500

    static func render(_ page: Page) -> Markup {
        let graph = page.plan.dependencies
        guard !graph.nodes.isEmpty, graph.agentCount == page.header.subjects.count else { return .empty }
        let layout = GraphLayout(graph)
        let blasts = self.blasts(page)
        guard let first = blasts.first else { return .empty }
        let name = page.isRepeated ? " Of the run with seed \(String(page.header.seed))." : ""
        return """
            <section aria-labelledby="blast">
            <h2 id="blast">Who depends on whom</h2>
            <p>A caller stands left of what it calls; a small mark is one agent. A solid line is a call without a fallback, a dotted one can be done without. A bracket stands for all agents of its host.\(name)</p>
            \(choice(blasts))<p id="blast-sentence" class="sentence">\(first.sentence)</p>
            <p class="legend states">\(legend)</p>
            <div class="wide" tabindex="0" role="group" aria-label="Dependency graph">
            \(svg(layout, first, graph))</div>
            \(list(first, graph))\(json(blasts, layout, graph))</section>

            """
    }

    /// All together where that still says something, then each by itself, the dearest first.
    private static func blasts(_ page: Page) -> [Blast] {
        let faults = page.scorecard.faults
        let single = faults.enumerated()
            .sorted { a, b in
                a.element.lostAgentSeconds == b.element.lostAgentSeconds
                    ? a.offset < b.offset : a.element.lostAgentSeconds > b.element.lostAgentSeconds
            }
            .prefix(choiceLimit).map { Blast([$0.element], named: $0.element.id, page: page) }
        guard faults.count != 1 else { return single }
        let all = Blast(faults, named: faults.isEmpty ? "No fault" : "All \(faults.count) faults", page: page)
        return faults.count <= 4 ? [all] + single : single + [all]
    }

    private static func choice(_ blasts: [Blast]) -> Markup {
        guard blasts.count > 1 else { return .empty }
        let options = blasts.enumerated().map { index, blast -> Markup in
            "<option value=\"\(index)\">\(blast.name)</option>"
        }
        return """
            <label class="choose" hidden="hidden">Fault <select id="blast-choice">\(options)</select></label>

            """
    }

    private static let legend: Markup = {
        let words: [(Blast.State, String)] = [
            (.target, "targeted"), (.spared, "targeted, stayed up"), (.hurt, "hurt without being targeted"),
            (.surprised, "hurt though it has a fallback"), (.exposed, "needs it, stayed up"),
            (.untouched, "untouched"),
        ]
        let items = words.map { state, text -> Markup in
            "<span><svg width=\"12\" height=\"12\" aria-hidden=\"true\">\(mark(state, x: 1, y: 1, title: .empty))</svg>\(text)</span>"
        }
        return "\(items)"
    }()

    private static func mark(_ state: Blast.State, x: Double, y: Double, title: Markup) -> Markup {
        "<rect class=\"cell \(Markup(source: state.rawValue))\" x=\"\(x)\" y=\"\(y)\" width=\"9\" height=\"9\">\(title)</rect>"
    }

    private static func svg(_ layout: GraphLayout, _ blast: Blast, _ graph: Dependencies) -> Markup {
        var shapes: Markup = .empty
        for lane in layout.lanes {
            shapes +=
                "<rect class=\"lane\" x=\"-10\" y=\"\(lane.y)\" width=\"\(GraphLayout.width + 20)\" height=\"\(lane.height)\" rx=\"10\"/><text class=\"host\" x=\"2\" y=\"\(lane.y + 18)\">\(lane.host)</text>"
            if lane.hasBracket {
                let (x, top, bottom) = (layout.bracketX, lane.y + 12, lane.y + lane.height - 12)
                shapes += "<path class=\"bracket\" d=\"M\(x - 6) \(top)H\(x)V\(bottom)H\(x - 6)\"/>"
            }
        }
        for link in layout.links { shapes += path(link, layout, isHot: blast.isHot(link.calls, in: graph), graph) }
        for box in layout.boxes {
            shapes +=
                "<rect class=\"box\" x=\"\(box.x)\" y=\"\(box.y)\" width=\"\(layout.boxWidth)\" height=\"\(box.height)\" rx=\"6\"/><text class=\"name\" x=\"\(box.x + 7)\" y=\"\(box.y + 14)\">\(short(box.title, layout.boxWidth))</text>"
            for (position, member) in box.members.enumerated() {
                let at = layout.cellOrigin(box, position)
                let title: Markup = "<title>\(graph.nodes[member].name)</title>"
                shapes += mark(blast.states[member], x: at.x, y: at.y, title: title)
            }
        }
        return """
            <svg id="graph" viewBox="-12 -2 \(GraphLayout.width + 24) \(layout.height + 4)" role="img" aria-labelledby="graph-title graph-desc">
            <title id="graph-title">Calls between \(graph.agentCount) agents and \(graph.nodes.count - graph.agentCount) hubs, brokers and stores</title><desc id="graph-desc">\(blast.sentence)</desc>
            \(shapes)</svg>

            """
    }

    private static func path(_ link: GraphLayout.Link, _ layout: GraphLayout, isHot: Bool, _ graph: Dependencies)
        -> Markup
    {
        let to = layout.boxes[link.to]
        let source = link.from.map { layout.boxes[$0] }
        let lane = layout.lanes.first { $0.host == link.host }
        let x1 = source.map { $0.x + layout.boxWidth } ?? layout.bracketX
        let y1 = source?.midY ?? lane.map { $0.y + $0.height / 2 } ?? 0
        // A call that closes a circle leads back to the left.
        let bend = max(18, (to.x - x1).magnitude * 0.45)
        var outline = Outline()
        outline.move(x1, y1)
        let curve: Markup = "C\(x1 + bend) \(y1) \(to.x - bend) \(to.midY) \(to.x) \(to.midY)"
        let kind: Markup = link.hasFallback ? " soft-call" : .empty
        let hot: Markup = isHot ? " hot" : .empty
        let callers = Set(link.calls.map(\.caller)).count
        let callees = Array(Set(link.calls.map { graph.nodes[$0.callee].name })).sorted()
        let names = callees.prefix(3).joined(separator: ", ") + (callees.count > 3 ? ", …" : "")
        let who = source.map { "\(callers) of \($0.title)" } ?? "all \(callers) of \(link.host)"
        let need = link.hasFallback ? "can do without" : "cannot do without"
        return
            "<path class=\"call\(kind)\(hot)\" d=\"\(outline.d)\(curve)\"><title>\(who) → \(names); \(need)</title></path>"
    }

    private static func short(_ name: String, _ width: Double) -> String {
        let most = Int((width - 12) / 7)
        return name.count > most ? name.prefix(max(1, most - 1)) + "…" : name
    }

    private static func list(_ blast: Blast, _ graph: Dependencies) -> Markup {
        let hurt = graph.nodes.indices.filter { blast.states[$0] == .hurt || blast.states[$0] == .surprised }
        guard !hurt.isEmpty else { return .empty }
        var groups: [(name: String, members: [String])] = []
        for index in hurt {
            let node = graph.nodes[index]
            let name = node.group.isEmpty ? node.host : "\(node.host), \(node.group)"
            if groups.last?.name != name { groups.append((name, [])) }
            groups[groups.count - 1].members.append(node.name)
        }
        let items = groups.map { group -> Markup in
            "<li><strong>\(group.name)</strong>: \(group.members.joined(separator: ", "))</li>\n"
        }
        return """
            <details><summary>\(blast.name): the \(hurt.count) that were hurt without being targeted</summary><ul>
            \(items)</ul></details>

            """
    }

    /// Per choice its sentence, a letter for each mark and a digit for each line, all in the order of the drawing.
    private static func json(_ blasts: [Blast], _ layout: GraphLayout, _ graph: Dependencies) -> Markup {
        guard blasts.count > 1 else { return .empty }
        let order = layout.boxes.flatMap(\.members)
        let entries = blasts.map { blast -> String in
            let cells = order.map { blast.states[$0].rawValue }.joined()
            let lines = layout.links.map { blast.isHot($0.calls, in: graph) ? "1" : "0" }.joined()
            return "[\(Readout.quoted(blast.sentence)),\"\(cells)\",\"\(lines)\"]"
        }
        return Markup(
            source: "<script type=\"application/json\" id=\"blasts\">[" + entries.joined(separator: ",")
                + "]</script>\n")
    }
}
