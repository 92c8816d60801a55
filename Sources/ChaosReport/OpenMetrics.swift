import ChaosPlan
public import ChaosScore

/// A run's numbers as metrics: what a monitoring keeps of it, to draw beside its own. docs/metrics.md has the list.
public enum OpenMetrics {
    /// OpenMetrics text, ended by `# EOF`. What had no evidence has no sample.
    public static func render(_ scorecard: Scorecard) -> String {
        var text = MetricsText(common: [
            ("scenario", scorecard.scenario), ("fleet", scorecard.fleet), ("world", scorecard.world),
        ])
        verdict(scorecard, &text)
        availability(scorecard.facts, &text)
        objectives(scorecard.objectives, &text)
        faults(scorecard.faults, &text)
        totals(scorecard.facts, &text)
        return text.text
    }

    private typealias Sample = MetricsText.Sample

    private static func seconds(_ time: Nanoseconds?) -> Double? { time.map { Double($0) / 1e9 } }

    private static func one(_ value: Double?) -> [Sample] { value.map { [Sample($0)] } ?? [] }

    // MARK: - The run

    private static func verdict(_ card: Scorecard, _ text: inout MetricsText) {
        text.gauge(
            "gauntlet_run_info", help: "The run that all others are of; always 1.",
            [
                Sample(
                    1,
                    [
                        ("version", card.version), ("plan", Measure.hex(card.planDigest)),
                        ("fleet_digest", Measure.hex(card.fleetDigest)), ("journal", card.journalHash),
                    ])
            ])
        text.gauge(
            "gauntlet_run_verdict", help: "1 at the run's verdict, 0 at the others.",
            Verdict.allCases.map { Sample($0 == card.verdict ? 1 : 0, [("verdict", $0.rawValue)]) })
        text.gauge("gauntlet_run_score", help: "Points of 100; absent without evidence.", one(card.score))
        text.gauge(
            "gauntlet_run_coverage_ratio", unit: "ratio", help: "Share of the objectives' weight that had evidence.",
            [Sample(card.coverage / 100)])
        text.gauge(
            "gauntlet_run_seeds", help: "Seeds that were run and scored as one.", [Sample(Double(card.seeds.count))])
        text.gauge(
            "gauntlet_run_broken_invariants", help: "Invariants that broke.",
            [Sample(Double(card.brokenInvariants.count))])
        text.gauge(
            "gauntlet_run_duration_seconds", unit: "seconds", help: "Length of the run, in its own time.",
            [Sample(Double(card.facts.duration) / 1e9)])
    }

    // MARK: - Availability and latency

    private static func availability(_ facts: Facts, _ text: inout MetricsText) {
        let spans = [
            ("run", facts.availability), ("impact", facts.availabilityImpact), ("budget", facts.availabilityBudget),
        ]
        text.gauge(
            "gauntlet_run_availability_ratio", unit: "ratio",
            help: "User-uptime over the run, over the impact of its faults, and against the error budget.",
            spans.compactMap { span in span.1.map { Sample($0, [("over", span.0)]) } })
        text.gauge(
            "gauntlet_run_window_availability_ratio", unit: "ratio",
            help: "User-uptime of the worst window of this length.",
            facts.windowedMinimum.map {
                Sample($0.availability, [("window", ScalarText.show($0.window, .duration))])
            })
        text.gauge(
            "gauntlet_run_success_ratio", unit: "ratio", help: "Requests that succeeded, of all that were due.",
            [Sample(facts.successRatio)])
        let latencies = [("50", facts.latencyP50), ("95", facts.latencyP95), ("99", facts.latencyP99)]
        text.gauge(
            "gauntlet_run_latency_seconds", unit: "seconds", help: "Percentiles of latency from the intended start.",
            latencies.compactMap { latency in
                seconds(latency.1).map { Sample($0, [("percentile", latency.0)]) }
            })
        text.gauge(
            "gauntlet_run_resilience_loss_agent_seconds", unit: "agent_seconds",
            help: "Integral of the baseline's success ratio minus the measured one.", [Sample(facts.resilienceLoss)])
    }

    // MARK: - Objectives

    private static func labels(_ result: ObjectiveResult) -> [(name: String, value: String)] {
        var labels = [("objective", result.objective.id), ("metric", result.objective.metric.rawValue)]
        if let promise = result.objective.promise { labels.append(("promise", promise)) }
        return labels.map { (name: $0.0, value: $0.1) }
    }

    private static func objectives(_ all: [ObjectiveResult], _ text: inout MetricsText) {
        let results = all.filter { !$0.isElsewhere }
        text.gauge(
            "gauntlet_run_objective_judgement", help: "1 at the objective's judgement, 0 at the others.",
            results.flatMap { result in
                Judgement.allCases.map {
                    Sample(
                        $0 == result.judgement ? 1 : 0,
                        [("objective", result.objective.id), ("judgement", $0.rawValue)])
                }
            })
        for (unit, name, isUnit) in units {
            let these = results.filter { $0.objective.metric.unit == unit }
            text.gauge(
                "gauntlet_run_objective_\(name)", unit: isUnit ? name : nil,
                help: "What was measured for the objective; a least value where it is censored.",
                these.compactMap { result in
                    result.value.map { Sample(scaled($0, unit), labels(result)) }
                })
            text.gauge(
                "gauntlet_run_objective_limit_\(name)", unit: isUnit ? name : nil, help: "What the objective demands.",
                these.map { result in
                    let bound = result.objective.isMinimum ? "min" : "max"
                    return Sample(
                        scaled(result.objective.limitValue, unit), labels(result) + [(name: "bound", value: bound)])
                })
        }
        text.gauge(
            "gauntlet_run_objective_censored",
            help: "1 where the value is a lower bound: it was not reached in the run.",
            results.filter { $0.value != nil }.map { Sample($0.censored ? 1 : 0, [("objective", $0.objective.id)]) })
        text.gauge(
            "gauntlet_run_objective_lost_points", help: "Points of the score that it cost.",
            results.map { Sample($0.lostPoints, [("objective", $0.objective.id)]) })
    }

    /// Each unit has a family of its own, as a family has one unit.
    private static let units: [(Metric.Unit, String, Bool)] = [
        (.share, "ratio", true), (.time, "seconds", true), (.agentSeconds, "agent_seconds", true),
        (.count, "events", false),
    ]

    private static func scaled(_ value: Double, _ unit: Metric.Unit) -> Double { unit == .time ? value / 1e9 : value }

    // MARK: - Faults

    private static func faults(_ faults: [FaultTimes], _ text: inout MetricsText) {
        func length(_ start: Nanoseconds?, _ end: Nanoseconds?) -> Double? {
            guard let start, let end else { return nil }
            return seconds(Swift.max(0, end - start))
        }
        func labels(_ fault: FaultTimes) -> [(name: String, value: String)] {
            [("fault", fault.id), ("kind", fault.kind)]
        }
        let parts: [(String, (FaultTimes) -> Double?)] = [
            ("detect", { length($0.effective, $0.detected) }), ("failover", { length($0.effective, $0.failedOver) }),
            ("restore", { length($0.firstImpact, $0.restored) }), ("recover", { length($0.reverted, $0.recovered) }),
            ("drain", { length($0.reverted, $0.drained) }),
        ]
        text.gauge(
            "gauntlet_run_fault_seconds", unit: "seconds",
            help:
                "What followed the fault: detect and failover from its effect, restore from the first impact, recover and drain from its revert.",
            faults.flatMap { fault in
                parts.compactMap { part in
                    part.1(fault).map { Sample($0, labels(fault) + [(name: "part", value: part.0)]) }
                }
            })
        text.gauge(
            "gauntlet_run_fault_lost_agent_seconds", unit: "agent_seconds", help: "Downtime that belongs to the fault.",
            faults.map { Sample($0.lostAgentSeconds, labels($0)) })
        text.gauge(
            "gauntlet_run_fault_landed", help: "1 where it was effective for at least 90 % of its time.",
            faults.map { Sample($0.landed ? 1 : 0, labels($0)) })
        text.gauge(
            "gauntlet_run_fault_hurt_agents", help: "Agents that went down, targeted or not.",
            faults.flatMap { fault in
                [
                    Sample(Double(fault.hurtTargets.count), labels(fault) + [(name: "targeted", value: "true")]),
                    Sample(Double(fault.hurtOthers.count), labels(fault) + [(name: "targeted", value: "false")]),
                ]
            })
    }

    // MARK: - Totals

    private static func totals(_ facts: Facts, _ text: inout MetricsText) {
        let totals = facts.totals
        let requests = [
            ("succeeded", totals.succeeded), ("failed", totals.requests - totals.succeeded - totals.unsent),
            ("unsent", totals.unsent),
        ]
        text.gauge(
            "gauntlet_run_requests", help: "Clients' requests by how they ended.",
            requests.map { Sample(Double($0.1), [("outcome", $0.0)]) })
        let messages = [
            ("published", totals.published), ("acknowledged", totals.acknowledged),
            ("indeterminate", totals.indeterminate), ("delivered", totals.delivered),
            ("redelivered", totals.redelivered), ("lost", totals.lost), ("unexpected", totals.unexpected),
            ("duplicated", totals.duplicated), ("out_of_order", totals.outOfOrder), ("divergent", totals.divergent),
            ("buffer_dropped", totals.bufferDropped),
        ]
        text.gauge(
            "gauntlet_run_messages", help: "The message ledger.",
            messages.map { Sample(Double($0.1), [("state", $0.0)]) })
        text.gauge(
            "gauntlet_run_ownership_conflicts", help: "Agents owned by two hubs in one epoch.",
            [Sample(Double(totals.ownershipConflicts))])
        text.gauge(
            "gauntlet_run_mechanism_transitions", help: "How often the fleet's mechanisms moved.",
            facts.mechanismCounts.map { Sample(Double($0.transitions), [("mechanism", $0.mechanism.rawValue)]) })
    }
}
