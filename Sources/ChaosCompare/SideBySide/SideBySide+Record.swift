import ChaosPlan
import ChaosReport
import ChaosScore

extension SideBySide: Encodable {
    /// What `--json` prints: values in the unit that stands beside them, `difference` is B minus A.
    private struct Record: Encodable {
        struct Run: Encodable {
            var directory: String
            var scenario: String
            var fleet: String
            var world: String
            var version: String
            var seeds: [UInt64]
            var verdict: String
            var planDigest: String
            var fleetDigest: String
            var fidelity: RunGrades?
        }

        struct Number: Encodable {
            var name: String
            var unit: String
            var a: Double?
            var b: Double?
            var difference: Double?
        }

        struct Objective: Encodable {
            var id: String
            var unit: String
            var a: Result?
            var b: Result?
            var difference: Double?
        }

        struct Result: Encodable {
            var judgement: String
            var value: Double?
            var censored: Bool
        }

        struct Fault: Encodable {
            var id: String
            var kind: String
            var inA: Bool
            var inB: Bool
            var times: [Number]
            var neverInA: [String]
            var neverInB: [String]
        }

        struct Paired: Encodable {
            var seeds: [UInt64]
            var unpaired: Int
            var meanScoreDifference: Double
            var low: Double?
            var high: Double?
            var differences: [Difference]
        }

        struct Difference: Encodable {
            var name: String
            var unit: String
            var pairs: Int
            var mean: Double
            var low: Double?
            var high: Double?
            var turnedMissed: Int
            var turnedHeld: Int
        }

        var a: Run
        var b: Run
        var warnings: [String]
        var summary: [Number]
        var objectives: [Objective]
        var faults: [Fault]
        var messages: [Number]
        var paired: Paired?
    }

    public func encode(to encoder: any Encoder) throws {
        try Record(
            a: Self.run(left), b: Self.run(right), warnings: warnings, summary: summary.map(Self.number),
            objectives: objectives.map { row in
                Record.Objective(
                    id: row.objective, unit: row.unit.word, a: row.before.map(Self.result),
                    b: row.after.map(Self.result), difference: row.difference)
            },
            faults: faults.map {
                Record.Fault(
                    id: $0.id, kind: $0.kind, inA: $0.inLeft, inB: $0.inRight, times: $0.times.map(Self.number),
                    neverInA: $0.openLeft, neverInB: $0.openRight)
            },
            messages: messages.map(Self.number),
            paired: paired.map {
                Record.Paired(
                    seeds: $0.seeds, unpaired: $0.unpaired, meanScoreDifference: $0.meanDifference,
                    low: $0.interval?.low, high: $0.interval?.high,
                    differences: $0.rows.map { row in
                        Record.Difference(
                            name: row.name, unit: row.unit?.word ?? "points", pairs: row.pairs,
                            mean: row.meanDifference, low: row.interval?.low, high: row.interval?.high,
                            turnedMissed: row.turnedMissed, turnedHeld: row.turnedHeld)
                    })
            }
        ).encode(to: encoder)
    }

    private static func run(_ side: Side) -> Record.Run {
        Record.Run(
            directory: side.label, scenario: side.scenario, fleet: side.fleet, world: side.world,
            version: side.version, seeds: side.seeds, verdict: side.verdict.rawValue,
            planDigest: JournalHash.text(side.planDigest), fleetDigest: JournalHash.text(side.fleetDigest),
            fidelity: side.grades)
    }

    private static func number(_ figure: Figure) -> Record.Number {
        Record.Number(
            name: figure.name, unit: figure.unit?.word ?? "points", a: figure.left, b: figure.right,
            difference: figure.difference)
    }

    private static func result(_ side: Comparison.Side) -> Record.Result {
        Record.Result(judgement: side.judgement.rawValue, value: side.value, censored: side.censored)
    }
}

extension Metric.Unit {
    /// In JSON.
    var word: String {
        switch self {
        case .share: "share"
        case .time: "ns"
        case .count: "count"
        case .agentSeconds: "agent_seconds"
        }
    }
}
