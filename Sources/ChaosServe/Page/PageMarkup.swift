import ChaosReport

/// The page as it is before the first message: its landmarks, its buttons and its dialog. What changes is filled in by the
/// script; without one it says so.
enum PageMarkup {
    static let document: [UInt8] = Array(markup.source.utf8)

    private static let markup: Markup = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta name="color-scheme" content="light dark"/>
        <title>Gauntlet</title>
        <link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Ccircle cx='12' cy='12' r='11' fill='%2300735a'/%3E%3Cpath d='M6.6 12.4l3.6 3.6 7.2-7.8' fill='none' stroke='%23fff' stroke-width='2.2'/%3E%3C/svg%3E"/>
        <link rel="stylesheet" href="/page.css"/>
        <script src="/page.js" defer="defer"></script>
        </head>
        <body>
        <a class="skip" href="#fleet">Skip to the fleet</a>
        <main>
        \(top)
        \(now)
        \(fleet)
        \(plans)
        \(history)
        </main>
        \(dialog)
        <p id="spoken" class="unseen" role="status" aria-live="polite"></p>
        </body>
        </html>

        """

    private static let top: Markup = """
        <header class="top">
        <div><p class="eyebrow"><span>Gauntlet</span><span id="calendar">chaos by the calendar</span></p>
        <h1 id="headline">Connecting…</h1></div>
        <div class="acts">
        <p id="link" class="link">connecting</p>
        <button id="halt" class="halt" type="button">Halt</button>
        <button id="login" class="quiet" type="button">Log in to act</button>
        </div>
        </header>
        <noscript><p class="banner missed"><strong>This page needs JavaScript</strong> to show what changes; /metrics shows the same as text.</p></noscript>
        <p id="stale" class="banner missed" role="alert" hidden="hidden"></p>
        <div id="paused" class="banner unsure" hidden="hidden"><p></p><button id="resume" type="button">Resume the calendar</button></div>
        <p id="told" class="banner" role="status" hidden="hidden"></p>
        """

    private static let now: Markup = """
        <section id="now" aria-label="Running now">
        <div id="runs" class="runs"></div>
        <dl id="figures" class="figures"></dl>
        </section>
        """

    private static let fleet: Markup = """
        <section id="fleet" tabindex="-1" aria-labelledby="fleet-title">
        <div class="heading"><h2 id="fleet-title">The fleet</h2><p id="fleet-note" class="aside"></p></div>
        <div id="legend" class="marks" aria-hidden="true"></div>
        <div id="map"><p class="aside">No run has been seen yet; the map fills when one begins.</p></div>
        <div class="panels">
        <div><h3>Faults in force</h3><div id="faults"></div></div>
        <div><h3>Hubs and partitions</h3><div id="hubs"></div></div>
        <div><h3>Breakers</h3><div id="breakers"></div></div>
        <div><h3>Buffers and disks</h3><div id="stores"></div></div>
        </div>
        <h3>What happened</h3>
        <ol id="events" class="events"></ol>
        </section>
        """

    private static let plans: Markup = """
        <section aria-labelledby="plans-title">
        <h2 id="plans-title">The calendar</h2>
        <div class="panels">
        <div class="wide"><h3>Next</h3><div id="next"></div></div>
        <div><h3>Run now</h3>
        <form id="run" class="form">
        <label>Scenario <input id="scenario" name="scenario" required="required" maxlength="200" autocomplete="off" spellcheck="false" placeholder="hub-failover"/></label>
        <label>Seed <input id="seed" name="seed" inputmode="numeric" pattern="[0-9]*" maxlength="20" autocomplete="off" placeholder="drawn"/></label>
        <label>World <select id="world" name="world"><option value="simulated">simulated</option><option value="live">live</option></select></label>
        <button type="submit">Run</button>
        </form></div>
        <div><h3>Error budget</h3><div id="budgets"></div></div>
        <div><h3>Validation</h3><div id="validations"></div></div>
        </div>
        </section>
        """

    private static let history: Markup = """
        <section aria-labelledby="history-title">
        <h2 id="history-title">History</h2>
        <div id="recent"></div>
        </section>
        """

    private static let dialog: Markup = """
        <dialog id="ask" aria-labelledby="ask-title">
        <form id="token-form" class="form" autocomplete="off">
        <h2 id="ask-title">Log in to act</h2>
        <p>The token lies in the file that <code>gauntlet serve</code> named when it started. Reading needs none.</p>
        <label>Token <input id="token" name="token" type="password" required="required" autocomplete="off" spellcheck="false"/></label>
        <p id="refusal" class="refusal" role="alert"></p>
        <div class="acts"><button id="cancel" class="quiet" type="button">Cancel</button><button type="submit">Log in</button></div>
        </form>
        </dialog>
        """
}
