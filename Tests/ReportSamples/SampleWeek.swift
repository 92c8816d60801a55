import ChaosPlan
import ChaosReport
import ChaosScore

extension Sample {
    /// A week with a fault every hour: 168 of them, of three kinds; one was never restored within the horizon.
    package static let week: Sample = {
        let hour = Nanoseconds.hour
        let names = ["kill-agent", "partition", "pause-broker"]
        let kinds = ["kill", "partition", "pause"]
        let header = Sample.header(
            scenario: "week-of-faults", phases: Phases(baseline: hour, faults: 166 * hour, recovery: hour),
            faults: (0..<168).map {
                JournalHeader.FaultEntry(
                    id: "\(names[$0 % 3])#\($0 / 3 + 1)", faultID: names[$0 % 3], kind: kinds[$0 % 3],
                    duration: 5 * .minute)
            })
        var noise = Noise(11)
        var records: [JournalRecord] = []
        var downtime: [Int: Nanoseconds] = [:]
        var faults: [FaultTimes] = []
        func add(_ time: Nanoseconds, _ event: JournalEvent) { records.append(JournalRecord(time: time, event: event)) }
        add(0, .phase(.baseline))
        add(hour, .phase(.faults))
        add(167 * hour, .phase(.recovery))
        for index in 0..<168 {
            let start = hour + Nanoseconds(index) * 3_530 * .second
            let isLast = index == 167
            let first = index % 3 == 0 ? noise.next(76) : 37
            let hurt = index % 3 == 0 ? [first, first + 1] : index % 3 == 1 ? Array(37..<77) : Array(20..<30)
            let targeted = index % 3 == 0 ? [first] : []
            for (time, state) in [(start, FaultEvent.State.commanded), (start + .second, .effective)] {
                add(
                    time,
                    .fault(
                        FaultEvent(
                            instance: index, state: state, evidence: "",
                            targets: [index % 3 == 0 ? header.subjects[first].name : "PC2"],
                            subjects: targeted)))
            }
            let effective = start + .second
            let reverted = effective + 5 * .minute
            add(
                reverted,
                .fault(FaultEvent(instance: index, state: .reverted, evidence: "", targets: [], subjects: [])))
            let length = Nanoseconds(1_200 + noise.next(3_400) + (index == 76 ? 41_000 : 0)) * .millisecond
            let detected = effective + length * Nanoseconds(30 + noise.next(40)) / 100
            for agent in hurt {
                add(effective + 100 * .millisecond, .availability(subject: agent, up: false))
                if !isLast { add(effective + length, .availability(subject: agent, up: true)) }
                downtime[agent, default: 0] += isLast ? 4 * hour / 10 : length
            }
            add(detected, mechanism(.detect, index, header))
            add(effective + length * 9 / 10, mechanism(.takeover, index, header))
            add(reverted + 2 * .second, mechanism(.restore, index, header))
            if index % 3 == 1 {
                add(effective + 12 * .second, .hub(.diverged))
                add(reverted + 8 * .second, .hub(.agreed(conflicts: index % 5)))
            }
            faults.append(
                FaultTimes(
                    id: header.faults[index].id, faultID: header.faults[index].faultID, kind: header.faults[index].kind,
                    targets: [index % 3 == 0 ? header.subjects[first].name : "PC2"], commanded: start,
                    effective: effective,
                    firstImpact: effective + 100 * .millisecond, detected: detected,
                    failedOver: effective + length * 9 / 10,
                    reverted: reverted, restored: isLast ? nil : effective + length,
                    drained: reverted + Nanoseconds(800 + noise.next(3_000)) * .millisecond,
                    lostAgentSeconds: Double(length) / 1e9 * Double(hurt.count), hurtTargets: targeted,
                    hurtOthers: hurt.filter { !targeted.contains($0) }, landed: index != 30))
        }
        for minute in 0..<(168 * 60) {
            let middle = Nanoseconds(11 + noise.next(3) + (minute % 1_440 > 700 ? 4 : 0)) * .millisecond
            add(
                Nanoseconds(minute) * .minute,
                .window(
                    RequestWindow(
                        kind: .requests, group: minute % 2, length: .minute, requests: 200, succeeded: 200,
                        latency: latency(middle, count: 200, noise: &noise))))
        }
        for reading in 0..<168 {
            add(
                Nanoseconds(reading) * hour,
                .disk(
                    host: 1, used: Share(partsPerMillion: Int64(400_000 + reading % 50 * 9_000)),
                    level: reading % 50 > 44 ? .warn : .normal))
        }
        add(168 * hour, .end)
        records.sort { $0.time < $1.time }
        let objectives = [
            result(
                objective(.availability, over: .run, .min(0.999), promise: "availability-week"), .held, 0.99952,
                "22,350 agent-seconds lost in a week against 46,570 allowed."),
            result(
                objective(.failoverTime, of: "kill-agent", .max(5e9)), .held, 4.1e9, "The slowest of 56 took 4.1 s."),
            result(
                objective(.restoreTime, of: "partition", .max(30e9)), .missed, 43.2e9, credit: 0.56, lost: 8.8,
                "The slowest of 56 partitions took 43.2 s to restore; 30 s are allowed."),
            result(
                objective(.recoveryTime, of: "pause-broker", .max(30e9)), .missed, 3_300e9, credit: 0, lost: 20,
                censored: true, "pause-broker#56 was not restored within the horizon."),
            result(
                objective(.agreeTime, of: "partition", .max(30e9)), .inconclusive, nil, credit: 0,
                "One partition did not land, so its agreement could not be measured."),
        ]
        var facts = Facts()
        facts.duration = 168 * hour
        facts.availability = 0.99952
        facts.successRatio = 0.99961
        facts.latencyP95 = 41 * .millisecond
        facts.windowedMinimum = [
            (1, 0.481), (5, 0.892), (15, 0.962), (60, 0.9892), (360, 0.99741), (1_440, 0.99913), (10_080, 0.99952),
        ].map { Facts.WindowedAvailability(window: $0.0 * .minute, availability: $0.1) }
        facts.downtime = downtime.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
            .map { Facts.SubjectDowntime(subject: $0.key, name: header.subjects[$0.key].name, down: $0.value) }
        facts.totals.published = 46_569_600
        facts.totals.acknowledged = 46_561_018
        facts.totals.delivered = 46_561_900
        facts.totals.redelivered = 8_123
        facts.totals.outOfOrder = 3
        return Sample(
            header: header, records: records,
            scorecard: scorecard(
                header, verdict: .deviated, score: 71.2, coverage: 80, objectives: objectives, faults: faults,
                facts: facts,
                findings: ["pause-broker#10 did not land: it was effective for 40% of its 5 min."]),
            replay: "gauntlet replay week-of-faults --seed 42")
    }()

    private static func mechanism(
        _ role: MechanismEvent.Role, _ index: Int, _ header: JournalHeader
    ) -> JournalEvent {
        .mechanism(
            MechanismEvent(
                mechanism: [Mechanism.agentFailover, .partitionDetector, .brokerElection][index % 3], role: role,
                by: "CentralHub", about: header.faults[index].id, from: "up", to: "suspect"))
    }
}
