import ChaosPlan
import ChaosReport
import ChaosScore

/// `fidelity.html`: which numbers of the simulated world may be believed, and why.
public enum FidelityPage {
    public static func render(_ report: FidelityReport) -> String {
        HTMLDocument.render(
            title: "Fidelity of the simulated world", version: EngineVersion.text, style: DistributionFigure.style,
            sections: [header(report), grades(report)] + report.scenarios.enumerated().map { scenario($1, number: $0) }
                + [mechanisms(report), verdicts(report), method(report), calibration(report.calibration)])
    }

    private static func header(_ report: FidelityReport) -> Markup {
        let validated = report.grades.count { $0.level == .validated }
        let live = report.scenarios.reduce(0) { $0 + $1.liveRuns.count }
        let simulated = report.scenarios.reduce(0) { $0 + $1.simulatedRuns.count }
        let notes = report.warnings.map { warning -> Markup in
            "<p class=\"note\">\(Icon.judgement(.inconclusive))\(warning)</p>\n"
        }
        let fleets = report.fleetSentences.map { sentence -> Markup in "<p>\(sentence)</p>\n" }
        return """
            <header>
            <p class="eyebrow">Gauntlet <span>\(report.scenarios.count) scenarios</span> <span>\(simulated) simulated trials</span> <span>\(live) live trials</span></p>
            <h1>Fidelity of the simulated world</h1>
            <p class="lede">\(validated) of \(report.grades.count) fault kinds validated. The same plans in both worlds, scored by the same code.</p>
            \(notes)\(fleets)</header>

            """
    }

    private static func grades(_ report: FidelityReport) -> Markup {
        guard !report.grades.isEmpty else { return .empty }
        let rows = report.grades.map { grade -> Markup in
            let judgement: Judgement =
                switch grade.level {
                case .validated: .held
                case .partial: .inconclusive
                case .unvalidated: .missed
                }
            let kind: Markup =
                switch grade.level {
                case .validated: "held"
                case .partial: "unsure"
                case .unvalidated: "missed"
                }
            let missing = grade.missing.map { sentence -> Markup in "<small>\(sentence)</small>" }
            return """
                <tr class="\(kind)"><td><span class="judged">\(Icon.judgement(judgement))\(grade.level.rawValue)</span></td><th scope="row">\(grade.kind)</th><td class="n">\(grade.trials)</td><td class="n">\(grade.equivalent) of \(grade.compared)</td><td>\(missing)</td></tr>

                """
        }
        return """
            <section><h2>Grades</h2>
            <p>Validated takes \(report.margins.trials) live trials of the fault kind, and equivalence shown for availability over the impact and for each of its times.</p>
            <table><thead><tr><th scope="col">Grade</th><th scope="col">Fault kind</th><th scope="col" class="n">Live trials</th><th scope="col" class="n">Equivalent</th><th scope="col">Missing</th></tr></thead>
            <tbody>
            \(rows)</tbody></table>
            </section>

            """
    }

    private static func scenario(_ scenario: FidelityScenario, number: Int) -> Markup {
        let figures = scenario.metrics.enumerated().map { index, metric in
            DistributionFigure.render(metric, id: "s\(number)m\(index)")
        }
        let hasNaive = scenario.metrics.contains { $0.naiveWasserstein != nil }
        let naiveHead: Markup = hasNaive ? "<th scope=\"col\" class=\"n\">W₁ naive</th>" : .empty
        let rows = scenario.metrics.map { metric -> Markup in
            let naive: Markup = hasNaive ? "<td class=\"n\">\(metric.text(metric.naiveWasserstein))</td>" : .empty
            return """
                <tr><th scope="row">\(metric.quantity.name)</th><td class="n">\(metric.simulatedText)</td><td class="n">\(metric.liveText)</td><td class="n">\(metric.biasText)<small>\(metric.biasIntervalText)</small></td><td>\(metric.judgementText)<small>\(metric.equivalenceText)</small></td><td class="n">\(metric.text(metric.wasserstein))</td>\(naive)<td class="n">\(metric.kolmogorovText)</td><td class="n">\(metric.coverageText)</td></tr>

                """
        }
        return """
            <section><h2>\(scenario.name)</h2>
            <p>\(scenario.simulatedRuns.count) simulated and \(scenario.liveRuns.count) live trials. Differences are simulated minus live.</p>
            \(DistributionFigure.key)<div class="small">
            \(figures)</div>
            <details><summary>All numbers</summary><div class="scroll"><table>
            <thead><tr><td></td><th scope="col" class="n">Simulated</th><th scope="col" class="n">Live</th><th scope="col" class="n">Bias (95 %)</th><th scope="col">Equivalence</th><th scope="col" class="n">W₁</th>\(naiveHead)<th scope="col" class="n">KS</th><th scope="col" class="n">Inside 5–95 %</th></tr></thead>
            <tbody>
            \(rows)</tbody></table></div></details>
            </section>

            """
    }

    private static func mechanisms(_ report: FidelityReport) -> Markup {
        let rows = report.biases.map { bias -> Markup in
            "<tr><th scope=\"row\">\(bias.measure.rawValue)</th><td class=\"n\">\(bias.faults)</td><td class=\"n\">\(FidelityMetric.percent(bias.median))</td><td class=\"n\">\(FidelityMetric.percent(bias.low)) … \(FidelityMetric.percent(bias.high))</td></tr>\n"
        }
        let table: Markup =
            rows.isEmpty
            ? "<p>No fault has times in both worlds yet.</p>"
            : """
            <table><thead><tr><th scope="col">Mechanism</th><th scope="col" class="n">Faults</th><th scope="col" class="n">Median bias</th><th scope="col" class="n">From … to</th></tr></thead>
            <tbody>
            \(rows)</tbody></table>
            """
        return """
            <section><h2>Bias by mechanism</h2>
            <p>Simulated minus live, as a share of the live median. Errors that cancel in availability show here.</p>
            \(table)
            </section>

            """
    }

    private static func verdicts(_ report: FidelityReport) -> Markup {
        let heads = VerdictMatrix.order.map { found -> Markup in
            "<th scope=\"col\" class=\"n\">live \(found.rawValue)</th>"
        }
        let rows = VerdictMatrix.order.map { foretold -> Markup in
            let cells = VerdictMatrix.order.map { found -> Markup in
                let isFalse = foretold == .held && found == .missed && report.verdicts.falsePasses > 0
                let count = report.verdicts[foretold, found]
                return "<td class=\"n\">\(count)\(isFalse ? "<small>false passes</small>" as Markup : .empty)</td>"
            }
            return "<tr><th scope=\"row\">foretold \(foretold.rawValue)</th>\(cells)</tr>\n"
        }
        return """
            <section><h2>Verdicts</h2>
            <p>\(report.falsePassSentence) \(report.tauSentence)</p>
            <table><thead><tr><td></td>\(heads)</tr></thead><tbody>
            \(rows)</tbody></table>
            </section>

            """
    }

    private static func method(_ report: FidelityReport) -> Markup {
        """
        <section><h2>How to read this</h2>
        <p>\(report.marginSentence)</p>
        <p>W₁ is the area between the two distribution functions, in the metric's unit. KS is their largest gap; beside it stands the gap that chance alone may open at these numbers of trials. Inside 5–95 % counts live trials within the simulation's own range; nine of ten should be. A trial is a run: of several instances of a fault in one run, the median counts.</p>
        </section>

        """
    }

    private static func calibration(_ record: CalibrationRecord?) -> Markup {
        guard let record else {
            return
                "<section><h2>Calibration</h2><p>The fleet's numbers were not calibrated on live runs.</p></section>\n"
        }
        let rows = record.values.map { value -> Markup in
            "<tr><th scope=\"row\">\(value.path)<small>\(value.method)</small></th><td class=\"n\">\(value.before)</td><td class=\"n\">\(value.after)</td><td class=\"n\">\(value.samples)</td></tr>\n"
        }
        return """
            <section><h2>Calibration</h2>
            <p>\(record.date), on \(record.runs.count) runs (\(record.worlds.joined(separator: ", "))), gauntlet \(record.version)\(record.commit.map { " at \($0)" } ?? "").</p>
            <table><thead><tr><th scope="col">Value</th><th scope="col" class="n">Before</th><th scope="col" class="n">Measured</th><th scope="col" class="n">Samples</th></tr></thead>
            <tbody>
            \(rows)</tbody></table>
            </section>

            """
    }
}
