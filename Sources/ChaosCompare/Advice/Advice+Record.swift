import ChaosPlan
import ChaosScore

extension Advice: Encodable {
    /// Format of `advice.json`.
    public static let format = 1

    /// What `advice.json` and `--json` have: values in the unit that stands beside them, differences are with the change
    /// minus without.
    private struct Record: Encodable {
        struct Line: Encodable {
            var objective: String
            var sentence: String
        }

        struct Objective: Encodable {
            var id: String
            var unit: String
            var limit: String
            var held: Int
            var seeds: Int
            var value: Double?
            var missedOnFirstSeed: Bool
            var influence: String
            var options: [Option]
        }

        struct Option: Encodable {
            var set: [String]
            var words: String
            var nature: String
            var promised: [String]
            var outcome: String
            var seeds: Int
            var heldBefore: Int
            var heldAfter: Int
            var heldLow: Double
            var heldHigh: Double
            var effect: Effect
            var p: Double
            var adjustedP: Double
            var breaks: [String]
            var costs: [String]
            var otherObjectives: [Effect]
            var facts: [Effect]
        }

        struct Effect: Encodable {
            var name: String
            var unit: String
            var before: Double?
            var after: Double?
            var difference: Double?
            var low: Double?
            var high: Double?
            var method: String?
            var pairs: Int
            var heldBefore: Int?
            var heldAfter: Int?
            var broken: Bool?
        }

        var gauntletAdvice = Advice.format
        var scenario: String
        var fleet: String
        var seeds: [UInt64]
        var screeningSeeds: [UInt64]
        var dials: Int
        var effectiveDials: Int
        var changes: Int
        var runs: Int
        var interrupted: Bool
        var correction = "holm"
        var lines: [Line]
        var objectives: [Objective]
    }

    public func encode(to encoder: any Encoder) throws {
        try Record(
            scenario: scenario, fleet: fleet, seeds: seeds, screeningSeeds: screeningSeeds, dials: levers,
            effectiveDials: effectiveLevers, changes: changes, runs: runs, interrupted: isInterrupted,
            lines: entries.map { .init(objective: $0.objective.id, sentence: $0.sentence) },
            objectives: entries.map(Self.objective)
        ).encode(to: encoder)
    }

    private static func objective(_ entry: Entry) -> Record.Objective {
        let (word, limit): (String, Double) =
            switch entry.objective.limit {
            case .max(let value): ("max", value)
            case .min(let value): ("min", value)
            }
        return Record.Objective(
            id: entry.objective.id, unit: entry.objective.metric.unit.word,
            limit: "\(word) \(Quantity.text(limit, unit: entry.objective.metric.unit))", held: entry.held,
            seeds: entry.seeds, value: entry.value, missedOnFirstSeed: entry.isMissedAtFirst,
            influence: entry.influence.rawValue, options: entry.options.map { option($0, for: entry.objective) })
    }

    private static func option(_ option: Option, for objective: Objective) -> Record.Option {
        Record.Option(
            set: option.change.overrides, words: option.change.words, nature: option.change.nature.rawValue,
            promised: option.change.promised, outcome: option.outcome.rawValue, seeds: option.seeds,
            heldBefore: option.heldBefore, heldAfter: option.heldAfter, heldLow: option.heldInterval.low,
            heldHigh: option.heldInterval.high,
            effect: effect(objective.id, objective.metric.unit.word, option.effect), p: option.p,
            adjustedP: option.adjustedP, breaks: option.breaks, costs: option.costs,
            otherObjectives: option.others.map { side in
                var record = effect(side.objective.id, side.objective.metric.unit.word, side.effect)
                record.heldBefore = side.heldBefore
                record.heldAfter = side.heldAfter
                record.broken = side.isBroken
                return record
            },
            facts: AdviceFact.allCases.compactMap { fact in
                option.facts[fact].map { effect(fact.rawValue, fact.unit?.word ?? "count", $0) }
            })
    }

    private static func effect(_ name: String, _ unit: String, _ effect: PairedEffect) -> Record.Effect {
        Record.Effect(
            name: name, unit: unit, before: effect.before, after: effect.after, difference: effect.difference,
            low: effect.interval?.low, high: effect.interval?.high, method: effect.interval?.method,
            pairs: effect.pairs)
    }
}
