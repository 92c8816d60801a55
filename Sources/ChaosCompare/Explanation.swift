public import ChaosPlan
public import ChaosRun
import ChaosScore
import ChaosSim

/// What each fault of a run cost: the same seed again without it, everything else drawn as before.
public struct Explanation: Sendable {
    /// A run in three numbers.
    public struct Summary: Hashable, Sendable {
        /// User-uptime over the whole run, 0...1.
        public var availability: Double
        /// 0...100; nil without evidence.
        public var score: Double?
        public var lostAgentSeconds: Double
    }

    public var scenario: String
    public var seed: UInt64
    /// Of the run that is explained, to be held against the journal's.
    public var hash: JournalHash
    public var with: Summary
    /// The same seed without any fault.
    public var withoutAny: Summary
    /// Worst first.
    public var costs: [Cost]
    /// Planned faults that `limit` left unexplained, worst first.
    public var omitted: [String]

    /// Re-runs `plan` under `seed` without each planned fault, and once without any.
    ///
    /// - Parameters:
    ///   - limit: how many planned faults are explained, those that lost the most agent-seconds first: each costs a run.
    ///   - jobs: runs at once.
    ///   - progress: runs done, and runs in all.
    public static func of(
        plan: Plan, seed: UInt64, limit: Int = 8, jobs: Int = 1, progress: (Int, Int) -> Void = { _, _ in }
    ) async throws(WorldError) -> Explanation {
        let schedule = Schedule.draw(plan, seed: seed)
        let base = try await Observation.run(plan, seed: seed, schedule: schedule)
        let ranked = worstFirst(plan, base)
        let chosen = Array(ranked.prefix(max(0, limit)))
        let all = Set(plan.faults.map(\.id))
        let cuts = (chosen.map { [$0] } + [all]).map { Counterfactual(removing: $0, from: schedule) }
        progress(1, cuts.count + 1)

        let results = await Batch.map(
            cuts.count, jobs: jobs, input: { cuts[$0] }, done: { progress($0 + 1, cuts.count + 1) }
        ) { cut -> Result<Observation, WorldError> in
            do throws(WorldError) {
                return .success(
                    try await Observation.run(plan, seed: seed, schedule: cut.schedule, kept: cut.kept))
            } catch {
                return .failure(error)
            }
        }
        var others: [Observation] = []
        for result in results { others.append(try result.get()) }

        let costs = zip(chosen, zip(cuts, others)).map { fault, run in
            Cost(
                of: fault, in: CostContext(plan: plan, schedule: schedule, base: base, without: run.1),
                dependents: run.0.dependents)
        }
        return Explanation(
            scenario: plan.name, seed: seed, hash: base.trial.hash, with: base.summary,
            withoutAny: others[others.count - 1].summary, costs: costs, omitted: Array(ranked.dropFirst(chosen.count)))
    }

    /// Planned faults by the agent-seconds that their instances lost, in file order where equal.
    private static func worstFirst(_ plan: Plan, _ base: Observation) -> [String] {
        var lost: [String: Double] = [:]
        for times in base.trial.scorecard.faults { lost[times.faultID, default: 0] += times.lostAgentSeconds }
        let ranked = plan.faults.enumerated().sorted {
            (-(lost[$0.element.id] ?? 0), $0.offset) < (-(lost[$1.element.id] ?? 0), $1.offset)
        }
        return ranked.map(\.element.id)
    }

    /// For the terminal.
    public var text: String {
        var lines = [
            "\(scenario), seed \(seed): \(Self.words(with))",
            Self.line("without any fault", Self.compare(withoutAny, with)),
        ]
        lines += costs.map { Self.line("without \($0.fault)", $0.sentence) }
        if !omitted.isEmpty {
            lines.append("not explained, as they lost less: \(omitted.joined(separator: ", "))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func line(_ title: String, _ text: String) -> String { "  \(title): \(text)" }

    private static func words(_ summary: Summary) -> String {
        "availability \(Quantity.text(summary.availability, unit: .share)), score \(score(summary.score)), "
            + "\(Quantity.decimal(summary.lostAgentSeconds, places: 1)) agent-seconds lost"
    }

    /// `99.98 % instead of 99.91 %, score 100 instead of 98.2, 3 instead of 42 agent-seconds lost`.
    static func compare(_ without: Summary, _ with: Summary) -> String {
        let availability = Quantity.pair(without.availability, with.availability, unit: .share)
        let lost = (
            Quantity.decimal(without.lostAgentSeconds, places: 1), Quantity.decimal(with.lostAgentSeconds, places: 1)
        )
        return [
            instead(availability.value, availability.limit),
            "score " + instead(score(without.score), score(with.score)),
            lost.0 == lost.1
                ? "\(lost.0) agent-seconds lost as before" : "\(lost.0) instead of \(lost.1) agent-seconds lost",
        ].joined(separator: ", ")
    }

    private static func instead(_ without: String, _ with: String) -> String {
        without == with ? "\(without) as before" : "\(without) instead of \(with)"
    }

    private static func score(_ score: Double?) -> String { score.map { Quantity.decimal($0, places: 1) } ?? "none" }
}
