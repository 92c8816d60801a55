import Browser
import Foundation
import Testing

extension InBrowser {
    /// The driver itself, on pages that are known.
    @Suite struct DriverTests {
        private static func url(_ html: String) -> String {
            "data:text/html;base64," + Data(html.utf8).base64EncodedString()
        }

        @Test("A tab evaluates, waits, presses keys, and hears the console")
        func aTabIsDriven() async throws {
            try await Browser.with { browser in
                let tab = try await browser.newTab()
                try await tab.open(
                    Self.url(
                        """
                        <title>T</title><input id=i><script>console.log('one', 2); setTimeout(() => { window.late = 7 }, 50);
                        fetch('http://127.0.0.1:65123/nothing').catch(() => {}); setTimeout(() => { throw new Error('x y') }, 0)</script>
                        """))
                #expect(try await tab.evaluate("document.title") == "T")
                #expect(try await tab.evaluate("Promise.resolve([1, 2])") == [1, 2])
                try await tab.waitFor("window.late === 7")
                try await tab.run("document.getElementById('i').focus()")
                try await tab.press("a")
                #expect(try await tab.evaluate("document.getElementById('i').value") == "a")
                try await tab.waitFor("true")
                #expect(tab.messages.contains { $0.description == "log: one 2" })
                #expect(tab.messages.contains { $0.isError && $0.text.contains("x y") })
                #expect(tab.requests.contains { $0.url == "http://127.0.0.1:65123/nothing" })
                await #expect(throws: BrowserError.self) { try await tab.evaluate("nobody.knows", as: String.self) }
                await #expect(throws: BrowserError.self) { try await tab.waitFor("false", within: .milliseconds(100)) }
            }
        }

        @Test("A tab has the size, the theme and the paper that it was given")
        func aTabLooksAsAsked() async throws {
            try await Browser.with { browser in
                let tab = try await browser.newTab()
                try await tab.setViewport(width: 390, height: 700)
                try await tab.setTheme(.dark)
                try await tab.setReducedMotion(true)
                try await tab.open(Self.url("<meta name=viewport content='width=device-width'><p>x"))
                #expect(try await tab.evaluate("innerWidth") == 390)
                #expect(try await tab.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") == true)
                #expect(try await tab.evaluate("matchMedia('(prefers-reduced-motion: reduce)').matches") == true)
                try await tab.setPrint(true)
                #expect(try await tab.evaluate("matchMedia('print').matches") == true)
                #expect(try await tab.screenshot().starts(with: [0x89, 0x50, 0x4E, 0x47]))
                #expect(try await tab.pdf().starts(with: Data("%PDF".utf8)))
            }
        }

        @Test("Nothing of a browser is left when its body ends by an error")
        func nothingIsLeft() async throws {
            struct Planned: Error {}
            var profile = ""
            await #expect(throws: Planned.self) {
                try await Browser.with { browser in
                    _ = try await browser.newTab()
                    profile = browser.profile
                    #expect(FileManager.default.fileExists(atPath: profile))
                    throw Planned()
                }
            }
            #expect(!profile.isEmpty && !FileManager.default.fileExists(atPath: profile))
        }
    }
}
