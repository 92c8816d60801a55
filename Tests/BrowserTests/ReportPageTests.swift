import Browser
import Foundation
import Testing

extension InBrowser {
    /// Every page as people meet it: in a real browser, from a file.
    @Suite struct ReportPageTests {
        @Test("A page complains of nothing and asks nobody for anything", arguments: Pages.allCases)
        func aPageIsQuiet(_ page: Pages) async throws {
            try await page.open { tab in
                // Time for what a page might ask for late.
                try await tab.run("await new Promise(done => setTimeout(done, 300))")
                #expect(tab.messages.isEmpty, "\(tab.messages)")
                #expect(tab.requests.map(\.kind) == ["Document"], "\(tab.requests)")
                let paint: Double = try await tab.evaluate(
                    "performance.getEntriesByName('first-contentful-paint')[0].startTime")
                // A second on a machine that does nothing else.
                #expect(paint < 20_000, "first paint after \(paint) ms")
                #expect(try page.html.utf8.count < 5_000_000)
            }
        }

        @Test("All text stands out from what is behind it, in both themes and on a phone", arguments: Pages.allCases)
        func allTextStandsOut(_ page: Pages) async throws {
            try await page.open { tab in
                for theme in Tab.Theme.allCases {
                    try await tab.setTheme(theme)
                    for width in [1280, 390] {
                        try await tab.showWhole(width: width, isPhone: width < 500)
                        let faint = try await tab.faintTexts()
                        #expect(faint.isEmpty, "\(page), \(theme), \(width) px: \(faint)")
                    }
                }
            }
        }

        @Test("Text that is too faint is found, on paper and in a drawing")
        func faintTextIsFound() async throws {
            try await Pages.hub.open { tab in
                try await tab.run(
                    """
                    const line = document.querySelector('.lede'), word = document.querySelector('svg text.tick');
                    line.style.color = '#999'; word.style.fill = '#aaa';
                    """)
                try await tab.showWhole(width: 1280)
                let faint = try await tab.faintTexts()
                #expect(faint.count == 2, "\(faint)")
            }
        }

        @Test("What stands beyond the edge is found")
        func cutContentIsFound() async throws {
            try await Pages.hub.open { tab in
                try await tab.setViewport(width: 390, height: 844)
                try await tab.run("document.querySelector('.lede').style.width = '500px'")
                #expect(try await tab.cutContent().count >= 2)
            }
        }

        @Test("Drawings, controls and parts have names, headings are in order", arguments: Pages.allCases)
        func aPageCanBeHeard(_ page: Pages) async throws {
            try await page.open { tab in
                let faults = try await tab.structuralFaults()
                #expect(faults.isEmpty, "\(faults)")
            }
        }

        @Test("On a phone nothing stands beyond the edge", arguments: Pages.allCases)
        func aPhoneIsWideEnough(_ page: Pages) async throws {
            try await page.open { tab in
                try await tab.setViewport(width: 390, height: 844, scale: 2, isPhone: true)
                let cut = try await tab.cutContent()
                #expect(cut.isEmpty, "\(cut)")
            }
        }

        @Test("Printed on A4 it is whole", arguments: Pages.allCases)
        func aSheetIsWideEnough(_ page: Pages) async throws {
            try await page.open { tab in
                let pdf = String(decoding: try await tab.pdf(), as: Unicode.ASCII.self)
                let sheets = pdf.matches(of: /\/Type\s*\/Page\b/).count
                let sizes = pdf.matches(of: /\/MediaBox\s*\[\s*0 0 ([0-9.]+) ([0-9.]+)\s*\]/)
                #expect(sheets >= 2 && !sizes.isEmpty)
                // In points: 210 × 297 mm.
                for size in sizes {
                    #expect(abs((Double(size.1) ?? 0) - 595) < 2 && abs((Double(size.2) ?? 0) - 842) < 2)
                }
                // The same layout on the screen, as wide as the sheet between its margins: 182 mm at 96 dots an inch.
                try await tab.setPrint(true)
                try await tab.setViewport(width: 688, height: 1_001)
                let cut = try await tab.cutContent()
                #expect(cut.isEmpty, "\(cut)")
                let tall: [String] = try await tab.evaluate(
                    """
                    [...document.querySelectorAll('figure, svg, .verdict')].filter(one => one.getBoundingClientRect().height > 1001)
                      .map(one => one.outerHTML.slice(0, 100))
                    """)
                #expect(tall.isEmpty, "higher than a sheet: \(tall)")
            }
        }

        @Test("Who wants no motion gets none")
        func nothingMoves() async throws {
            try await Pages.hub.open { tab in
                try await tab.setReducedMotion(true)
                #expect(try await tab.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto")
                #expect(try await tab.evaluate("document.getAnimations().length") == 0)
            }
        }

        @Test(
            "Pictures of every page, to be looked at",
            .enabled(if: ProcessInfo.processInfo.environment["RENDER"] != nil, "writes pictures: RENDER=DIRECTORY"),
            arguments: Pages.allCases)
        func pictures(_ page: Pages) async throws {
            let directory = ProcessInfo.processInfo.environment["RENDER"] ?? ""
            try await page.open { tab in
                for (name, width, height) in [("desk", 1280, 900), ("phone", 390, 844)] {
                    for theme in Tab.Theme.allCases {
                        try await tab.setTheme(theme)
                        try await tab.setViewport(width: width, height: height, isPhone: name == "phone")
                        let file = "\(directory)/\(page)-\(name)-\(theme).png"
                        try await tab.screenshot(fullPage: true).write(to: URL(fileURLWithPath: file))
                    }
                }
                try await tab.pdf().write(to: URL(fileURLWithPath: "\(directory)/\(page).pdf"))
            }
        }
    }
}
