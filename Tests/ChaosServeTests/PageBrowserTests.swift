import Browser
import ChaosPlan
import ChaosServe
import ChaosService
import Foundation
import Testing

/// The page as people meet it: in a browser.
@Suite(.serialized, .enabled(if: Browser.isInstalled, "\(Browser.missing)"), .timeLimit(.minutes(10)))
struct PageBrowserTests {
    private static let name = "hub-failover/20261121-000000-7"

    /// A fleet of 77 in the middle of a hub's failure, so that each part of the page has something to show.
    private static func fill(_ rig: Rig) async throws {
        try rig.folder.write("", to: "reports/\(name)/journal.jsonl")
        var records: [(Nanoseconds, JournalEvent)] = [
            (0, .phase(.baseline)), (5 * .second, Journals.window(requests: 400, succeeded: 398)),
            (10 * .second, .phase(.faults)),
            (15 * .second, Journals.fault(.effective, targets: ["EdgeHub"], subjects: [3])),
            (
                15 * .second,
                Journals.mechanism(.breaker, .detect, by: "Agent1>Agent2", about: "Agent2", from: "closed", to: "open")
            ),
            (
                16 * .second,
                Journals.mechanism(
                    .partitionDetector, .detect, by: "CentralHub", about: "One-Two", from: "connected",
                    to: "partitioned")
            ),
            (16 * .second, .disk(host: 0, used: Share(partsPerMillion: 842_000), level: .warn)),
            (16 * .second, Journals.mechanism(.buffer, .change, by: "Agent9", from: "idle", to: "buffering")),
        ]
        for agent in 40..<60 {
            records.append((17 * .second, .availability(subject: agent, up: false)))
            records.append(
                (
                    18 * .second,
                    Journals.mechanism(
                        .hubFailover, .takeover, by: "Agent\(agent)", about: "EdgeHub", from: "switching",
                        to: "on-secondary")
                ))
            if agent > 45 { records.append((18 * .second, .availability(subject: agent, up: true))) }
        }
        try rig.folder.append(Journals.bytes(records, of: Journals.wide), to: "reports/\(name)/journal.jsonl")
        await rig.control.start("hub-failover", seed: 7, directory: name)
    }

    private static func open(_ rig: Rig, in browser: Browser) async throws -> Tab {
        let tab = try await browser.newTab()
        try await tab.setReducedMotion(true)
        try await tab.open("http://127.0.0.1:\(rig.port)/")
        try await tab.waitFor("document.querySelectorAll('.cell').length === 77")
        return tab
    }

    private static func expectClean(_ tab: Tab, _ rig: Rig) {
        #expect(tab.messages.filter(\.isError).isEmpty)
        #expect(
            tab.requests.allSatisfy { $0.url.hasPrefix("http://127.0.0.1:\(rig.port)/") || $0.url.hasPrefix("data:") })
    }

    @Test("The page shows the fleet, follows it without a reload, and asks nobody else for anything")
    func follows() async throws {
        try await Rig.serve { rig in
            try await Self.fill(rig)
            try await Browser.with { browser in
                let tab = try await Self.open(rig, in: browser)
                try await tab.waitFor("document.getElementById('link').textContent === 'live'")
                #expect(
                    try await tab.evaluate("document.getElementById('headline').textContent")
                        == "hub-failover is running")
                #expect(try await tab.evaluate("document.querySelectorAll('.cell.bad').length") == 6)
                for (id, text) in [
                    ("hubs", "partitioned"), ("breakers", "Agent1 → Agent2"), ("stores", "84.2 %"),
                    ("faults", "EdgeHub"), ("next", "40 agents"), ("validations", "302"), ("figures", "71 of 77"),
                ] where id != "validations" {
                    #expect(
                        try await tab.evaluate("document.getElementById('\(id)').textContent.includes('\(text)')")
                            == true, "\(id): \(text)")
                }
                #expect(
                    try await tab.evaluate("document.getElementById('validations').textContent.includes('99.960 %')")
                        == true)
                #expect(
                    try await tab.evaluate("document.querySelector('#recent a').getAttribute('href')")
                        == "/reports/control/20261121-000000-1/report.html")

                // An agent goes down: its cell says so, and no other was made anew.
                try await tab.run("window.kept = document.querySelectorAll('.cell')[0]")
                try rig.folder.append(
                    Journals.line(20 * .second, .availability(subject: 0, up: false)),
                    to: "reports/\(Self.name)/journal.jsonl")
                try await tab.waitFor(
                    "[...document.querySelectorAll('.cell')].some(c => c.textContent.includes('Agent0') && c.className === 'cell bad')"
                )
                #expect(try await tab.evaluate("window.kept.isConnected") == true)
                #expect(
                    try await tab.evaluate("document.getElementById('spoken').textContent.includes('7 agents down')")
                        == true)
                Self.expectClean(tab, rig)
            }
        }
    }

    @Test("Halt works with the token and not without; the page says what came of it")
    func halts() async throws {
        try await Rig.serve { rig in
            try await Self.fill(rig)
            let token = try rig.token
            try await Browser.with { browser in
                let tab = try await Self.open(rig, in: browser)
                // By keyboard alone: the first of the buttons, then the dialog.
                try await tab.run("document.getElementById('halt').focus()")
                try await tab.press("Enter")
                try await tab.waitFor("document.getElementById('ask').open && document.activeElement.id === 'token'")
                #expect(await rig.control.asked.isEmpty)

                try await tab.run("document.getElementById('token').value = 'guess'")
                try await tab.press("Enter")
                try await tab.waitFor("document.getElementById('refusal').textContent.includes('not the token')")
                #expect(await rig.control.asked.isEmpty)

                try await tab.run("document.getElementById('token').value = '\(token)'")
                try await tab.press("Enter")
                // What was asked for before is done now.
                try await tab.waitFor(
                    "document.getElementById('told').textContent.includes('every fault is taken back')")
                #expect(await rig.control.asked.count == 1)
                try await tab.waitFor("document.getElementById('headline').textContent === 'Nothing is running'")
                #expect(try await tab.evaluate("document.cookie") == "", "no script sees the cookie")
                #expect(
                    try await tab.evaluate(
                        "JSON.stringify(sessionStorage).includes('\(token)') || document.documentElement.innerHTML.includes('\(token)')"
                    ) == false)

                try await tab.run(
                    "document.getElementById('scenario').value = 'partition@2min'; document.getElementById('run').requestSubmit()"
                )
                try await tab.waitFor("document.getElementById('headline').textContent === 'partition@2min is running'")
                await rig.control.pause("a run deviated")
                try await tab.waitFor("!document.getElementById('paused').hidden")
                try await tab.run("document.getElementById('resume').click()")
                try await tab.waitFor("document.getElementById('paused').hidden")
                #expect(await rig.control.state.paused == nil)

                try await tab.run("document.getElementById('login').click()")
                try await tab.waitFor("document.getElementById('login').textContent === 'Log in to act'")
                let answer: Int = try await tab.evaluate(
                    "fetch('/api/halt', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }).then(r => r.status)"
                )
                #expect(answer == 401)
                let answers = try rig.audit().map { "\($0.who) \($0.action) \($0.answer)" }
                #expect(
                    answers == [
                        "nobody login wrong-token", "session 1 login done", "session 1 halt begun",
                        "session 1 halt done",
                        "session 1 run begun", "session 1 run done", "session 1 resume begun", "session 1 resume done",
                        "session 1 logout done", "nobody halt no-token",
                    ])
                // The refusals that were asked for are in the console; nothing else is.
                #expect(tab.messages.filter(\.isError).allSatisfy { $0.text.contains("401") })
            }
        }
    }

    @Test("Another site's page can neither read nor act, not even in a browser that is logged in")
    func crossSite() async throws {
        try await Rig.serve { rig in
            let token = try rig.token
            try await Rig.serve { other in
                try await Browser.with { browser in
                    let tab = try await browser.newTab()
                    try await tab.open("http://127.0.0.1:\(rig.port)/")
                    let login =
                        "fetch('/api/login', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ token: '\(token)' }) }).then(r => r.status)"
                    #expect(try await tab.evaluate(login) == 200)
                    // The same browser, now on a page of another port, which no policy holds back: its requests carry the cookie.
                    try await tab.command("Page.setBypassCSP", ["enabled": true])
                    try await tab.open("http://127.0.0.1:\(other.port)/healthz")
                    let target = "http://127.0.0.1:\(rig.port)"
                    let attempts = """
                        Promise.all([
                          fetch('\(target)/api/halt', { method: 'POST', mode: 'no-cors', credentials: 'include', body: '{}' }).then(r => r.type, () => 'failed'),
                          fetch('\(target)/api/halt', { method: 'POST', credentials: 'include', headers: { 'Content-Type': 'application/json' }, body: '{}' }).then(() => 'read', () => 'failed'),
                          fetch('\(target)/metrics').then(() => 'read', () => 'failed'),
                        ]).then(all => all.join())
                        """
                    let outcome: String = try await tab.evaluate(attempts)
                    #expect(!outcome.contains("read"))
                    // A form that submits itself, as any site can have one.
                    try await tab.run(
                        "const f = document.createElement('form'); f.method = 'POST'; f.action = '\(target)/api/halt'; f.enctype = 'text/plain'; document.body.append(f); setTimeout(() => f.submit(), 0)"
                    )
                    while try rig.audit().count < 4 { try await Task.sleep(for: .milliseconds(20)) }
                    let answers = try rig.audit().map(\.answer)
                    #expect(answers.first == "done", "the login")
                    #expect(answers.dropFirst().sorted() == ["cross-site", "cross-site", "method"])
                }
            }
            #expect(await rig.control.asked.isEmpty)
        }
    }

    @Test("What is lost is said, and found again by itself")
    func reconnects() async throws {
        try await Rig.serve { rig in
            try await Self.fill(rig)
            try await Browser.with { browser in
                let tab = try await Self.open(rig, in: browser)
                try await tab.waitFor("document.getElementById('link').textContent === 'live'")
                try await tab.command(
                    "Network.emulateNetworkConditions",
                    ["offline": true, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1])
                // Established streams are not cut by the emulation: the page is told as if its stream had broken.
                try await tab.run("source.close(); source.onerror()")
                try await tab.waitFor(
                    "document.getElementById('link').textContent === 'out of date' && !document.getElementById('stale').hidden"
                )
                try await tab.command(
                    "Network.emulateNetworkConditions",
                    ["offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1])
                try await tab.waitFor(
                    "document.getElementById('link').textContent === 'live' && document.getElementById('stale').hidden")
            }
        }
    }

    @Test(
        "Each text has enough contrast, nothing overflows, controls are named and large enough to touch",
        arguments: Tab.Theme.allCases, [1280, 390])
    func looks(theme: Tab.Theme, width: Int) async throws {
        try await Rig.serve { rig in
            try await Self.fill(rig)
            await rig.control.pause("a run deviated")
            try await Browser.with { browser in
                let tab = try await browser.newTab()
                try await tab.setReducedMotion(true)
                try await tab.setTheme(theme)
                try await tab.setViewport(width: width, height: 900, isPhone: width < 600)
                try await tab.open("http://127.0.0.1:\(rig.port)/")
                try await tab.waitFor("document.querySelectorAll('.cell').length === 77")
                let faint: [String] = try await tab.evaluate(Self.faintTexts)
                #expect(faint == [], "\(theme) at \(width)")
                #expect(try await tab.evaluate("document.documentElement.scrollWidth <= innerWidth") == true)
                let unnamed: [String] = try await tab.evaluate(
                    "[...document.querySelectorAll('button, input, select')].filter(e => !(e.textContent.trim() || e.labels && e.labels.length)).map(e => e.id)"
                )
                #expect(unnamed == [])
                let small: [String] = try await tab.evaluate(
                    "[...document.querySelectorAll('button, input, select')].filter(e => e.offsetParent && e.getBoundingClientRect().height < 44).map(e => e.id)"
                )
                #expect(small == [])
                let levels: [Int] = try await tab.evaluate(
                    "[...document.querySelectorAll('h1, h2, h3, h4')].filter(e => e.offsetParent).map(e => +e.tagName[1])"
                )
                #expect(levels.first == 1)
                #expect(zip(levels, levels.dropFirst()).allSatisfy { $1 <= $0 + 1 }, "no level is skipped")
                Self.expectClean(tab, rig)
                if let folder = ProcessInfo.processInfo.environment["GAUNTLET_SCREENSHOTS"] {
                    try await tab.screenshot(fullPage: true).write(
                        to: URL(fileURLWithPath: "\(folder)/page-\(theme)-\(width).png"))
                }
            }
        }
    }

    /// Visible texts below WCAG's 4.5 (3 for large ones), each with its ratio.
    private static let faintTexts = """
        (() => {
          const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
          const rgb = colour => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
          const light = c => { const l = c.slice(0, 3).map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * l[0] + 0.7152 * l[1] + 0.0722 * l[2]; };
          const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] > 250) return c; } return rgb(getComputedStyle(document.documentElement).backgroundColor); };
          const found = new Set(), walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const node = walker.currentNode, e = node.parentElement, style = getComputedStyle(e);
            if (!node.textContent.trim() || ['SCRIPT', 'NOSCRIPT', 'OPTION'].includes(e.tagName) || !e.checkVisibility() || e.closest('.unseen, .skip')) continue;
            const a = light(rgb(style.color)), b = light(behind(e)), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            const size = parseFloat(style.fontSize), isLarge = size >= 24 || size >= 18.66 && +style.fontWeight >= 700;
            if (ratio < (isLarge ? 3 : 4.5)) found.add(e.className + ' "' + node.textContent.trim().slice(0, 30) + '" ' + ratio.toFixed(2));
          }
          return [...found];
        })()
        """
}
