public import Foundation
import Synchronization

/// One page in the browser.
public final class Tab: Sendable {
    public enum Theme: String, CaseIterable, Sendable { case light, dark }

    /// What the page wrote to its console, or what went wrong in it.
    public struct Message: Hashable, Sendable, CustomStringConvertible {
        /// `log`, `warning`, `error`, `exception` and so on.
        public var level: String
        public var text: String

        public var description: String { "\(level): \(text)" }
        public var isError: Bool { ["error", "exception", "assert"].contains(level) }
    }

    public struct Request: Hashable, Sendable {
        public var url: String
        /// `Document`, `Script`, `Fetch`, `EventSource` and so on.
        public var kind: String
    }

    private struct State {
        var messages: [Message] = []
        var requests: [Request] = []
        var loads = 0
        var media: [String: String] = [:]
        var medium = ""
    }

    private let wire: Wire
    private let session: String
    private let context: String
    private let state = Mutex(State())

    init(wire: Wire, session: String, context: String) {
        self.wire = wire
        self.session = session
        self.context = context
    }

    /// Since the last `open`.
    public var messages: [Message] { state.withLock { $0.messages } }
    /// Since the last `open`, the document itself included.
    public var requests: [Request] { state.withLock { $0.requests } }

    func prepare() async throws {
        wire.hear(session) { [weak self] method, data in self?.note(method, data) }
        for domain in ["Page", "Runtime", "Log", "Network"] { try await command("\(domain).enable") }
    }

    // MARK: Going somewhere

    /// Opens `url` and waits for its `load` event.
    public func open(_ url: String, within limit: Duration = .seconds(120)) async throws {
        struct Navigation: Decodable { var errorText: String? }
        let before = state.withLock { state in
            state.messages = []
            state.requests = []
            return state.loads
        }
        let result: Navigation = try await wire.send("Page.navigate", ["url": .text(url)], session: session)
        if let error = result.errorText { throw BrowserError("\(url): \(error)") }
        try await wait(within: limit, "\(url): not loaded") { self.state.withLock { $0.loads > before } }
    }

    /// A file of this machine.
    public func open(file: String) async throws {
        try await open(URL(fileURLWithPath: file).absoluteString)
    }

    /// Closes the window and forgets its cookies.
    public func close() async throws {
        let _: Wire.Nothing = try await wire.send(
            "Target.disposeBrowserContext", ["browserContextId": .text(context)])
    }

    // MARK: Asking

    /// The value of an expression, promises awaited.
    public func evaluate<Value: Decodable>(_ expression: String, as: Value.Type = Value.self) async throws -> Value {
        let answer: Evaluation<Value> = try await wire.send(
            "Runtime.evaluate",
            ["expression": .text(expression), "awaitPromise": true, "returnByValue": true, "userGesture": true],
            session: session)
        if let value = answer.value { return value }
        throw BrowserError("\(expression.prefix(80)): \(answer.exception?.sentence ?? "no value")")
    }

    /// Runs statements for what they do.
    public func run(_ script: String) async throws {
        let _: Bool = try await evaluate("(async () => { \(script)\n; return true })()")
    }

    /// Until a condition of the page is true.
    public func waitFor(_ condition: String, within limit: Duration = .seconds(60)) async throws {
        try await wait(within: limit, "never true: \(condition)") { try await self.evaluate("!!(\(condition))") }
    }

    private func wait(
        within limit: Duration, _ complaint: String, until isDone: () async throws -> Bool
    ) async throws {
        let clock = ContinuousClock()
        let end = clock.now + limit
        while try await !isDone() {
            guard clock.now < end else { throw BrowserError("\(complaint) within \(limit)") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    // MARK: Looks

    /// In CSS pixels; `isPhone` adds touch and what a phone makes of the viewport's meta element.
    public func setViewport(width: Int, height: Int, scale: Double = 1, isPhone: Bool = false) async throws {
        try await command(
            "Emulation.setDeviceMetricsOverride",
            [
                "width": .number(Double(width)), "height": .number(Double(height)), "deviceScaleFactor": .number(scale),
                "mobile": .flag(isPhone),
            ])
    }

    public func setTheme(_ theme: Theme) async throws { try await setMedia("prefers-color-scheme", theme.rawValue) }

    public func setReducedMotion(_ isReduced: Bool) async throws {
        try await setMedia("prefers-reduced-motion", isReduced ? "reduce" : "no-preference")
    }

    /// Lays the page out as for a printer, on the screen.
    public func setPrint(_ isPrint: Bool) async throws {
        state.withLock { $0.medium = isPrint ? "print" : "" }
        try await applyMedia()
    }

    private func setMedia(_ feature: String, _ value: String) async throws {
        state.withLock { $0.media[feature] = value }
        try await applyMedia()
    }

    private func applyMedia() async throws {
        let (features, medium) = state.withLock { state in
            (
                state.media.sorted { $0.key < $1.key }.map {
                    JSON.object(["name": .text($0.key), "value": .text($0.value)])
                },
                state.medium
            )
        }
        try await command("Emulation.setEmulatedMedia", ["media": .text(medium), "features": .list(features)])
    }

    /// A PNG of the window, or of the whole page.
    public func screenshot(fullPage: Bool = false) async throws -> Data {
        struct Picture: Decodable { var data: Data }
        let picture: Picture = try await wire.send(
            "Page.captureScreenshot",
            JSON.object(["format": "png", "captureBeyondViewport": .flag(fullPage)]).merging(
                fullPage ? try await wholePage() : [:]), session: session)
        return picture.data
    }

    private func wholePage() async throws -> JSON {
        struct Size: Decodable {
            var width: Double
            var height: Double
        }
        let size: Size = try await evaluate(
            "({ width: document.documentElement.scrollWidth, height: document.documentElement.scrollHeight })")
        return [
            "clip": ["x": 0, "y": 0, "width": .number(size.width), "height": .number(size.height), "scale": 1]
        ]
    }

    /// On A4, with the margins that the page's own style asks for.
    public func pdf() async throws -> Data {
        struct Print: Decodable { var data: Data }
        let print: Print = try await wire.send(
            "Page.printToPDF",
            ["preferCSSPageSize": true, "paperWidth": 8.27, "paperHeight": 11.69, "printBackground": true],
            session: session)
        return print.data
    }

    // MARK: Hands

    /// A key as `KeyboardEvent.key` names it: `ArrowLeft`, `Escape`, `Enter`, `Tab`, `+`.
    public func press(_ key: String, shift: Bool = false) async throws {
        let codes = [
            "Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "PageUp": 33, "PageDown": 34, "End": 35, "Home": 36,
            "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40,
        ]
        let text = key.count == 1 ? key : key == "Enter" ? "\r" : ""
        for kind in ["keyDown", "keyUp"] {
            var event: JSON = [
                "type": .text(kind), "key": .text(key), "modifiers": .number(shift ? 8 : 0),
                "windowsVirtualKeyCode": .number(Double(codes[key] ?? 0)),
            ]
            if kind == "keyDown", !text.isEmpty { event = event.merging(["text": .text(text)]) }
            try await command("Input.dispatchKeyEvent", event)
        }
    }

    public enum MouseEvent: String, Sendable {
        case pressed = "mousePressed"
        case moved = "mouseMoved"
        case released = "mouseReleased"
    }

    /// In CSS pixels of the window.
    public func mouse(_ event: MouseEvent, x: Double, y: Double, clicks: Int = 1) async throws {
        try await command(
            "Input.dispatchMouseEvent",
            [
                "type": .text(event.rawValue), "x": .number(x), "y": .number(y),
                "button": event == .moved ? "none" : "left", "buttons": .number(event == .released ? 0 : 1),
                "clickCount": .number(Double(clicks)),
            ])
    }

    public func click(x: Double, y: Double, clicks: Int = 1) async throws {
        for count in 1...max(1, clicks) {
            try await mouse(.pressed, x: x, y: y, clicks: count)
            try await mouse(.released, x: x, y: y, clicks: count)
        }
    }

    // MARK: Listening

    /// Any other command of the DevTools protocol.
    public func command(_ method: String, _ params: JSON = [:]) async throws {
        let _: Wire.Nothing = try await wire.send(method, params, session: session)
    }

    private func note(_ method: String, _ data: Data) {
        switch method {
        case "Page.loadEventFired": state.withLock { $0.loads += 1 }
        case "Network.requestWillBeSent":
            guard let event = Event<RequestSent>(data)?.params else { return }
            state.withLock { $0.requests.append(Request(url: event.request.url, kind: event.type ?? "Other")) }
        case "Runtime.consoleAPICalled":
            guard let event = Event<ConsoleCall>(data)?.params else { return }
            let text = event.args.map { $0.description ?? $0.value?.text ?? "" }.joined(separator: " ")
            state.withLock { $0.messages.append(Message(level: event.type, text: text)) }
        case "Runtime.exceptionThrown":
            guard let event = Event<Thrown>(data)?.params else { return }
            state.withLock {
                $0.messages.append(Message(level: "exception", text: event.exceptionDetails.sentence))
            }
        case "Log.entryAdded":
            guard let event = Event<LogEntry>(data)?.params else { return }
            let entry = event.entry
            let text = entry.url.map { "\(entry.text) (\($0))" } ?? entry.text
            state.withLock { $0.messages.append(Message(level: entry.level, text: text)) }
        default: break
        }
    }
}
