/// The page's looks: system fonts, one calm column, Okabe and Ito's colours (told apart by every kind of colour vision).
package enum PageStyle {
    package static let css: Markup = "\(colours)\(text)\(tables)\(plots)\(small)"

    private static let colours: Markup = """
        :root { color-scheme: light dark;
          --paper: #fdfdfc; --ink: #1b1f24; --soft: #59626d; --line: #e4e6e9; --wash: #f4f5f6; --control: #868e98;
          --held: #00735a; --missed: #b8430a; --unsure: #7d6200; --blue: #0b66a6; --sky: #58a9db; --violet: #8b4f86;
          --held-wash: #e9f5f1; --missed-wash: #fcefe8; --unsure-wash: #faf4df; --band: #b8430a; --band-opacity: .09; }
        @media (prefers-color-scheme: dark) { :root {
          --paper: #14171a; --ink: #e7eaed; --soft: #a0a9b3; --line: #2c3238; --wash: #1c2125; --control: #6d7680;
          --held: #3fc7a4; --missed: #ff9361; --unsure: #e3ba45; --blue: #69b7f2; --sky: #3a86b8; --violet: #d79bd1;
          --held-wash: #12261f; --missed-wash: #2c1a11; --unsure-wash: #29220d; --band: #ff9361; --band-opacity: .13; } }
        @media print { :root { color-scheme: light;
          --paper: #fff; --ink: #000; --soft: #444; --line: #ddd; --wash: #f6f6f6; --control: #888; --held: #00735a; --missed: #b8430a;
          --unsure: #7d6200; --blue: #0b66a6; --sky: #58a9db; --violet: #8b4f86; --held-wash: #fff; --missed-wash: #fff;
          --unsure-wash: #fff; --band: #b8430a; --band-opacity: .09; } }
        .held { --tone: var(--held); --tone-wash: var(--held-wash); }
        .missed { --tone: var(--missed); --tone-wash: var(--missed-wash); }
        .unsure { --tone: var(--unsure); --tone-wash: var(--unsure-wash); }

        """

    private static let text: Markup = """
        * { box-sizing: border-box; }
        html { background: var(--paper); -webkit-text-size-adjust: 100%; }
        body { margin: 0; color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
          font-variant-numeric: tabular-nums; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
        main { max-width: 1060px; margin: 0 auto; padding: 56px 32px 96px; }
        h1, h2, h3, h4, p, dl, dd, figure, ul, table, pre { margin: 0; }
        h1 { font-size: 42px; line-height: 1.15; letter-spacing: -.022em; font-weight: 650; overflow-wrap: anywhere; }
        h2 { font-size: 24px; line-height: 1.25; letter-spacing: -.012em; font-weight: 640; margin-bottom: 14px; }
        h3 { font-size: 16px; font-weight: 620; }
        h4 { font-size: 15px; font-weight: 620; } h3, h4 { overflow-wrap: anywhere; }
        section { margin-top: 72px; }
        section > h3 { margin: 32px 0 10px; }
        section > p { color: var(--soft); max-width: 70ch; margin-bottom: 18px; }
        small { display: block; font-size: 13px; font-weight: 400; color: var(--soft); }
        .eyebrow { font-size: 14px; color: var(--soft); margin-bottom: 10px; }
        .eyebrow span::before { content: "·"; margin: 0 7px; }
        .lede { font-size: 19px; line-height: 1.45; color: var(--soft); margin: 10px 0 32px; max-width: 60ch; }
        .icon { width: 1.3em; height: 1.3em; flex: none; fill: none; stroke: var(--paper); stroke-width: 2.1; stroke-linecap: round; stroke-linejoin: round; }
        .icon circle { fill: var(--tone); stroke: none; }
        .verdict { display: flex; align-items: center; gap: 22px; padding: 26px 30px; border-radius: 14px; background: var(--tone-wash);
          border: 1px solid color-mix(in srgb, var(--tone) 28%, transparent); }
        .verdict .icon { width: 58px; height: 58px; stroke-width: 1.9; }
        .verdict > div { flex: 1 1 auto; }
        .verdict .word { font-size: 32px; line-height: 1.15; font-weight: 660; letter-spacing: -.015em; color: var(--tone); }
        .verdict dl { display: flex; gap: 36px; flex: none; }
        .verdict dl div { min-width: 120px; }
        .verdict dd { font-size: 34px; line-height: 1.2; font-weight: 640; letter-spacing: -.02em; white-space: nowrap; }
        .verdict dd small { display: inline; font-size: 15px; letter-spacing: 0; }
        dt { font-size: 13px; color: var(--soft); }
        .meter { display: block; width: 100%; height: 4px; border-radius: 2px; margin-top: 6px; }
        .meter .track { fill: var(--line); } .meter .fill { fill: var(--tone); } .meter.plain .fill { fill: var(--soft); }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(116px, 1fr)); gap: 22px 20px; margin-top: 30px; }
        .figures dd { font-size: 20px; font-weight: 600; letter-spacing: -.01em; }
        .failures, .lost { list-style: none; padding: 0; display: grid; gap: 12px; max-width: 84ch; }
        .failures li, .lost li, .note { display: flex; gap: 12px; align-items: flex-start; }
        .failures .icon, .note .icon { margin-top: 2px; }
        .note { margin-bottom: 14px; }
        .fidelity { margin-top: 16px; font-size: 14px; color: var(--soft); max-width: 84ch; overflow-wrap: anywhere; } .fidelity details { margin-top: 4px; } .fidelity details p { margin-top: 6px; }
        .lost { margin-top: 20px; } .lost .points { flex: 0 0 3.4em; text-align: right; font-weight: 640; color: var(--missed); }
        .failures strong, .lost strong { margin-right: .35em; font-weight: 620; }
        .command { padding: 16px 18px; border-radius: 10px; background: var(--wash); border: 1px solid var(--line); white-space: pre-wrap;
          overflow-wrap: anywhere; user-select: all; -webkit-user-select: all; font: 14px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
        .command code { font: inherit; }
        button, select { font: inherit; font-size: 14px; line-height: 1.3; color: var(--ink); background: var(--paper); border: 1px solid var(--control); border-radius: 8px; padding: 5px 11px; min-height: 32px; }
        button { cursor: pointer; min-width: 36px; } button:hover:enabled { background: var(--wash); } button:disabled { color: var(--soft); border-color: var(--line); cursor: default; }
        .skip { position: absolute; left: -9999px; } .skip:focus { left: 16px; top: 12px; z-index: 9; padding: 8px 14px; background: var(--paper); border-radius: 8px; }
        a { color: var(--blue); text-underline-offset: 3px; } main:focus { outline: none; }
        .contents { margin-top: 34px; font-size: 14px; } .contents ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 4px 18px; }
        .repeat { margin-top: 26px; } .repeat h2, .failed h2 { font-size: 16px; letter-spacing: 0; margin-bottom: 8px; } .failed { margin-top: 26px; }
        .repeat div { display: flex; gap: 10px; align-items: stretch; } .repeat .command { flex: 1 1 auto; min-width: 0; padding: 10px 16px; } .repeat button { flex: none; min-width: 84px; }
        :focus-visible { outline: 2px solid var(--blue); outline-offset: 3px; border-radius: 4px; }

        """

    private static let tables: Markup = """
        table { width: 100%; border-collapse: collapse; font-size: 15px; }
        th, td { text-align: left; padding: 10px 14px 10px 0; vertical-align: top; border-bottom: 1px solid var(--line); font-weight: 400; }
        thead th, thead td { font-size: 13px; color: var(--soft); padding-top: 0; padding-bottom: 8px; vertical-align: bottom; }
        tbody th { font-weight: 600; overflow-wrap: anywhere; }
        .n { text-align: right; white-space: nowrap; }
        th:last-child, td:last-child { padding-right: 0; }
        caption { text-align: left; font-size: 13px; color: var(--soft); padding-bottom: 6px; }
        .judged { display: inline-flex; gap: 8px; align-items: center; font-weight: 600; color: var(--tone); }
        tr.missed .value, tr.missed td.n:last-child { color: var(--missed); font-weight: 640; }
        .pair { display: grid; grid-template-columns: 1fr 1fr; gap: 28px 48px; align-items: start; }
        .pair tr.missed th { color: var(--missed); }
        .facts { display: grid; } .facts > div { display: grid; grid-template-columns: 11em 1fr; gap: 12px; padding: 9px 0; border-bottom: 1px solid var(--line); }
        .facts dt { font-size: 14px; } .facts dd { font-size: 15px; overflow-wrap: anywhere; }
        .facts.mono > div { grid-template-columns: 7.5em 1fr; }
        .mono dd { font: 13.5px/1.6 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
        .tag { font-size: 13px; padding: 1px 9px; border-radius: 99px; border: 1px solid var(--line); color: var(--soft); white-space: nowrap; }
        .tag.other { border-color: var(--missed); color: var(--missed); font-weight: 600; }
        .down th, .down td { padding-top: 7px; padding-bottom: 7px; vertical-align: middle; }
        .down td.bar { width: 38%; } .down svg { display: block; }
        .down th small { display: inline; margin-left: 9px; }
        details { margin: 4px 0 18px; } summary { cursor: pointer; color: var(--blue); font-size: 14px; }
        .scroll { max-height: 340px; overflow: auto; margin-top: 8px; } .scroll table { font-size: 13px; } .scroll td, .scroll th { padding: 4px 14px 4px 0; }

        """

    private static let plots: Markup = """
        .axis { position: relative; --gutter: 124px; touch-action: pan-y; }
        figure { margin: 0 0 22px; --gutter: 124px; break-inside: avoid; } .axis figure { --gutter: inherit; }
        figcaption { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 20px; margin-bottom: 6px; }
        figcaption > span { font-size: 13px; color: var(--soft); }
        .legend { display: flex; flex-wrap: wrap; gap: 2px 16px; } .legend > span { display: inline-flex; gap: 6px; align-items: center; white-space: nowrap; }
        .plot { display: flex; gap: 10px; } .plot > svg { flex: 1 1 0; min-width: 0; width: 0; display: block; overflow: visible; }
        .gutter { position: relative; flex: 0 0 var(--gutter); font-size: 12px; line-height: 16px; color: var(--soft); }
        .gutter .strong { color: var(--ink); font-weight: 640; font-size: 15px; } .gutter span { position: absolute; right: 0; max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        .plot path, .legend path { fill: none; vector-effect: non-scaling-stroke; }
        .grid { stroke: var(--line); stroke-width: 1; } .edge { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 2 4; opacity: .55; }
        .plot path.band { fill: var(--band); fill-opacity: var(--band-opacity); } .unseen { fill: var(--wash); }
        svg text { font-size: 12px; fill: var(--soft); } svg text.strong, svg text.host { fill: var(--ink); font-weight: 600; }
        svg text.host { font-size: 13px; }
        rect.phase { fill: var(--wash); stroke: var(--line); } rect.phase.faults { fill: var(--missed-wash); } text.phase { font-size: 12px; }
        .fault { fill: var(--missed); } .fault.failed { fill: none; stroke: var(--missed); stroke-width: 1.5; } .differ { fill: var(--violet); }
        svg text.onbar { fill: var(--paper); font-size: 12px; font-weight: 600; } svg text.onbar.outside { fill: var(--ink); }
        .line { stroke-width: 1.8; stroke-linejoin: round; } .line.mean { stroke: var(--blue); stroke-width: 2; } .line.worst { stroke: var(--missed); stroke-width: 1.2; }
        .line.success { stroke: var(--held); stroke-width: 1.4; stroke-dasharray: 5 3; } .plot path.shortfall { fill: var(--missed); fill-opacity: .2; }
        .line.p50 { stroke: var(--sky); } .line.p95 { stroke: var(--blue); stroke-width: 2; } .line.p99 { stroke: var(--violet); stroke-dasharray: 6 3; stroke-width: 1.4; }
        .limit { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 1 4; stroke-linecap: round; } svg text.limit { stroke: none; fill: var(--ink); font-size: 12px; }
        .violation { fill: var(--missed); stroke: var(--paper); } .abort { stroke: var(--missed); stroke-width: 2; }
        .mark { stroke-width: 6; } .mark.detect { stroke: var(--unsure); } .mark.detect, .mark.restore { stroke-linecap: round; }
        .mark.takeover { stroke: var(--blue); stroke-linecap: square; stroke-width: 5; } .mark.restore { stroke: var(--held); } .mark.change { stroke: var(--soft); stroke-width: 1; opacity: .6; }
        .plot path.track { fill: var(--wash); } .heat { fill: var(--missed); } .plot path.heat { fill: var(--missed); }
        .heat.h1 { fill-opacity: .4; } .heat.h2 { fill-opacity: .58; } .heat.h3 { fill-opacity: .78; } .hit { fill: transparent; } .hit:hover { fill: var(--ink); fill-opacity: .1; }
        #cursor { position: absolute; top: 0; bottom: 22px; width: 1px; background: var(--ink); pointer-events: none; z-index: 1; }
        #readout { position: absolute; z-index: 2; max-width: 320px; padding: 9px 12px; border-radius: 8px; background: var(--ink); color: var(--paper);
          font-size: 13px; line-height: 1.45; white-space: pre-line; pointer-events: none; } #readout::first-line { font-weight: 650; }
        #cursor[hidden], #readout[hidden], .tools[hidden] { display: none; }
        #selection { position: absolute; top: 0; bottom: 22px; background: var(--blue); opacity: .18; pointer-events: none; z-index: 1; }
        .axis svg.timed { cursor: crosshair; user-select: none; -webkit-user-select: none; }
        .tools { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin-bottom: 16px; font-size: 14px; }
        .tools output { margin-left: 8px; font-weight: 600; } .hint { color: var(--soft); font-size: 13px; margin-left: auto; }
        .overview { flex: 1 0 100%; position: relative; height: 4px; border-radius: 2px; background: var(--line); } #thumb { position: absolute; height: 4px; min-width: 3px; border-radius: 2px; background: var(--blue); }
        .blocks { display: grid; gap: 30px 44px; } .blocks.many { grid-template-columns: 1fr 1fr; } .blocks figure { margin: 0; min-width: 0; --gutter: 62px; } .axis figure:last-of-type { margin-bottom: 0; }
        .cost { font-size: 14px; color: var(--soft); margin-bottom: 6px; }
        .bar { fill: var(--blue); } .bar.lead { fill-opacity: .25; } .bar.late { fill: var(--missed); } .bar.open { fill: var(--missed-wash); stroke: var(--missed); stroke-dasharray: 4 3; }
        .bound { stroke: var(--ink); stroke-width: 2; } svg text.beside { fill: var(--ink); paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
        svg text.beside.late { fill: var(--missed); font-weight: 640; } .soft { fill: var(--soft); font-weight: 400; }
        .dots { stroke: var(--blue); stroke-width: 5; stroke-linecap: round; stroke-opacity: .45; } .dots.strong { stroke-opacity: 1; stroke-width: 7; }
        .plot path.median, .median { stroke: var(--blue); stroke-width: 2.5; }
        .seed { stroke: var(--tone); stroke-width: 9; stroke-linecap: round; }
        .wide { overflow-x: auto; } .wide > svg { display: block; width: 100%; min-width: 760px; height: auto; }
        .lane { fill: var(--wash); } .box { fill: var(--paper); stroke: var(--line); } svg text.name { fill: var(--ink); font-size: 12.5px; }
        .call { fill: none; stroke: var(--control); stroke-width: 1.1; opacity: .7; } .call.soft-call { stroke-dasharray: 2 4; } .call.hot { stroke: var(--missed); stroke-width: 2; opacity: 1; } .bracket { fill: none; stroke: var(--control); stroke-width: 1.5; }
        .cell { stroke-width: 1.5; transform-box: fill-box; transform-origin: center; } .cell.u { fill: var(--line); rx: 5px; transform: scale(.6); } .cell.t { fill: var(--ink); stroke: var(--ink); } .cell.s { fill: var(--paper); stroke: var(--ink); }
        .cell.h { fill: var(--missed); rx: 5px; } .cell.x { fill: var(--violet); transform: rotate(45deg) scale(.85); } .cell.e { fill: var(--paper); stroke: var(--blue); rx: 5px; }
        .states { font-size: 13px; color: var(--soft); margin-bottom: 14px; } .choose { font-size: 14px; color: var(--soft); display: inline-flex; gap: 8px; align-items: center; margin-bottom: 12px; max-width: 100%; } .choose[hidden] { display: none; } .choose select { max-width: 100%; min-width: 0; }
        section > p.sentence { color: var(--ink); margin-bottom: 12px; } details ul { padding-left: 20px; font-size: 14px; margin-top: 8px; }
        .whisker { stroke: var(--ink); stroke-width: 4; stroke-linecap: round; fill: none; } .plot path.columns { fill: var(--blue); fill-opacity: .6; } .blocks .spread { --gutter: 0px; } .spread .plot { gap: 0; } .same { padding-left: 20px; font-size: 15px; } .key { font-size: 13px; color: var(--soft); margin-bottom: 14px; }
        .hundred { display: block; border-radius: 6px; } .kept { fill: var(--held); } .gone { fill: var(--missed); } .gone.alternate { fill-opacity: .65; }

        """

    private static let small: Markup = """
        @media (max-width: 720px) {
          main { padding: 28px 16px 64px; } h1 { font-size: 30px; } h2 { font-size: 21px; } .lede { font-size: 17px; margin-bottom: 22px; } section { margin-top: 52px; }
          .verdict { flex-wrap: wrap; padding: 20px; gap: 14px 16px; } .verdict .icon { width: 44px; height: 44px; } .verdict > div { flex: 1 1 180px; }
          .verdict .word { font-size: 26px; } .verdict dl { flex: 1 1 100%; gap: 20px; } .verdict dl div { flex: 1; min-width: 0; } .verdict dd { font-size: 28px; }
          .figures { grid-template-columns: 1fr 1fr; gap: 16px 20px; }
          .axis, figure { --gutter: 76px; } svg text[data-roomy] { display: none; } .hint { display: none; } .mark { stroke-width: 4; } .mark.takeover { stroke-width: 3; } .plot { gap: 6px; } .gutter { font-size: 11px; } .pair, .blocks.many { grid-template-columns: 1fr; }
          .objectives thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
          .objectives tr { display: flex; flex-wrap: wrap; gap: 4px 22px; padding: 14px 0; border-bottom: 1px solid var(--line); }
          .objectives th, .objectives td { border: 0; padding: 0; text-align: left; } .objectives tbody th { flex: 1 0 100%; order: -2; }
          .objectives td:first-child { flex: 1 0 100%; order: -1; } .objectives td.n::before { content: attr(data-label); display: block; font-size: 12px; font-weight: 400; color: var(--soft); }
          .down td.bar, .down thead td.bar { display: none; } .down th small { display: block; margin: 0; }
          .facts > div, .facts.mono > div { grid-template-columns: 8em 1fr; }
        }
        @media print { .wide { overflow: visible; } .wide > svg { min-width: 0; } @page { size: A4; margin: 16mm 14mm; } main { max-width: none; padding: 0; } body { font-size: 11pt; } section { margin-top: 26pt; }
          h2, h3, figcaption { break-after: avoid; } tr, li, .verdict, .command { break-inside: avoid; } details, #blasts, #cursor, #readout, #selection, .tools, nav, button, .choose, .skip { display: none; } .axis { --gutter: 96px; } svg text[data-roomy] { display: none; } }
        @media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
        """
}
