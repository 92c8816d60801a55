import ChaosPlan
import ChaosReport
import ChaosScore

extension Sample {
    /// EdgeHub is killed for 45 s; its 40 agents are down for about 3 s.
    package static let hubFailover: Sample = {
        let second = Nanoseconds.second
        let header = Sample.header(
            scenario: "hub-failover", phases: Phases(baseline: 30 * second, faults: 90 * second, recovery: 60 * second),
            faults: [
                JournalHeader.FaultEntry(
                    id: "kill-edge-hub", faultID: "kill-edge-hub", kind: "kill", duration: 45 * second)
            ])
        var noise = Noise(7)
        var records: [JournalRecord] = []
        func add(_ time: Nanoseconds, _ event: JournalEvent) { records.append(JournalRecord(time: time, event: event)) }
        func fault(_ time: Nanoseconds, _ state: FaultEvent.State) {
            add(
                time,
                .fault(
                    FaultEvent(instance: 0, state: state, evidence: "process gone", targets: ["EdgeHub"], subjects: []))
            )
        }
        func note(_ time: Nanoseconds, _ role: MechanismEvent.Role, _ agent: Int) {
            let (from, to) = role == .restore ? ("CentralHub", "EdgeHub") : ("EdgeHub", "CentralHub")
            add(
                time,
                .mechanism(
                    MechanismEvent(
                        mechanism: .hubFailover, role: role, by: header.subjects[agent].name, about: "EdgeHub",
                        from: from,
                        to: to)))
        }
        add(0, .phase(.baseline))
        add(30 * second, .phase(.faults))
        add(120 * second, .phase(.recovery))
        let kill = 35 * second
        fault(kill, .commanded)
        fault(kill + 2 * .millisecond, .effective)
        fault(kill + 45 * second, .reverted)
        fault(kill + 47 * second, .clean)
        var downtime: [Facts.SubjectDowntime] = []
        for agent in 37..<77 {
            let down = kill + Nanoseconds(20 + noise.next(480)) * .millisecond
            let detect = kill + Nanoseconds(1_500 + noise.next(400)) * .millisecond
            let up = detect + Nanoseconds(900 + noise.next(700)) * .millisecond
            add(down, .availability(subject: agent, up: false))
            note(detect, .detect, agent)
            note(up, .takeover, agent)
            add(up, .availability(subject: agent, up: true))
            note(kill + 48 * second + Nanoseconds(noise.next(4_000)) * .millisecond, .restore, agent)
            downtime.append(
                Facts.SubjectDowntime(subject: agent, name: header.subjects[agent].name, down: up - down))
            for offset in 0..<3 {
                add(
                    kill + Nanoseconds(offset) * second,
                    .subjectWindow(subject: agent, length: second, requests: 2, succeeded: offset == 2 ? 1 : 0))
            }
            if agent.isMultiple(of: 4) {
                add(
                    kill + 700 * .millisecond + Nanoseconds(agent) * .millisecond,
                    .mechanism(
                        MechanismEvent(
                            mechanism: .breaker, role: .change, by: "\(header.subjects[agent].name)>EdgeHub",
                            about: "EdgeHub",
                            from: "closed", to: "open")))
            }
        }
        for window in 0..<36 {
            let start = Nanoseconds(window * 5) * second
            let isHurt = window == 7
            let middle = (isHurt ? 60 : window >= 8 && window <= 16 ? 17 : 12) * Nanoseconds.millisecond
            add(
                start,
                .window(
                    RequestWindow(
                        kind: .requests, group: -1, length: 5 * second, requests: 770, succeeded: isHurt ? 570 : 770,
                        latency: latency(middle, count: isHurt ? 570 : 770, noise: &noise))))
        }
        add(180 * second, .end)
        records.sort { $0.time < $1.time }
        downtime.sort { $0.down > $1.down }
        let lost = downtime.reduce(0.0) { $0 + Double($1.down) / 1e9 }
        return Sample(
            header: header, records: records,
            scorecard: scorecard(
                header, verdict: .deviated, score: 91.4, objectives: objectives, faults: [times(lost: lost)],
                facts: facts(downtime, lost: lost)),
            replay: "gauntlet replay hub-failover --fleet fleets/two-machine.yaml --seed 42")
    }()

    private static var objectives: [ObjectiveResult] {
        let kill = "kill-edge-hub"
        return [
            result(
                objective(.availability, .min(0.999), promise: "availability"), .held, 0.99962,
                "116 agent-seconds lost against a budget of 277 for one fault an hour."),
            result(
                objective(.detectTime, of: kill, .max(2e9), promise: "hub-failover"), .held, 1.52e9,
                "CentralHub was chosen 1.52 s after EdgeHub died; 2 s were allowed."),
            result(
                objective(.failoverTime, of: kill, .max(3e9), promise: "hub-failover-aim"), .missed, 3.43e9,
                credit: 0.857,
                lost: 2.4, "The last of 40 agents was served by CentralHub 3.43 s after EdgeHub died; the aim is 3 s."),
            result(
                objective(.recoveryTime, of: kill, .max(30e9), promise: "automatic-recovery"), .held, 0,
                "All chains were up when EdgeHub came back."),
            result(
                objective(.latencyIncrease, .max(0.1), promise: "response-time"), .missed, 0.142, credit: 0.58,
                lost: 6.2,
                "p95 in the faults phase was 14.2% above the baseline's; 10% are allowed."),
            result(objective(.latencyP95, .max(500e6)), .held, 48e6, "p95 was 48 ms over the run; 500 ms are allowed."),
            result(
                objective(.acknowledgedLoss, .max(0), invariant: true), .held, 0,
                "All 13,320 acknowledged messages were delivered."),
            result(
                objective(.cascades, .max(0), advisory: true), .held, 0,
                "No agent outside of EdgeHub's callers missed its objective."),
        ]
    }

    private static func times(lost: Double) -> FaultTimes {
        let kill = 35 * Nanoseconds.second
        return FaultTimes(
            id: "kill-edge-hub", faultID: "kill-edge-hub", kind: "kill", targets: ["EdgeHub"], commanded: kill,
            effective: kill + 2 * .millisecond, firstImpact: kill + 30 * .millisecond,
            detected: kill + 1_522 * .millisecond, failedOver: kill + 3_430 * .millisecond,
            reverted: kill + 45 * .second, restored: kill + 3_430 * .millisecond, drained: kill + 47 * .second,
            lostAgentSeconds: lost, hurtTargets: [], hurtOthers: Array(37..<77), landed: true)
    }

    private static func facts(_ downtime: [Facts.SubjectDowntime], lost: Double) -> Facts {
        var facts = Facts()
        facts.duration = 180 * .second
        facts.availability = 1 - lost / (77 * 180)
        facts.availabilityBudget = 0.99962
        facts.availabilityImpact = 0.971
        facts.successRatio = 0.9928
        facts.latencyP50 = 14 * .millisecond
        facts.latencyP95 = 48 * .millisecond
        facts.latencyP99 = 96 * .millisecond
        facts.windowedMinimum = [
            (1, 0.48), (2, 0.49), (5, 0.72), (10, 0.86), (30, 0.952), (60, 0.9754), (120, 0.9879),
            (180, 1 - lost / 13_860),
        ].map { Facts.WindowedAvailability(window: $0.0 * .second, availability: $0.1) }
        facts.resilienceLoss = 99.6
        facts.downtime = downtime
        facts.totals.requests = 27_720
        facts.totals.succeeded = 27_520
        facts.totals.published = 13_340
        facts.totals.acknowledged = 13_320
        facts.totals.indeterminate = 20
        facts.totals.delivered = 13_331
        facts.totals.redelivered = 18
        facts.totals.bufferHighWater = 64
        facts.mechanismCounts = [
            Facts.MechanismCount(mechanism: .hubFailover, transitions: 120),
            Facts.MechanismCount(mechanism: .breaker, transitions: 10),
        ]
        return facts
    }
}
