/// One objective that was missed, and the single change that was tried and would have met it.
public struct AdviceLine: Hashable, Sendable {
    /// Its id.
    public var objective: String
    /// What was changed, what it did with its interval, and what it cost elsewhere: `heartbeat 5 s → 2 s: failover 7.1 s → 3.4 s
    /// (±0.2), +3 % traffic`.
    public var sentence: String

    public init(objective: String, sentence: String) {
        self.objective = objective
        self.sentence = sentence
    }
}

/// Changes that were tried in the simulator.
enum AdviceSection {
    static func render(_ advice: [AdviceLine]) -> Markup {
        guard !advice.isEmpty else { return .empty }
        let items = advice.map { line -> Markup in
            "<li><p><strong>\(line.objective)</strong> \(line.sentence)</p></li>\n"
        }
        return """
            <section aria-labelledby="advice">
            <h2 id="advice">What would have met it</h2>
            <p>Each line is one change by itself, tried over the same seeds as the run without it.</p>
            <ul class="failures">
            \(items)</ul>
            </section>

            """
    }
}
