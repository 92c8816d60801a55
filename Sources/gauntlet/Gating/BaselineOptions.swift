import ArgumentParser
import ChaosReport

/// What a gate compares with, and how strictly.
struct BaselineOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Compares with this baseline (default: reports/baselines/SCENARIO.json, if there is one).",
            valueName: "file"), completion: .file())
    var baseline: String?

    @Flag(help: "Compares with no baseline, though there is one.")
    var noBaseline = false

    @Option(
        name: .customLong("margin"), parsing: .singleValue,
        help: ArgumentHelp(
            "How much worse than the baseline a metric may be: score=1, failover-time=10%, latency-p95=50ms. May be repeated.",
            valueName: "name=amount"))
    var marginTexts: [String] = []

    @Option(help: "Of each comparison that is not exact, one-sided (default: the baseline's, 95%).")
    var confidence: ShareArgument?

    @Flag(help: "Passes though the plan asks for less than the baseline's, or was changed with --set; says how.")
    var acceptPlanChange = false

    func validate() throws {
        guard !noBaseline || baseline == nil else {
            throw ValidationError("--baseline and --no-baseline contradict each other")
        }
        try Self.check(confidence)
        _ = try margins()
    }

    static func check(_ confidence: ShareArgument?) throws {
        if let confidence, !(0.5001...0.9999).contains(confidence.fraction) {
            throw ValidationError("--confidence takes more than 50% and less than 100%, not \(confidence)")
        }
    }

    func margins() throws -> [Margin] { try Self.margins(marginTexts) }

    static func margins(_ texts: [String]) throws -> [Margin] {
        try texts.map { text in
            switch Margin.parse(text) {
            case .success(let margin): return margin
            case .failure(let problem): throw ValidationError("--margin: \(problem)")
            }
        }
    }

    /// The baseline to compare a run of this scenario with, if any.
    func find(scenario: String) throws(Failure) -> StoredBaseline? {
        noBaseline ? nil : try StoredBaseline.find(baseline, scenario: scenario)
    }
}
