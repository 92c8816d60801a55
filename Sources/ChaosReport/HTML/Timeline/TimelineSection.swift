import ChaosPlan
import ChaosScore

/// Everything over one time axis: phases, faults, availability, mechanisms, latency, disks, hosts, and who was down.
enum TimelineSection {
    static func render(_ page: Page) -> Markup {
        let backdrop = self.backdrop(page)
        let panels = [
            FaultPanel.render(page, backdrop: backdrop), AvailabilityPanel.render(page, backdrop: backdrop),
            MechanismPanel.render(page, backdrop: backdrop), LatencyPanel.render(page, backdrop: backdrop),
            DiskPanel.render(page, backdrop: backdrop), LoadPanel.render(page, backdrop: backdrop),
            HeatPanel.render(page, backdrop: backdrop),
        ]
        return """
            <section aria-labelledby="timeline">
            <h2 id="timeline">Timeline</h2>
            \(notes(page))
            \(tools)<div id="axis" class="axis" tabindex="0" role="group" aria-label="Timeline. With scripts, the arrow keys move a cursor over it, plus and minus look closer and further away, shift and an arrow move along, Escape shows the whole run.">
            <div id="cursor" hidden="hidden"></div>
            <div id="selection" hidden="hidden"></div>
            <output id="readout" hidden="hidden"></output>
            \(phases(page))
            \(panels)
            \(ticks(page))
            </div>
            <script type="application/json" id="points">\(Readout.json(page))</script>
            \(violations(page.timeline))
            </section>

            """
    }

    /// For pointers and fingers; the script shows them.
    private static let tools: Markup = """
        <div id="tools" class="tools" role="group" aria-label="Zoom of the timeline" hidden="hidden">
        <button type="button" data-zoom="in" aria-label="Closer">+</button><button type="button" data-zoom="out" aria-label="Further away">−</button><button type="button" data-zoom="back" aria-label="Earlier">←</button><button type="button" data-zoom="on" aria-label="Later">→</button><button type="button" data-zoom="fault">Next fault</button><button type="button" data-zoom="all">Whole run</button>
        <output id="range"></output><span class="hint">Drag to look closer, or use + − ← → Esc.</span>
        <div class="overview" aria-hidden="true"><div id="thumb"></div></div>
        </div>

        """

    /// Drawn behind each panel, so that the eye can follow a fault down the page.
    private static func backdrop(_ page: Page) -> (Double) -> Markup {
        let scale = page.scale
        var spans: [(Double, Double)] = []
        for band in page.timeline.faults {
            guard let start = band.effective else { continue }
            let x = scale.x(start)
            let width = max(0.8, scale.x(band.reverted ?? (isLasting(band, page) ? page.timeline.observed : start)) - x)
            spans.append((x, width))
        }
        let edges = page.timeline.phases.dropFirst().map { scale.x($0.start) }
        let gridlines = scale.ticks.dropFirst().map { scale.x($0.time) }
        let unseen = page.timeline.observed < page.timeline.end ? scale.x(page.timeline.observed) : nil
        return { height in
            var bands = Outline()
            for (x, width) in spans { bands.box(x, 0, width: width, height: height) }
            var lines = Outline()
            for x in gridlines {
                lines.move(x, 0)
                lines.vertical(height)
            }
            var phases = Outline()
            for x in edges {
                phases.move(x, 0)
                phases.vertical(height)
            }
            let shade: Markup =
                unseen.map {
                    "<rect class=\"unseen\" x=\"\($0)\" y=\"0\" width=\"\(TimeScale.width - $0)\" height=\"\(height)\"/>"
                } ?? .empty
            return
                "<path class=\"band\" d=\"\(bands.d)\"/><path class=\"grid times\" d=\"\(lines.d)\"/><path class=\"edge\" d=\"\(phases.d)\"/>\(shade)"
        }
    }

    static func isLasting(_ band: Timeline.FaultBand, _ page: Page) -> Bool {
        page.header.faults.indices.contains(band.instance) && page.header.faults[band.instance].duration != nil
    }

    private static func phases(_ page: Page) -> Markup {
        let timeline = page.timeline
        var plot = Plot(
            id: "phases", title: "Phases",
            description: timeline.phases.map { "\($0.phase.rawValue) from \(Measure.time($0.start))" }
                .joined(separator: ", ") + ".", height: 22)
        for (index, phase) in timeline.phases.enumerated() {
            let next = index + 1 < timeline.phases.count ? timeline.phases[index + 1].start : timeline.end
            let x = page.scale.percent(phase.start)
            let width = page.scale.percent(next) - x
            plot.words +=
                "<rect class=\"phase \(Markup(source: phase.phase.rawValue))\" x=\"\(fine: x)%\" width=\"\(fine: width)%\" y=\"2\" height=\"16\" rx=\"3\"/>"
            let room: Markup = width > 9 ? .empty : " style=\"display:none\""
            plot.words +=
                "<text class=\"phase\"\(room) x=\"\(x + width / 2)%\" y=\"14\" text-anchor=\"middle\">\(phase.phase.rawValue)</text>"
        }
        return plot.markup
    }

    private static func ticks(_ page: Page) -> Markup {
        var plot = Plot(id: "ticks", title: "Time axis", description: "From the start of the run.", height: 22)
        let last = page.scale.ticks.count - 1
        for (index, tick) in page.scale.ticks.enumerated() {
            let percent = page.scale.percent(tick.time)
            let anchor: Markup = index == 0 ? "start" : index == last && percent > 96 ? "end" : "middle"
            plot.words +=
                "<text class=\"tick\" x=\"\(percent)%\" y=\"15\" text-anchor=\"\(anchor)\">\(tick.label)</text>"
        }
        return plot.markup
    }

    private static func notes(_ page: Page) -> Markup {
        var notes: [Markup] = []
        if page.isRepeated { notes.append("<p>Of the run with seed \(String(page.header.seed)).</p>") }
        if let abort = page.timeline.abort {
            notes.append(
                "<p class=\"note\">\(Icon.judgement(.missed))Aborted at \(Measure.time(abort.time)) by the safety rule: \(abort.detail)</p>"
            )
        }
        if let time = page.timeline.interrupted {
            notes.append(
                "<p class=\"note\">\(Icon.judgement(.inconclusive))Interrupted by the operator at \(Measure.time(time)).</p>"
            )
        }
        return "\(notes)"
    }

    private static func violations(_ timeline: Timeline) -> Markup {
        guard !timeline.violations.isEmpty else { return .empty }
        let shown = timeline.violations.prefix(20).map { violation -> Markup in
            "<li>\(Icon.judgement(.missed))<p><strong>\(Measure.time(violation.time))</strong> \(violation.name): \(violation.detail)</p></li>\n"
        }
        let more =
            timeline.violationCount > shown.count ? " (the first \(shown.count) of \(timeline.violationCount))" : ""
        return "<h3>Broken invariants\(more)</h3><ul class=\"failures\">\(shown)</ul>"
    }

    static func figureBody(_ plot: Plot) -> Markup { "<figure>\(plot.markup)</figure>" }

    static func figure(_ title: String, legend: [Markup] = [], _ plot: Plot) -> Markup {
        let key: Markup = legend.isEmpty ? .empty : "<span class=\"legend\">\(legend)</span>"
        return "<figure><figcaption><h3>\(title)</h3>\(key)</figcaption>\n\(plot.markup)</figure>\n"
    }

    /// A sample of a line or mark with its name.
    static func key(_ kind: Markup, _ text: String) -> Markup {
        "<span><svg width=\"18\" height=\"10\" aria-hidden=\"true\"><path class=\"\(kind)\" d=\"M1 5H17\"/></svg>\(text)</span>"
    }

    static func dotKey(_ kind: Markup, _ text: String) -> Markup {
        "<span><svg width=\"12\" height=\"10\" aria-hidden=\"true\"><path class=\"\(kind)\" d=\"M6 5h0\"/></svg>\(text)</span>"
    }
}
