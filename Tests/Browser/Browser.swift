import Foundation
import Synchronization

/// A headless Chromium, driven over two pipes by the DevTools protocol; it listens on no port.
///
/// ```swift
/// try await Browser.with { browser in
///     let tab = try await browser.newTab()
///     try await tab.open("file:///tmp/report.html")
///     let title: String = try await tab.evaluate("document.title")
/// }
/// ```
public final class Browser: Sendable {
    /// Debian's, or another name of the same program; nil where none is installed.
    public static let executable: String? =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// For `.enabled(if: Browser.isInstalled, "\(Browser.missing)")`.
    public static var isInstalled: Bool { executable != nil }
    public static let missing = "needs Debian's chromium: apt install chromium"

    private let wire: Wire

    /// The folder with all that it keeps.
    public var profile: String { wire.process.profile }

    private init(_ wire: Wire) { self.wire = wire }

    /// Starts one for the time of `body`; it is gone, with its profile, when this returns, however that happens.
    public static func with<Value>(_ body: (Browser) async throws -> Value) async throws -> Value {
        guard let executable else { throw BrowserError(missing) }
        let browser = Browser(try Wire(BrowserProcess.start(executable)))
        do {
            let value = try await body(browser)
            await browser.wire.end()
            return value
        } catch {
            await browser.wire.end()
            throw error
        }
    }

    /// A window with cookies and storage of its own.
    public func newTab() async throws -> Tab {
        struct Context: Decodable { var browserContextId: String }
        struct Target: Decodable { var targetId: String }
        struct Session: Decodable { var sessionId: String }
        let context: Context = try await wire.send("Target.createBrowserContext")
        let target: Target = try await wire.send(
            "Target.createTarget", ["url": "about:blank", "browserContextId": .text(context.browserContextId)])
        let session: Session = try await wire.send(
            "Target.attachToTarget", ["targetId": .text(target.targetId), "flatten": true])
        let tab = Tab(wire: wire, session: session.sessionId, context: context.browserContextId)
        try await tab.prepare()
        return tab
    }
}
