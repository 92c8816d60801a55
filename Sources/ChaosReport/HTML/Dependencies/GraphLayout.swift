/// Where the boxes of the dependency graph stand: hosts as lanes, one below the other; in each lane the groups of agents in
/// layers, a caller to the left of what it calls; hubs, brokers and stores at the right.
struct GraphLayout {
    struct Box {
        /// Indices of the graph's nodes.
        var members: [Int]
        var title: String
        var host: String
        var isAgents: Bool
        var column = 0
        var x = 0.0
        var y = 0.0
        var height = 0.0
        var midY: Double { y + height / 2 }
    }

    /// Calls between two boxes, or between a whole host and a box.
    struct Link {
        /// Nil: every agent of the host calls it, and the lane's bracket stands for them.
        var from: Int?
        var host: String
        var to: Int
        var calls: [Dependencies.Call]
        var hasFallback: Bool { calls.allSatisfy(\.hasFallback) }
    }

    struct Lane {
        var host: String
        var y: Double
        var height: Double
        var hasBracket: Bool
    }

    static let width = 1_000.0
    static let cell = 12.0
    static let header = 20.0
    private static let pad = 7.0
    private static let gap = 12.0
    private static let laneHead = 26.0

    private(set) var boxes: [Box] = []
    private(set) var links: [Link] = []
    private(set) var lanes: [Lane] = []
    private(set) var height = 0.0
    private(set) var boxWidth = 0.0
    private(set) var bracketX = 0.0
    var cellsPerRow: Int { max(1, Int((boxWidth - 2 * Self.pad) / Self.cell)) }

    init(_ graph: Dependencies) {
        makeBoxes(graph)
        makeLinks(graph)
        layer()
        place(graph)
    }

    func cellOrigin(_ box: Box, _ position: Int) -> (x: Double, y: Double) {
        let row = position / cellsPerRow
        let column = position % cellsPerRow
        return (box.x + Self.pad + Double(column) * Self.cell, box.y + Self.header + Double(row) * Self.cell)
    }

    private mutating func makeBoxes(_ graph: Dependencies) {
        // Too many groups to read: then a host is one.
        let groups = Set(graph.nodes.filter { $0.kind == .agent }.map { "\($0.host)/\($0.group)" })
        let byGroup = groups.count <= 60
        var known: [String: Int] = [:]
        for (index, node) in graph.nodes.enumerated() {
            guard node.kind == .agent else {
                boxes.append(Box(members: [index], title: node.name, host: node.host, isAgents: false))
                continue
            }
            let group = byGroup ? node.group : ""
            if let box = known["\(node.host)/\(group)"] {
                boxes[box].members.append(index)
            } else {
                known["\(node.host)/\(group)"] = boxes.count
                boxes.append(
                    Box(members: [index], title: group.isEmpty ? "agents" : group, host: node.host, isAgents: true))
            }
        }
    }

    private mutating func makeLinks(_ graph: Dependencies) {
        var boxOf = [Int](repeating: 0, count: graph.nodes.count)
        for (box, entry) in boxes.enumerated() { for member in entry.members { boxOf[member] = box } }
        var agentsOf: [String: Int] = [:]
        for node in graph.nodes where node.kind == .agent { agentsOf[node.host, default: 0] += 1 }
        var calls: [[Int]: [Dependencies.Call]] = [:]
        var callers: [String: Set<Int>] = [:]
        func key(_ call: Dependencies.Call) -> String { "\(boxOf[call.callee])/\(graph.nodes[call.caller].host)" }
        for call in graph.calls where boxOf[call.caller] != boxOf[call.callee] {
            callers[key(call), default: []].insert(call.caller)
        }
        var whole: [String: [Dependencies.Call]] = [:]
        for call in graph.calls where boxOf[call.caller] != boxOf[call.callee] {
            let host = graph.nodes[call.caller].host
            let isShared = !boxes[boxOf[call.callee]].isAgents && callers[key(call)]?.count == agentsOf[host]
            if isShared, agentsOf[host] ?? 0 > 1 {
                whole[key(call), default: []].append(call)
            } else {
                calls[[boxOf[call.caller], boxOf[call.callee]], default: []].append(call)
            }
        }
        links = calls.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map { Link(from: $0.key[0], host: boxes[$0.key[0]].host, to: $0.key[1], calls: $0.value) }
        links += whole.sorted { $0.key < $1.key }.map { entry in
            Link(
                from: nil, host: graph.nodes[entry.value[0].caller].host, to: boxOf[entry.value[0].callee],
                calls: entry.value)
        }
    }

    /// Longest path from those whom nobody calls; a call that closes a circle counts for nothing here.
    private mutating func layer() {
        var callees = [[Int]](repeating: [], count: boxes.count)
        for link in links {
            if let from = link.from, boxes[link.to].isAgents { callees[from].append(link.to) }
        }
        var order: [Int] = []
        var mark = [Int](repeating: 0, count: boxes.count)
        var forward = [[Int]](repeating: [], count: boxes.count)
        func visit(_ box: Int) {
            mark[box] = 1
            for callee in callees[box] where mark[callee] != 1 {
                forward[box].append(callee)
                if mark[callee] == 0 { visit(callee) }
            }
            mark[box] = 2
            order.append(box)
        }
        for box in boxes.indices where mark[box] == 0 { visit(box) }
        for box in order.reversed() {
            for callee in forward[box] { boxes[callee].column = max(boxes[callee].column, boxes[box].column + 1) }
        }
        let last = (boxes.filter(\.isAgents).map(\.column).max() ?? 0) + 1
        for box in boxes.indices where !boxes[box].isAgents { boxes[box].column = last }
    }

    private mutating func place(_ graph: Dependencies) {
        let columns = (boxes.map(\.column).max() ?? 0) + 1
        // The bracket takes a little of the last gap.
        let step = (Self.width - 30) / Double(columns)
        boxWidth = min(150, step * 0.72)
        let hasBrackets = links.contains { $0.from == nil }
        let between = columns > 1 ? (Self.width - boxWidth - (hasBrackets ? 34 : 0)) / Double(columns - 1) : 0
        for index in boxes.indices {
            let shift = boxes[index].column == columns - 1 && hasBrackets ? 34.0 : 0
            boxes[index].x = Double(boxes[index].column) * between + shift
            let rows = (boxes[index].members.count + cellsPerRow - 1) / cellsPerRow
            boxes[index].height = Self.header + Double(rows) * Self.cell + 6
        }
        bracketX = Double(max(0, columns - 2)) * between + boxWidth + 18
        var hosts: [String] = []
        for node in graph.nodes where !hosts.contains(node.host) { hosts.append(node.host) }
        var top = 0.0
        for host in hosts {
            let own = boxes.indices.filter { boxes[$0].host == host }
            var heights = [Double](repeating: 0, count: columns)
            for box in own { heights[boxes[box].column] += boxes[box].height + Self.gap }
            let inner = heights.max() ?? 0
            for column in 0..<columns {
                let stack = ordered(own.filter { boxes[$0].column == column })
                var y = top + Self.laneHead + (inner - heights[column]) / 2
                for box in stack {
                    boxes[box].y = y
                    y += boxes[box].height + Self.gap
                }
            }
            let hasBracket = links.contains { $0.from == nil && $0.host == host }
            lanes.append(Lane(host: host, y: top, height: Self.laneHead + inner, hasBracket: hasBracket))
            top += Self.laneHead + inner + 14
        }
        height = max(0, top - 14)
    }

    /// By where their callers stand, so that fewer lines cross.
    private func ordered(_ stack: [Int]) -> [Int] {
        func weight(_ box: Int) -> Double {
            let sources = links.filter { $0.to == box }.compactMap(\.from).filter {
                boxes[$0].column < boxes[box].column
            }
            guard !sources.isEmpty else { return -1 }
            return sources.map { boxes[$0].midY }.reduce(0, +) / Double(sources.count)
        }
        return stack.sorted { a, b in
            let (x, y) = (weight(a), weight(b))
            return x == y ? a < b : x < y
        }
    }
}
