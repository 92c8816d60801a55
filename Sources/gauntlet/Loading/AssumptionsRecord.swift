import ChaosCompare
import ChaosScore

/// `list --assumptions --json`.
struct AssumptionsRecord: Encodable {
    struct Flip: Encodable {
        var parameter: String
        var assumed: String
        var value: String
        var objective: String
        var from: String
        var to: String
        var seeds: [UInt64]
    }

    var scenario: String
    var seeds: [UInt64]
    var objectives: [String]
    var parameters: Int
    /// Objectives that flip somewhere within the assumed ranges.
    var flipping: [String]
    var flips: [Flip]
    var withoutEffect: [String]

    init(_ report: AssumptionReport) {
        scenario = report.scenario
        seeds = report.seeds
        objectives = report.objectives
        parameters = report.entries.count
        flipping = report.flipping
        withoutEffect = report.withoutEffect
        flips = report.entries.flatMap { entry in
            entry.settings.flatMap { setting in
                setting.flips.map { flip in
                    Flip(
                        parameter: entry.path, assumed: entry.value, value: setting.value, objective: flip.objective,
                        from: flip.from.rawValue, to: flip.to.rawValue, seeds: flip.seeds)
                }
            }
        }
    }
}
