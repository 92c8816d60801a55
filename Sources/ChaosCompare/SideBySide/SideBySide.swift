public import ChaosPlan
public import ChaosReport
public import ChaosScore

/// Two finished runs beside each other, of whatever worlds: what each of them was worth and where they differ.
///
/// Unlike `Comparison` it judges nothing: a live run and its simulation have no better and worse.
public struct SideBySide: Sendable {
    public struct Side: Hashable, Sendable {
        /// As the operator named it.
        public var label: String
        public var scenario: String
        public var fleet: String
        public var world: String
        public var version: String
        public var seeds: [UInt64]
        public var verdict: Verdict
        public var planDigest: UInt64
        public var fleetDigest: UInt64
        /// Of a simulated run with faults, where somebody asked for it.
        public var grades: RunGrades?
    }

    /// One number of both runs.
    public struct Figure: Hashable, Sendable {
        public var name: String
        /// Nil for points of the score and per cent of coverage.
        public var unit: Metric.Unit?
        public var left: Double?
        public var right: Double?

        public var difference: Double? {
            guard let left, let right else { return nil }
            return right - left
        }
    }

    /// One fault instance; matched by its id.
    public struct FaultRow: Hashable, Sendable {
        public var id: String
        public var kind: String
        public var inLeft: Bool
        public var inRight: Bool
        /// Those that at least one side has, with the words for a side where it never ended.
        public var times: [Figure]
        public var openLeft: [String]
        public var openRight: [String]
    }

    /// Scores of the seeds that both repeated runs have.
    public struct Paired: Hashable, Sendable {
        public var seeds: [UInt64]
        public var unpaired: Int
        /// Right minus left, in points.
        public var meanDifference: Double
        /// Student's, 95 %; nil for a single pair.
        public var interval: Interval?
        /// The score's and each objective's difference, where the runs kept what each seed measured.
        public var rows: [PairedComparison.Row] = []
    }

    /// One seed of a repeated run.
    public struct Dot: Hashable, Sendable {
        public var score: Double
        public var verdict: Verdict
    }

    public var left: Side
    public var right: Side
    /// What makes the two less alike than they look, one sentence each.
    public var warnings: [String]
    public var summary: [Figure]
    public var objectives: [Comparison.Row]
    public var faults: [FaultRow]
    public var messages: [Figure]
    public var paired: Paired?
    /// Scores by seed of a repeated run; empty for a single one.
    public var leftDots: [Dot]
    public var rightDots: [Dot]

    /// - Parameter grades: how far a run's numbers may be trusted; nil for a live one.
    public init(
        _ left: Scorecard, named leftLabel: String, _ right: Scorecard, named rightLabel: String,
        grades: (Scorecard) -> RunGrades? = { _ in nil }
    ) {
        self.left = Self.side(left, leftLabel)
        self.right = Self.side(right, rightLabel)
        self.left.grades = grades(left)
        self.right.grades = grades(right)
        warnings = Self.warnings(left, right)
        summary = Self.summary(left, right)
        objectives = Comparison(left, right).rows
        faults = Self.faults(left.faults, right.faults)
        messages = Self.messages(left.facts.totals, right.facts.totals)
        paired = Self.paired(left, right)
        leftDots = Self.dots(left)
        rightDots = Self.dots(right)
    }

    private static func dots(_ card: Scorecard) -> [Dot] {
        card.perSeed.compactMap { seed in seed.score.map { Dot(score: $0, verdict: seed.verdict) } }
    }

    private static func side(_ card: Scorecard, _ label: String) -> Side {
        Side(
            label: label, scenario: card.scenario, fleet: card.fleet, world: card.world, version: card.version,
            seeds: card.seeds, verdict: card.verdict, planDigest: card.planDigest, fleetDigest: card.fleetDigest)
    }

    private static func warnings(_ left: Scorecard, _ right: Scorecard) -> [String] {
        var warnings: [String] = []
        if left.scenario != right.scenario {
            warnings.append("Different scenarios: \(left.scenario) and \(right.scenario).")
        }
        // A plan's digest covers its fleet too, so the narrower of the two is named.
        if left.fleetDigest != right.fleetDigest {
            warnings.append("Different fleets: \(left.fleet) and \(right.fleet) have different digests.")
        } else if left.planDigest != right.planDigest {
            warnings.append("Different plans: the scenario, its overrides or what is disabled is not the same.")
        }
        if left.version != right.version {
            warnings.append("Different versions of the engine: \(left.version) and \(right.version).")
        }
        if left.seeds.count != right.seeds.count {
            warnings.append("Not as many runs: \(left.seeds.count) and \(right.seeds.count).")
        } else if left.seeds != right.seeds {
            warnings.append("Different seeds: faults may hit other members at other times.")
        }
        let limits = left.objectives.compactMap { old -> String? in
            let new = right.objectives.first { $0.objective.id == old.objective.id }
            guard let new, new.objective.limit != old.objective.limit else { return nil }
            return old.objective.id
        }
        if !limits.isEmpty { warnings.append("Different limits: \(limits.joined(separator: ", ")).") }
        return warnings
    }

    private static func summary(_ left: Scorecard, _ right: Scorecard) -> [Figure] {
        let (a, b) = (left.facts, right.facts)
        func time(_ value: Nanoseconds?) -> Double? { value.map(Double.init) }
        let figures = [
            Figure(name: "score", unit: nil, left: left.score, right: right.score),
            Figure(name: "coverage", unit: nil, left: left.coverage, right: right.coverage),
            Figure(name: "availability over the run", unit: .share, left: a.availability, right: b.availability),
            Figure(
                name: "availability over the impact", unit: .share, left: a.availabilityImpact,
                right: b.availabilityImpact),
            Figure(
                name: "availability over the budget", unit: .share, left: a.availabilityBudget,
                right: b.availabilityBudget),
            Figure(name: "requests answered", unit: .share, left: a.successRatio, right: b.successRatio),
            Figure(name: "latency p50", unit: .time, left: time(a.latencyP50), right: time(b.latencyP50)),
            Figure(name: "latency p95", unit: .time, left: time(a.latencyP95), right: time(b.latencyP95)),
            Figure(name: "latency p99", unit: .time, left: time(a.latencyP99), right: time(b.latencyP99)),
            Figure(name: "resilience loss", unit: .agentSeconds, left: a.resilienceLoss, right: b.resilienceLoss),
        ]
        return figures.filter { $0.left != nil || $0.right != nil }
    }

    private static func faults(_ left: [FaultTimes], _ right: [FaultTimes]) -> [FaultRow] {
        let known = Set(left.map(\.id))
        let ids = left.map(\.id) + right.map(\.id).filter { !known.contains($0) }
        return ids.map { id in
            let a = left.first { $0.id == id }
            let b = right.first { $0.id == id }
            let times = FaultMeasure.allCases.map { measure in
                Figure(
                    name: measure.rawValue, unit: .time, left: a.flatMap(measure.value(of:)).map(Double.init),
                    right: b.flatMap(measure.value(of:)).map(Double.init))
            }
            func open(_ fault: FaultTimes?) -> [String] {
                FaultMeasure.allCases.filter { measure in fault.map { measure.isOpen($0) } ?? false }.map(\.rawValue)
            }
            let (openLeft, openRight) = (open(a), open(b))
            return FaultRow(
                id: id, kind: (a ?? b)?.kind ?? "", inLeft: a != nil, inRight: b != nil,
                times: times.filter {
                    $0.left != nil || $0.right != nil || openLeft.contains($0.name) || openRight.contains($0.name)
                }, openLeft: openLeft, openRight: openRight)
        }
    }

    private static func messages(_ left: Totals, _ right: Totals) -> [Figure] {
        let fields: [(String, KeyPath<Totals, Int>)] = [
            ("published", \.published), ("acknowledged", \.acknowledged), ("unanswered", \.indeterminate),
            ("delivered", \.delivered), ("delivered again", \.redelivered), ("lost, though acknowledged", \.lost),
            ("stored twice", \.duplicated), ("unexpected", \.unexpected), ("out of order", \.outOfOrder),
            ("divergent", \.divergent), ("dropped from a buffer", \.bufferDropped),
            ("buffer high water", \.bufferHighWater),
        ]
        guard left.published > 0 || right.published > 0 else { return [] }
        return fields.map { name, field in
            Figure(name: name, unit: .count, left: Double(left[keyPath: field]), right: Double(right[keyPath: field]))
        }
    }

    /// Nil unless both are repeated runs with at least one seed in common.
    private static func paired(_ left: Scorecard, _ right: Scorecard) -> Paired? {
        var scores: [UInt64: Double] = [:]
        for seed in right.perSeed { scores[seed.seed] = seed.score }
        let pairs = left.perSeed.compactMap { seed -> (UInt64, Double)? in
            guard let old = seed.score, let new = scores[seed.seed] else { return nil }
            return (seed.seed, new - old)
        }
        guard let first = pairs.first else { return nil }
        let estimate = MeanInterval.studentT(of: pairs.map(\.1))
        return Paired(
            seeds: pairs.map(\.0), unpaired: left.perSeed.count + right.perSeed.count - 2 * pairs.count,
            meanDifference: estimate?.mean ?? first.1, interval: estimate?.interval, rows: rows(left, right))
    }

    private static func rows(_ left: Scorecard, _ right: Scorecard) -> [PairedComparison.Row] {
        var partner: [UInt64: SeedResult] = [:]
        for seed in right.perSeed { partner[seed.seed] = seed }
        let pairs = left.perSeed.compactMap { seed in partner[seed.seed].map { (seed, $0) } }
        let score = PairedComparison.row("score", nil, false, pairs.map { ($0.score, $1.score) })
        let objectives = left.objectives.compactMap { result -> PairedComparison.Row? in
            let objective = result.objective
            let isInBoth = right.objectives.contains {
                $0.objective.id == objective.id && $0.objective.metric == objective.metric
            }
            guard isInBoth else { return nil }
            let largerIsWorse = if case .max = objective.limit { true } else { false }
            let results = pairs.map { ($0.objectives.first(id: objective.id), $1.objectives.first(id: objective.id)) }
            var row = PairedComparison.row(
                objective.id, objective.metric.unit, largerIsWorse, results.map { ($0?.value, $1?.value) })
            row?.turnedMissed = results.count { $0?.judgement != .missed && $1?.judgement == .missed }
            row?.turnedHeld = results.count { $0?.judgement == .missed && $1?.judgement != .missed }
            return row
        }
        return [score].compactMap { $0 } + objectives
    }
}

extension [SeedObjective] {
    fileprivate func first(id: String) -> SeedObjective? { first { $0.id == id } }
}
