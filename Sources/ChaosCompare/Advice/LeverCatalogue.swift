import ChaosPlan

/// What could be done differently in a fleet, derived from its own parameters.
///
/// Every number below `policies` and `broker` is a lever unless it states a fact, and so are the processes' workers, queues
/// and start-up times. Service times, links, disks and the call graph are what the fleet is, not how it is set.
struct LeverCatalogue {
    let plan: Plan

    var levers: [Lever] {
        numbers + patience + together + callTimeouts + words + switchedOff + StandbyLevers(fleet: plan.fleet).levers
    }

    // MARK: One number

    /// Ends of paths that say how things are.
    private static let facts = ["heartbeat.jitter", "logs.compression", "broker.sync-time", "broker.message-size"]
    private static let speeds = [".startup", ".switch-time", ".validate-time", ".merge-time", "rollback.takes"]
    private static let capacities = [
        ".workers", ".queue", "buffer.messages", "buffer.bytes", "logs.kept", "logs.file-size",
    ]

    /// Nil for what is no lever.
    static func nature(of path: String) -> PolicyChange.Nature? {
        func ends(_ list: [String]) -> Bool { list.contains { path.hasSuffix($0) } }
        if ends(facts) { return nil }
        let isProfile = path.hasPrefix("fleet.profiles.")
        guard isProfile || path.hasPrefix("fleet.policies.") || path.hasPrefix("fleet.broker.") else { return nil }
        if ends(speeds) { return .speed }
        if ends(capacities) { return .capacity }
        return isProfile ? nil : .setting
    }

    private var numbers: [Lever] {
        plan.fleet.parameters.compactMap { parameter in
            guard let nature = Self.nature(of: parameter.path), let ladder = Ladder(parameter) else { return nil }
            var values = ladder.values
            // Within the clients' patience is where a call's timeout begins to matter, however long it was.
            if Self.isCallTimeout(parameter.path), ladder.value > plan.workload.requestTimeout {
                values = Set(values + patienceShares).sorted()
            }
            return lever(ladder, values, nature: nature, name: parameter.path)
        }
    }

    private func lever(_ ladder: Ladder, _ values: [Int64], nature: PolicyChange.Nature, name: String) -> Lever? {
        func changes(_ values: [Int64]) -> [PolicyChange] {
            values.map {
                PolicyChange(lever: name, nature: nature, settings: [ladder.setting($0)], factor: ladder.factor($0))
            }
        }
        let lever = Lever(
            name: name, down: changes(values.filter { $0 < ladder.value }.reversed()),
            up: changes(values.filter { $0 > ladder.value }))
        return lever.changes.isEmpty ? nil : lever
    }

    /// The clients' own timeout: part of the scenario, so no fleet file can hold it.
    private var patience: [Lever] {
        let path = "workload.requests.timeout"
        let text = ScalarText.show(plan.workload.requestTimeout, .duration)
        let parameter = Parameter(path: path, text: text, source: .promise, low: nil, high: nil)
        guard let ladder = Ladder(parameter) else { return [] }
        let longer = [2, 5, 10, 20].compactMap { ladder.at(.init(up: $0, down: 1)) }
        guard var lever = lever(ladder, longer, nature: .client, name: path) else { return [] }
        // Nobody promises it.
        for index in lever.up.indices { lever.up[index].settings[0].source = nil }
        return [lever]
    }

    // MARK: Numbers that go together

    private static let pairs: [(name: String, paths: [String])] = [
        ("heartbeat period and timeout", ["policies.heartbeat.period", "policies.heartbeat.timeout"]),
        ("election timeouts", ["broker.election-min", "broker.election-max"]),
        (
            "election timeouts and the broker's heartbeat",
            ["broker.election-min", "broker.election-max", "broker.heartbeat"]
        ),
        ("back-off of retries", ["policies.retry.base", "policies.retry.cap"]),
        ("back-off of restarts", ["policies.restart.delay", "policies.restart.cap"]),
    ]

    /// One of them alone would contradict the other, or do half of what is meant.
    private var together: [Lever] {
        let classes = plan.fleet.policies.callClasses.map { "policies.call-classes.\($0.name)" }
        let all =
            Self.pairs + [
                ("open time of all breakers", classes.map { $0 + ".reset" }),
                ("threshold of all breakers", classes.map { $0 + ".failures" }),
            ]
        return all.compactMap { group in
            let ladders = group.paths.compactMap { path in ladder("fleet." + path) }
            guard ladders.count == group.paths.count, ladders.count > 1 else { return nil }
            func changes(_ rungs: [Ladder.Rung]) -> [PolicyChange] {
                rungs.compactMap { rung in
                    let values = ladders.map { $0.at(rung) }
                    guard !values.contains(nil) else { return nil }
                    return change(group.name, zip(ladders, values.map { $0! }).map { ($0, $1) })
                }
            }
            let rungs = Ladder.Rung.all.sorted { $0.up * $1.down < $1.up * $0.down }
            let lever = Lever(
                name: group.name, down: changes(rungs.filter { $0.up < $0.down }.reversed()),
                up: changes(rungs.filter { $0.up > $0.down }))
            return lever.changes.isEmpty ? nil : lever
        }
    }

    /// All call classes give up after at most so long.
    private var callTimeouts: [Lever] {
        let ladders = plan.fleet.policies.callClasses.compactMap {
            ladder("fleet.policies.call-classes.\($0.name).timeout")
        }
        let name = "call timeouts"
        let limits = (patienceShares + [2, 5, 10].map { plan.workload.requestTimeout * $0 }).sorted(by: >)
        let changes = limits.compactMap { limit -> PolicyChange? in
            let longer = ladders.filter { $0.value > limit }
            // Of one class alone it is tried as that class's own.
            return longer.count < 2 ? nil : change(name, longer.map { ($0, limit) })
        }
        return changes.isEmpty ? [] : [Lever(name: name, down: changes)]
    }

    private func change(_ name: String, _ values: [(Ladder, Int64)]) -> PolicyChange {
        PolicyChange(
            lever: name, nature: .setting, settings: values.map { $0.setting($1) },
            factor: values.map { $0.factor($1) }.max()!)
    }

    /// One fifth to four fifths of how long a client waits.
    private var patienceShares: [Int64] {
        (1...4).map { plan.workload.requestTimeout / 5 * $0 }.filter { $0 >= .millisecond }
    }

    private static func isCallTimeout(_ path: String) -> Bool {
        path.hasPrefix("fleet.policies.call-classes.") && path.hasSuffix(".timeout")
    }

    private func ladder(_ path: String) -> Ladder? {
        plan.fleet.parameters.first { $0.path == path }.flatMap { Ladder($0) }
    }

    // MARK: Words

    private var words: [Lever] {
        let policies = plan.fleet.policies
        let all: [(path: String, now: String, words: [String])] = [
            (
                "policies.heartbeat.detector", policies.heartbeat.detector.rawValue,
                Policies.Heartbeat.Detector.allCases.map(\.rawValue)
            ),
            (
                "policies.breaker.kind", policies.breaker.kind.rawValue,
                Policies.Breaker.Window.allCases.map(\.rawValue)
            ),
            ("policies.retry.jitter", policies.retry.jitter.rawValue, Policies.Retry.Jitter.allCases.map(\.rawValue)),
            (
                "policies.buffer.overflow", policies.buffer.overflow.rawValue,
                Policies.Buffer.Overflow.allCases.map(\.rawValue)
            ),
            ("broker.sync", plan.fleet.broker.sync.rawValue, Fleet.Broker.Sync.allCases.map(\.rawValue)),
        ]
        return all.compactMap { path, now, words in
            let section = "fleet." + path[...path.lastIndex(of: ".")!]
            // A fleet that leaves the section out has no such mechanism of ours.
            guard plan.fleet.parameters.contains(where: { $0.path.hasPrefix(section) }) else { return nil }
            return Lever(
                name: "fleet." + path,
                alternatives: words.filter { $0 != now }.map { word in
                    PolicyChange(
                        lever: "fleet." + path, nature: .setting,
                        settings: [.init(path: "fleet." + path, from: now, to: word)], factor: 10)
                })
        }
    }

    /// Mechanisms that the fleet has switched off, each switched on.
    private var switchedOff: [Lever] {
        let off = Mechanism.allCases.filter { plan.fleet.policies.disabled.contains($0) }
        func list(_ mechanisms: [Mechanism]) -> String {
            "[" + mechanisms.map(\.rawValue).joined(separator: ", ") + "]"
        }
        return off.map { mechanism in
            let name = "mechanism \(mechanism.rawValue)"
            let setting = PolicyChange.Setting(
                path: "fleet.policies.disabled", from: list(off), to: list(off.filter { $0 != mechanism }))
            return Lever(
                name: name,
                alternatives: [PolicyChange(lever: name, nature: .setting, settings: [setting], factor: 10)])
        }
    }
}
