import ChaosPlan
import ChaosReport
import ChaosScore

/// Both worlds' values of one metric: the two distribution functions as steps, and below them a strip of dots each, on one
/// scale. Shapes are told apart by dash and height, not by colour alone.
enum DistributionFigure {
    private static let width = 1000.0
    private static let height = 92.0
    /// Of the strips, below the steps.
    private static let strips = [104.0, 118.0]

    static let style: Markup = """
        .small { display: grid; grid-template-columns: repeat(auto-fill, minmax(290px, 1fr)); gap: 30px 36px; }
        .small figure { margin: 0; } .small figcaption { display: block; margin-bottom: 4px; } .small figcaption span { display: block; }
        .small svg.ecdf { display: block; width: 100%; height: 126px; overflow: visible; }
        .ecdf path { fill: none; vector-effect: non-scaling-stroke; stroke-width: 1.8; }
        .ecdf .simulated, .key .simulated { stroke: var(--blue); } .ecdf .live, .key .live { stroke: var(--missed); stroke-dasharray: 5 3; }
        .ecdf .dots.simulated { stroke: var(--blue); stroke-dasharray: none; } .ecdf .dots.live { stroke: var(--missed); stroke-dasharray: none; }
        .ecdf path.dots { stroke-width: 5; } .ecdf path.frame { stroke: var(--line); stroke-width: 1; }
        .ecdf rect.range { fill: var(--blue); fill-opacity: .1; }
        .ends { display: flex; justify-content: space-between; font-size: 12px; color: var(--soft); }
        .key { display: flex; flex-wrap: wrap; gap: 4px 20px; font-size: 14px; color: var(--soft); margin-bottom: 18px; }
        .key span { display: inline-flex; gap: 7px; align-items: center; } .key path { fill: none; stroke-width: 2; }

        """

    static let key: Markup = """
        <p class="key"><span><svg width="26" height="10" aria-hidden="true"><path class="simulated" d="M0 5H26"/></svg>simulated</span><span><svg width="26" height="10" aria-hidden="true"><path class="live" d="M0 5H26"/></svg>live</span><span>steps: share of trials not above the value; dots: one trial each; shaded: the simulation's 5–95 %</span></p>

        """

    static func render(_ metric: FidelityMetric, id: String) -> Markup {
        let all = metric.simulated.values + metric.live.values
        guard let low = all.min(), let high = all.max() else { return .empty }
        // Equal values stand in the middle.
        func x(_ value: Double) -> Double { high > low ? (value - low) / (high - low) * width : width / 2 }
        var frame = Outline()
        for y in [0, height / 2, height] {
            frame.move(0, y)
            frame.horizontal(width)
        }
        var range: Markup = .empty
        if let coverage = metric.coverage {
            let left = max(0, x(coverage.low))
            range =
                "<rect class=\"range\" x=\"\(left)\" y=\"0\" width=\"\(max(2, x(coverage.high) - left))\" height=\"\(height)\"/>"
        }
        return """
            <figure><figcaption><h4>\(metric.quantity.name)</h4><span>\(words(metric))</span></figcaption>
            <svg class="ecdf" viewBox="0 -4 1000 130" preserveAspectRatio="none" role="img" aria-labelledby="\(id)">
            <title id="\(id)">\(description(metric))</title>
            \(range)<path class="frame" d="\(frame.d)"/>
            \(steps(metric.simulated.values, "simulated", x))\(steps(metric.live.values, "live", x))
            \(dots(metric.simulated.values, "simulated", strips[0], x))\(dots(metric.live.values, "live", strips[1], x))
            </svg>
            <p class="ends" aria-hidden="true"><span>\(metric.text(low))</span><span>\(metric.text(high))</span></p>
            </figure>

            """
    }

    private static func words(_ metric: FidelityMetric) -> String {
        var parts = [metric.judgementText]
        if metric.bias != nil { parts.append("bias \(metric.biasText)") }
        if let distance = metric.wasserstein { parts.append("W₁ \(metric.text(distance))") }
        return parts.joined(separator: " · ")
    }

    private static func description(_ metric: FidelityMetric) -> String {
        "\(metric.quantity.name): simulated median \(metric.simulatedText) of \(metric.simulated.values.count), live median \(metric.liveText) of \(metric.live.values.count)"
    }

    private static func steps(_ values: [Double], _ world: Markup, _ x: (Double) -> Double) -> Markup {
        guard !values.isEmpty else { return .empty }
        var outline = Outline()
        outline.move(0, height)
        for (index, value) in values.enumerated() {
            outline.horizontal(x(value))
            outline.vertical(height * (1 - Double(index + 1) / Double(values.count)))
        }
        outline.horizontal(width)
        return "<path class=\"\(world)\" d=\"\(outline.d)\"/>"
    }

    private static func dots(_ values: [Double], _ world: Markup, _ y: Double, _ x: (Double) -> Double) -> Markup {
        guard !values.isEmpty else { return .empty }
        var outline = Outline()
        for value in values { outline.dot(x(value), y) }
        return "<path class=\"dots \(world)\" d=\"\(outline.d)\"/>"
    }
}
