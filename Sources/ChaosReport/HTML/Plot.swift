/// One plot: a gutter of labels at the left, a stretched drawing at the right.
///
/// Shapes lie in a nested `<svg>` of 1,000 × `height` units that stretches to whatever width the page has, with strokes that
/// do not stretch; words lie outside of it in per cent of the width, so that they stay readable at 400 px and on paper.
package struct Plot {
    package struct Label {
        package var top: Double
        package var text: String
        package var isStrong = false

        package init(top: Double, text: String, isStrong: Bool = false) {
            self.top = top
            self.text = text
            self.isStrong = isStrong
        }
    }

    package var id: String
    package var title: String
    package var description: String
    package var height: Double
    package var labels: [Label] = []
    /// In 1,000 × `height` units.
    package var shapes: Markup = .empty
    /// In per cent across, pixels down.
    package var words: Markup = .empty
    /// Takes part in the shared crosshair.
    package var isTimed = true

    package init(id: String, title: String, description: String, height: Double) {
        self.id = id
        self.title = title
        self.description = description
        self.height = height
    }

    package var markup: Markup {
        let gutter = labels.map { label -> Markup in
            "<span\(label.isStrong ? " class=\"strong\"" as Markup : .empty) style=\"top:\(label.top)px\" title=\"\(label.text)\">\(label.text)</span>"
        }
        return """
            <div class="plot">
            <div class="gutter" aria-hidden="true" style="height:\(height)px">\(gutter)</div>
            <svg class="\(isTimed ? "timed" as Markup : "free")" data-plot="\(id)" height="\(height)" role="img" aria-labelledby="\(id)-title \(id)-desc">
            <title id="\(id)-title">\(title)</title><desc id="\(id)-desc">\(description)</desc>
            <svg x="0" y="0" width="100%" height="\(height)" viewBox="0 0 1000 \(height)" preserveAspectRatio="none" aria-hidden="true">\(shapes)</svg>
            \(words)</svg>
            </div>

            """
    }

    /// Faint lines at values of the vertical axis.
    package static func grid(_ ys: [Double]) -> Markup {
        var outline = Outline()
        for y in ys {
            outline.move(0, y)
            outline.horizontal(TimeScale.width)
        }
        return "<path class=\"grid\" d=\"\(outline.d)\"/>"
    }
}
