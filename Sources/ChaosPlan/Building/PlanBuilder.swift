/// Value tree and fleet to plan. Shapes are right by now; names, times and combinations may be wrong.
struct PlanBuilder {
    let root: Value
    let fleet: Fleet
    /// A fleet with errors may lack names: those are then not complained about.
    let isFleetGood: Bool
    let disable: [Mechanism]
    let log: ProblemLog

    /// A plan in any case; it is good only if no error was logged.
    func build(digest: UInt64) -> Plan {
        let phases = buildPhases()
        let faults = FaultsBuilder(
            items: root.items("faults"), fleet: fleet, isFleetGood: isFleetGood, phases: phases, log: log
        ).build()
        let exercises = root["exercises"]
        let plan = Plan(
            name: root.text("name"), summary: root.text("summary"), fleet: fleet, phases: phases,
            workload: buildWorkload(),
            faults: faults, expect: mechanisms(root.items("expect")),
            exercises: exercises.flatMap { Mechanism(rawValue: $0.text) },
            exercisesNothingBecause: exercises?["nothing"]?.text,
            objectives: ObjectivesBuilder(
                items: root.items("objectives"), faults: root.items("faults"), fleet: fleet, isFleetGood: isFleetGood,
                log: log
            ).build(),
            safety: buildSafety(), faultsPerHour: Swift.max(1, root.int("faults-per-hour")), digest: digest)
        checkPhases(plan)
        checkMechanisms(plan)
        if root.at("faults").isSound, root.at("phases").isSound, isFleetGood {
            PlanChecks(plan: plan, faultValues: root.items("faults"), safety: root["safety"], log: log).run()
        }
        return plan
    }

    private func buildPhases() -> Phases {
        let phases = root.at("phases")
        return Phases(
            baseline: phases.quantity("baseline"), faults: phases.quantity("faults"),
            recovery: phases.quantity("recovery"))
    }

    private func buildWorkload() -> Workload {
        let requests = root.at("workload").at("requests")
        let messages = root.at("workload")["messages"]
        if let messages, isFleetGood, fleet.broker.servers.isEmpty {
            log.error(messages.place, "messages in a fleet without a broker", "leave `messages` out")
        } else if let messages, isFleetGood, let live = fleet.live, !live.leavesAgents(of: fleet) {
            log.error(messages.place, "messages in a fleet whose agents are not ours", "leave `messages` out")
        }
        return Workload(
            requests: Rate(interval: requests.quantity("rate")), requestTimeout: requests.quantity("timeout"),
            messages: Rate(interval: messages?.quantity("rate") ?? 0), stream: messages?.text("stream") ?? "")
    }

    private func buildSafety() -> Safety {
        let radius = root["safety"]?["blast-radius"]
        let rules = (root["safety"]?.items("abort-when") ?? []).map {
            AbortRule(metric: $0.word("metric"), over: $0.quantity("over"), below: $0.share("below"))
        }
        return Safety(hosts: radius?["hosts"]?.int, agents: radius?["agents"]?.share, abortWhen: rules)
    }

    private func mechanisms(_ values: [Value]) -> [Mechanism] {
        var seen: Set<Mechanism> = []
        return values.compactMap { value in
            guard let mechanism = Mechanism(rawValue: value.text) else { return nil }
            guard seen.insert(mechanism).inserted else {
                log.error(value.place, "`\(mechanism.rawValue)` is named twice", "name it once")
                return nil
            }
            return mechanism
        }
    }

    private func checkPhases(_ plan: Plan) {
        let value = root.at("phases")
        guard value.isSound, root.at("faults").isSound else { return }
        if plan.phases.end == 0 { log.error(value.place, "the run takes no time", "give the phases a length") }
        if !plan.faults.isEmpty, plan.phases.faults == 0 {
            log.error(
                value.at("faults").place, "a faults phase of no length, with \(plan.faults.count) faults",
                "give it a length, or write `faults: []`")
        }
    }

    private func checkMechanisms(_ plan: Plan) {
        for value in root.items("expect") {
            guard let mechanism = Mechanism(rawValue: value.text), !fleet.policies.enabled(mechanism) else { continue }
            let why = disable.contains(mechanism) ? "by --disable" : "in the fleet"
            log.warning(
                value.place, "`\(mechanism.rawValue)` is expected but switched off \(why)",
                "the run cannot hold")
        }
        if root["exercises"] == nil {
            log.warning(
                root.at("name").place, "the scenario does not say what it exercises",
                "write `exercises: MECHANISM` or `exercises: { nothing: \"why\" }`")
        }
    }
}
