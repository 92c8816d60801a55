/// A schedule in words.
struct ScheduleNames {
    let plan: Plan
    let schedule: Schedule

    /// One for each instance, those with a fixed time first and by it, the others behind the one that they follow.
    var rows: [[String]] {
        order.map { index in
            let instance = schedule.instances[index]
            return [
                instance.id, instance.fault.kind.rawValue, targets(instance), start(instance),
                instance.duration.map { ScalarText.show($0, .duration) } ?? "–",
                instance.fault.isIrreversible ? "*irreversible*" : "reversible",
            ]
        }
    }

    private var order: [Int] {
        let instances = schedule.instances
        var followers = [[Int]](repeating: [], count: instances.count)
        var roots: [(time: Nanoseconds, index: Int)] = []
        for (index, instance) in instances.enumerated() {
            switch instance.start {
            case .at(let time): roots.append((time, index))
            case .afterRevert(let other, _), .afterStart(let other, _): followers[other].append(index)
            }
        }
        var order: [Int] = []
        for root in roots.sorted(by: { $0 < $1 }) {
            var open = [root.index]
            while let index = open.popLast() {
                order.append(index)
                open += followers[index].reversed()
            }
        }
        return order
    }

    private func start(_ instance: FaultInstance) -> String {
        switch instance.start {
        case .at(let time): Self.clock(time)
        case .afterRevert(let other, let delay): "after \(schedule.instances[other].id)" + Self.plus(delay)
        case .afterStart(let other, let delay): "after start of \(schedule.instances[other].id)" + Self.plus(delay)
        }
    }

    private static func plus(_ delay: Nanoseconds) -> String { delay == 0 ? "" : " + \(rounded(delay))" }

    private func targets(_ instance: FaultInstance) -> String {
        switch instance.targets {
        case .members(let members): Self.list(members.map { plan.fleet.name(of: $0) })
        case .hosts(let hosts): Self.list(hosts.map { "host \(plan.fleet.hosts[$0].name)" })
        case .link(let from, let to, let oneWay):
            plan.fleet.hosts[from].name + (oneWay ? " > " : " – ") + plan.fleet.hosts[to].name
        case .leader: "the broker's leader"
        }
    }

    var blastRadius: [String] {
        let radius = schedule.blastRadius
        let fleet = plan.fleet
        func ceiling(_ text: String?) -> String { text.map { ", ceiling \($0)" } ?? "" }
        let hosts = radius.hosts.isEmpty ? "none" : radius.hosts.map { fleet.hosts[$0].name }.joined(separator: ", ")
        return [
            "Blast radius, each at its worst instant:",
            "  hosts touched    \(radius.hosts.count) of \(fleet.hosts.count) (\(hosts))"
                + ceiling(plan.safety.hosts.map { "\($0)" }),
            "  agents targeted  \(radius.agents.count) of \(fleet.agents.count)"
                + ceiling(plan.safety.agents.map { ScalarText.show($0.partsPerMillion, .share) }),
            "  agents exposed   \(radius.exposed.count) through the call graph"
                + (radius.exposed.isEmpty ? "" : ": " + Self.list(radius.exposed.map { fleet.agents[$0].name })),
        ]
    }

    /// What only the run can tell, once for each fault.
    var rules: [String] {
        var rules: [String] = []
        for planned in plan.faults {
            if case .members(let selector) = planned.target, selector.pick == .leader {
                rules.append("\(planned.id): who leads the broker when it is due")
            }
            switch planned.start {
            case .at: break
            case .after(let other, let delay):
                rules.append("\(planned.id): its start, after \(other)" + Self.plus(delay))
            case .afterStart(let other, let delay):
                rules.append("\(planned.id): its start, after the start of \(other)" + Self.plus(delay))
            }
            if case .rollingRestart = planned.fault {
                rules.append("\(planned.id): how long each agent's health gate takes")
            }
        }
        return rules
    }

    /// A few names, and how many in all.
    private static func list(_ names: [String]) -> String {
        names.count <= 4
            ? names.joined(separator: ", ") : names.prefix(3).joined(separator: ", ") + ", … (\(names.count))"
    }

    /// Minutes and seconds, with hours and milliseconds where there are any.
    static func clock(_ time: Nanoseconds) -> String {
        func two(_ number: Int64) -> Substring { String(number % 60 + 100).dropFirst() }
        let rest = time % .second / .millisecond
        let minutes = time < .hour ? "\(time / .minute)" : "\(time / .hour):\(two(time / .minute))"
        return "\(minutes):\(two(time / .second))" + (rest == 0 ? "" : "." + String(rest + 1000).dropFirst())
    }

    /// To the millisecond, for drawn delays.
    private static func rounded(_ time: Nanoseconds) -> String {
        ScalarText.show(time >= .millisecond ? time / .millisecond * .millisecond : time, .duration)
    }
}
