import ChaosReport

/// The reports' looks, and what a page that lives needs beside them.
enum PageLooks {
    static let css: [UInt8] = Array((PageStyle.css.source + own).utf8)

    private static let own = """

        main { max-width: 1180px; padding-top: 36px; }
        section { margin-top: 48px; }
        .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
        .skip { position: absolute; left: 12px; top: -60px; padding: 10px 14px; background: var(--ink); color: var(--paper); border-radius: 8px; z-index: 3; }
        .skip:focus { top: 12px; }
        .top .eyebrow span:first-child::before { content: none; }
        .aside { font-size: 14px; color: var(--soft); }
        [hidden] { display: none !important; }

        .top { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: flex-end; gap: 16px 24px; }
        .top h1 { font-size: 34px; }
        .acts { display: flex; flex-wrap: wrap; align-items: center; gap: 10px; }
        .link { font-size: 13px; color: var(--soft); padding: 5px 12px; border-radius: 99px; border: 1px solid var(--line); }
        .link::before { content: ""; display: inline-block; width: 8px; height: 8px; margin-right: 7px; border-radius: 50%; background: var(--unsure); }
        .link.live::before { background: var(--held); } .link.lost { color: var(--missed); border-color: var(--missed); } .link.lost::before { background: var(--missed); }
        button { font: inherit; font-size: 15px; font-weight: 600; padding: 9px 18px; min-height: 44px; border-radius: 10px; cursor: pointer;
          color: var(--paper); background: var(--ink); border: 1px solid var(--ink); }
        button.quiet { color: var(--ink); background: transparent; border-color: var(--line); }
        button.halt { background: var(--missed); border-color: var(--missed); padding-inline: 30px; }
        button.halt.quiet { color: var(--missed); background: transparent; border-color: var(--missed); }
        button:disabled { opacity: .6; cursor: progress; }
        .banner { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 10px 20px; margin-top: 20px; padding: 14px 20px; border-radius: 12px;
          --tone: var(--soft); --tone-wash: var(--wash); color: var(--ink); background: var(--tone-wash); border: 1px solid color-mix(in srgb, var(--tone) 34%, transparent); }
        .banner.held { --tone: var(--held); --tone-wash: var(--held-wash); } .banner.missed { --tone: var(--missed); --tone-wash: var(--missed-wash); }
        .banner.unsure { --tone: var(--unsure); --tone-wash: var(--unsure-wash); }
        .lost-touch #now, .lost-touch #fleet { opacity: .72; filter: grayscale(.7); }

        .runs { display: grid; gap: 14px; }
        .run { padding: 20px 24px; border-radius: 14px; background: var(--wash); border: 1px solid var(--line); }
        .run h2 { margin: 0 0 4px; font-size: 21px; overflow-wrap: anywhere; }
        .run p { color: var(--soft); font-size: 14px; }
        .run .track { position: relative; height: 10px; margin: 14px 0 6px; border-radius: 5px; background: var(--line); overflow: hidden; }
        .run .track i { position: absolute; inset: 0 auto 0 0; background: var(--blue); transition: width .9s linear; }
        .run .track b { position: absolute; top: 0; bottom: 0; background: var(--missed); opacity: .28; }
        .phases { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 4px 14px; font-size: 13px; color: var(--soft); }
        .figures dd small { display: block; }
        .figures .missed { color: var(--missed); } .figures .held { color: var(--held); }

        .heading { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 18px; } .heading h2 { margin-bottom: 6px; }
        .marks { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; color: var(--soft); margin: 4px 0 18px; }
        .marks span { display: inline-flex; align-items: center; gap: 6px; }
        .host { margin-bottom: 22px; } .host > h3 { display: flex; flex-wrap: wrap; gap: 2px 12px; align-items: baseline; margin: 0 0 8px; }
        .group { display: grid; grid-template-columns: 108px 1fr; gap: 4px 14px; margin-bottom: 8px; }
        .group h4 { font-size: 13px; font-weight: 500; color: var(--soft); padding-top: 5px; }
        .cells { list-style: none; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(138px, 1fr)); gap: 5px; }
        .cell { display: flex; align-items: center; gap: 6px; min-width: 0; padding: 3px 8px; border-radius: 6px; font-size: 12px; line-height: 20px;
          --tone: var(--held); --tone-wash: var(--wash); background: var(--tone-wash); border: 1px solid var(--line); border-left: 3px solid var(--tone); }
        .cell .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        .glyph { flex: none; width: 13px; text-align: center; font-weight: 700; color: var(--tone); }
        .cell.bad, .marks .bad { --tone: var(--missed); --tone-wash: var(--missed-wash); } .cell.bad { border-color: var(--missed); font-weight: 620; }
        .cell.hit, .marks .hit { --tone: var(--missed); } .cell.hit { border-color: var(--missed); border-style: dashed; border-left-style: solid; }
        .cell.moved, .marks .moved { --tone: var(--blue); } .cell.moved { border-color: var(--blue); }
        .cell.odd, .marks .odd { --tone: var(--unsure); --tone-wash: var(--unsure-wash); } .marks .well { --tone: var(--held); }

        .panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(300px, 100%), 1fr)); gap: 28px 40px; margin-top: 26px; } .panels .wide { grid-column: span 2; }
        .panels h3 { margin: 0 0 8px; }
        .rows { list-style: none; padding: 0; font-size: 14px; } .rows li { display: flex; justify-content: space-between; gap: 12px; padding: 6px 0; border-bottom: 1px solid var(--line); }
        .rows li > :first-child { overflow-wrap: anywhere; min-width: 0; } .rows li > :last-child { text-align: right; flex: none; max-width: 60%; }
        .rows small { overflow-wrap: anywhere; }
        .tone-bad { color: var(--missed); font-weight: 600; } .tone-good { color: var(--held); font-weight: 600; } .tone-odd { color: var(--unsure); font-weight: 600; }
        .gauge { height: 8px; border-radius: 4px; background: var(--line); overflow: hidden; margin: 6px 0; } .gauge i { display: block; height: 100%; background: var(--held); }
        .gauge.odd i { background: var(--unsure); } .gauge.bad i { background: var(--missed); } .block { padding: 2px 0 14px; font-size: 14px; }
        .block strong { font-weight: 620; overflow-wrap: anywhere; }
        .events { list-style: none; padding: 0; margin: 0; font-size: 14px; columns: 2 340px; column-gap: 40px; }
        .events li { display: flex; gap: 12px; padding: 4px 0; break-inside: avoid; } .events time { flex: 0 0 4.6em; text-align: right; color: var(--soft); }
        .form { display: grid; gap: 12px; } .form label { display: grid; gap: 4px; font-size: 14px; color: var(--soft); }
        input, select { font: inherit; font-size: 16px; width: 100%; min-height: 44px; padding: 8px 12px; color: var(--ink); background: var(--paper); border: 1px solid var(--soft); border-radius: 8px; }
        input::placeholder { color: var(--soft); opacity: 1; }
        .form button { justify-self: start; } .form p { font-size: 14px; color: var(--soft); }
        dialog { width: min(460px, calc(100vw - 32px)); padding: 28px; color: var(--ink); background: var(--paper); border: 1px solid var(--line); border-radius: 16px; }
        dialog::backdrop { background: rgb(0 0 0 / .45); } .refusal { min-height: 1.5em; } .form .refusal { color: var(--missed); }
        .scroller { overflow-x: auto; } .scroller table { min-width: 520px; } a { color: var(--blue); }
        td .judged { white-space: nowrap; }

        @media (max-width: 720px) {
          main { padding-top: 22px; } .top h1 { font-size: 26px; } .top .acts { width: 100%; } .top .acts .halt { flex: 1; }
          .group { grid-template-columns: 1fr; } .group h4 { padding: 0; } .cells { grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); }
          .panels .wide { grid-column: auto; } .run { padding: 16px; } section { margin-top: 38px; }
        }
        @media (prefers-reduced-motion: reduce) { .run .track i { transition: none; } }

        """
}
