import Browser
import Testing

extension InBrowser {
    /// Looking closer: by keys, by pointer and by buttons.
    @Suite struct TimelineZoomTests {
        /// Share of the run that the view shows.
        private func share(_ tab: Tab) async throws -> Double {
            try await tab.evaluate("parseFloat(document.getElementById('thumb').style.width) / 100")
        }

        private func outline(_ tab: Tab, _ path: String) async throws -> String {
            try await tab.evaluate("document.querySelector('\(path)').getAttribute('d')")
        }

        @Test("Plus looks closer, minus further away, Escape shows the whole run")
        func keysZoom() async throws {
            try await Pages.hub.open { tab in
                try await tab.run("document.getElementById('axis').focus()")
                #expect(try await share(tab) == 1)
                for _ in 0..<3 { try await tab.press("+") }
                #expect(abs(try await share(tab) - 0.125) < 1e-6)
                #expect(try await tab.evaluate("document.getElementById('range').textContent") != "The whole run")
                try await tab.press("-")
                #expect(abs(try await share(tab) - 0.25) < 1e-6)
                try await tab.press("Escape")
                #expect(try await share(tab) == 1)
            }
        }

        @Test("Arrows move a cursor that says what was the case; with shift they move along")
        func arrowsMove() async throws {
            try await Pages.hub.open { tab in
                try await tab.run("document.getElementById('axis').focus()")
                try await tab.press("ArrowRight")
                #expect(try await tab.evaluate("!document.getElementById('readout').hidden"))
                #expect(
                    try await tab.evaluate(
                        "document.getElementById('readout').textContent.includes('requests answered')"))
                for _ in 0..<4 { try await tab.press("+") }
                let before: Double = try await tab.evaluate("parseFloat(document.getElementById('thumb').style.left)")
                try await tab.press("ArrowLeft", shift: true)
                #expect(try await tab.evaluate("parseFloat(document.getElementById('thumb').style.left)") < before)
            }
        }

        @Test("The next fault of a week is shown in full: single outages instead of bins")
        func faultsAreFound() async throws {
            try await Pages.week.open { tab in
                let (mean, heat) = ("[data-plot=uptime] path.mean", "[data-plot=heat] path.h4")
                let whole = (try await outline(tab, mean), try await outline(tab, heat))
                try await tab.run("document.getElementById('axis').focus()")
                try await tab.press("f")
                let first: String = try await tab.evaluate("document.getElementById('range').textContent")
                #expect(try await share(tab) < 0.01)
                #expect(try await outline(tab, mean) != whole.0)
                #expect(try await outline(tab, heat) != whole.1)
                // The bar's words did not fit in a week; they do now.
                #expect(
                    try await tab.evaluate(
                        "[...document.querySelectorAll('[data-plot=faults] .onbar')].some(one => one.checkVisibility())"
                    ))
                try await tab.press("f")
                #expect(try await tab.evaluate("document.getElementById('range').textContent") != first)
                try await tab.press("Escape")
                #expect(try await outline(tab, mean) == whole.0)
                #expect(try await outline(tab, heat) == whole.1)
            }
        }

        @Test("Dragging selects, a double click looks closer, the buttons do both")
        func pointersZoom() async throws {
            try await Pages.hub.open { tab in
                struct Box: Decodable {
                    var x: Double
                    var y: Double
                    var width: Double
                }
                try await tab.run("document.getElementById('axis').scrollIntoView({ behavior: 'instant' })")
                let box: Box = try await tab.evaluate(
                    "(box => ({ x: box.x, y: box.y + 40, width: box.width }))(document.querySelector('[data-plot=uptime]').getBoundingClientRect())"
                )
                try await tab.mouse(.pressed, x: box.x + box.width * 0.2, y: box.y)
                for step in 1...5 {
                    try await tab.mouse(.moved, x: box.x + box.width * (0.2 + 0.02 * Double(step)), y: box.y)
                }
                try await tab.mouse(.released, x: box.x + box.width * 0.3, y: box.y)
                #expect(abs(try await share(tab) - 0.1) < 0.01)
                try await tab.click(x: box.x + box.width / 2, y: box.y, clicks: 2)
                #expect(abs(try await share(tab) - 0.025) < 0.005)
                try await tab.run("document.querySelector('[data-zoom=all]').click()")
                #expect(try await share(tab) == 1)
                try await tab.run("document.querySelector('[data-zoom=in]').click()")
                #expect(abs(try await share(tab) - 0.5) < 1e-6)
            }
        }

        @Test("The command is copied, or selected where a page has no clipboard")
        func theCommandIsCopied() async throws {
            try await Pages.hub.open { tab in
                try await tab.run("document.querySelector('button.copy').click()")
                try await tab.waitFor(
                    "['Copied', 'Selected'].includes(document.querySelector('button.copy').textContent)")
            }
        }

        @Test("The graph shows the fault that is chosen")
        func aFaultIsChosen() async throws {
            try await Pages.week.open { tab in
                let cells =
                    "[...document.querySelectorAll('#graph .cell')].map(one => one.getAttribute('class')).join()"
                let first: String = try await tab.evaluate(cells)
                try await tab.run(
                    "const choice = document.getElementById('blast-choice'); choice.value = [...choice.options].find(one => one.text.startsWith('kill-agent')).value; choice.dispatchEvent(new Event('change'))"
                )
                #expect(try await tab.evaluate(cells) != first)
                #expect(
                    try await tab.evaluate(
                        "document.getElementById('blast-sentence').textContent.includes(document.getElementById('blast-choice').selectedOptions[0].textContent)"
                    ))
            }
        }
    }
}
