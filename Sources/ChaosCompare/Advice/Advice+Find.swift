public import ChaosPlan
import ChaosScore

extension Advice {
    /// What is to be tried, and on what.
    public struct Request: Sendable {
        /// For judging, the recorded run's own first.
        public var seeds: [UInt64]
        /// Of objectives; empty for all that are missed.
        public var objectives: [String] = []
        /// Instead of what the fleet's parameters suggest.
        public var candidates: [PolicyChange]?
        /// Runs at once; the answer is the same for any number.
        public var jobs = 1

        public init(seeds: [UInt64], objectives: [String] = [], candidates: [PolicyChange]? = nil, jobs: Int = 1) {
            precondition(!seeds.isEmpty, "advice needs at least one seed")
            self.seeds = seeds
            self.objectives = objectives
            self.candidates = candidates
            self.jobs = jobs
        }

        /// As many seeds for choosing among candidates.
        static let screening = 6
    }

    /// Runs the plan, then changes of its fleet on the same seeds, and says which of them would have met what it missed.
    ///
    /// - Parameters:
    ///   - read: the plan under overrides as `--set` takes them; nil where it cannot be read so.
    ///   - isStopped: asked now and then; once true, what was found so far is the answer.
    ///   - progress: how far it is, 0...1.
    public static func find(
        read: @escaping @Sendable (_ overrides: [String]) -> Plan?, request: Request,
        isStopped: @escaping () -> Bool = { false }, progress: @escaping (Double) -> Void = { _ in }
    ) async -> Advice {
        let screening = Self.screening(besides: request.seeds)
        var advice = Advice(scenario: "", fleet: "", seeds: request.seeds, screeningSeeds: screening)
        guard let plan = read([]) else {
            advice.failure = "the scenario cannot be read"
            return advice
        }
        advice.scenario = plan.name
        advice.fleet = plan.fleet.name
        // Who names the candidates may try anything; what is derived has to make sense.
        let known = SensibleFleet.broken(plan.fleet)
        let sensible: @Sendable ([String]) -> Plan? = { overrides in
            read(overrides).flatMap { SensibleFleet.broken($0.fleet).isSubset(of: known) ? $0 : nil }
        }
        let runs = AdviceRuns(
            read: request.candidates == nil ? sensible : read, jobs: request.jobs, isStopped: isStopped,
            progress: progress)
        runs.proceed(to: 0.08)
        await runs.run([nil], on: request.seeds + screening)
        let base = runs.samples(nil, request.seeds)
        guard base.count == request.seeds.count else {
            advice.isInterrupted = runs.wasStopped
            if !runs.wasStopped { advice.failure = "the fleet failed as it is" }
            return advice
        }
        let targets = plan.objectives.indices.filter { index in
            request.objectives.isEmpty
                ? isMissed(plan.objectives[index], base.map { $0.objectives[index].judgement })
                : request.objectives.contains(plan.objectives[index].id)
        }
        let judge = AdviceJudge(plan: plan, runs: runs, seeds: request.seeds, screening: screening)
        if !targets.isEmpty {
            let levers = request.candidates.map(Self.levers) ?? LeverCatalogue(plan: plan).levers
            var finalists = request.candidates ?? []
            advice.levers = levers.count
            if request.candidates == nil {
                let search = AdviceSearch(runs: runs, plan: plan, screening: screening, targets: targets)
                let found = await search.find(levers)
                advice.effectiveLevers = found.acting.count
                finalists = found.finalists
            }
            runs.proceed(to: 0.92)
            await runs.run(finalists, on: request.seeds)
            if request.candidates != nil { advice.effectiveLevers = effective(finalists, runs, request.seeds) }
            let tried = levers.flatMap(\.changes)
            advice.entries = targets.map {
                judge.entry($0, candidates: finalists, influence: judge.influence($0, of: tried))
            }
            runs.proceed(to: 1)
            await addFalseDetections(to: &advice, runs, judge)
        }
        advice.changes = runs.tried
        advice.runs = runs.runs
        advice.isInterrupted = runs.wasStopped
        progress(1)
        return advice
    }

    /// Missed on the run's own seed, or on more seeds than almost none.
    private static func isMissed(_ objective: Objective, _ judgements: [Judgement]) -> Bool {
        guard !objective.advisory, !objective.isElsewhere(in: "simulated") else { return false }
        let missed = judgements.count { $0 == .missed }
        return judgements[0] == .missed || Double(missed) > (1 - enough) * Double(judgements.count)
    }

    private static func levers(_ candidates: [PolicyChange]) -> [Lever] {
        candidates.map { Lever(name: $0.lever, alternatives: [$0]) }
    }

    private static func effective(_ changes: [PolicyChange], _ runs: AdviceRuns, _ seeds: [UInt64]) -> Int {
        let before = runs.samples(nil, seeds)
        return changes.count { change in
            zip(before, runs.samples(change, seeds)).contains { $0.hash != $1.hash }
        }
    }

    /// The next ones that are not among them.
    private static func screening(besides seeds: [UInt64]) -> [UInt64] {
        let taken = Set(seeds)
        var next = seeds.max()!
        var result: [UInt64] = []
        while result.count < Request.screening {
            next &+= 1
            if !taken.contains(next) { result.append(next) }
        }
        return result
    }

    /// Of what is recommended, and of what stands beside it.
    private static func addFalseDetections(to advice: inout Advice, _ runs: AdviceRuns, _ judge: AdviceJudge) async {
        let shown = advice.entries.flatMap { $0.options.prefix(3).map(\.change) }
        guard !shown.isEmpty, !runs.wasStopped else { return }
        await runs.run([nil] + shown, on: advice.seeds, isControl: true)
        for entry in advice.entries.indices {
            for option in advice.entries[entry].options.indices {
                let change = advice.entries[entry].options[option].change
                advice.entries[entry].options[option].facts[.falseDetections] = judge.falseDetections(change)
            }
        }
    }
}
