/// Next runs, budgets, validations and history.
extension PageProgram {
    static let tables = #"""
        const table = (name, heads, lines) => {
          const header = make('tr'), body = make('tbody');
          for (const [text, kind] of heads) { const cell = make('th', kind || '', text); cell.scope = 'col'; header.append(cell); }
          body.append(...lines);
          const scroller = make('div', 'scroller', make('table', '', make('caption', 'unseen', name), make('thead', '', header), body));
          scroller.tabIndex = 0;
          scroller.setAttribute('role', 'region');
          scroller.setAttribute('aria-label', name);
          return scroller;
        };
        const named = (...content) => { const cell = make('th', '', ...content); cell.scope = 'row'; return cell; };

        const next = () => {
          const runs = seen.root.next || [];
          if (!runs.length) return fill('next', none('Nothing is planned.'));
          fill('next', table('Next runs', [['when'], ['scenario'], ['world'], ['can hit']], runs.slice(0, 8).map(run => make('tr', '',
            make('td', '', day(run.due), make('small', '', ago(run.due, true))), named(run.scenario, make('small', '', run.entry)), make('td', '', run.world), make('td', '', run.blastRadius)))));
        };

        const gauge = (share, tone) => {
          const bar = make('i'), box = make('div', 'gauge' + (tone ? ' ' + tone : ''), bar);
          bar.style.width = 100 * Math.max(0, Math.min(1, share)) + '%';
          return box;
        };
        const budgets = () => {
          const all = seen.root.budgets || [];
          if (!all.length) return fill('budgets', none('The calendar has none.'));
          fill('budgets', ...all.map(b => {
            const share = b.allowed > 0 ? b.spent / b.allowed : b.spent > 0 ? 1 : 0;
            return make('div', 'block', make('strong', '', b.fleet), gauge(share, share >= 1 ? 'bad' : share >= 0.8 ? 'odd' : ''),
              Math.round(b.spent) + ' of ' + Math.round(b.allowed) + ' agent-seconds spent; the week ends ' + day(b.until));
          }));
        };
        const validations = () => {
          const all = seen.root.validations || [];
          if (!all.length) return fill('validations', none('None is under way.'));
          fill('validations', ...all.map(v => make('div', 'block', make('strong', '', v.name), gauge(v.wanted > 0 ? v.gathered / v.wanted : 0, ''),
            length(v.gathered) + ' of ' + length(v.wanted) + '; availability ' + percent(v.availability) + ', coverage ' + Math.round(v.coverage * 10) / 10 + ' %')));
        };

        const judged = outcome => {
          const good = outcome === 'held', bad = /^(deviated|lost|not|failed|aborted|missed)/.test(outcome);
          const mark = make('span', '', good ? '✓' : bad ? '✕' : '?');
          mark.setAttribute('aria-hidden', 'true');
          return make('span', 'judged ' + (good ? 'held' : bad ? 'missed' : 'unsure'), mark, outcome);
        };
        const recent = () => {
          const runs = seen.root.recent || [];
          if (!runs.length) return fill('recent', none('No run has ended yet.'));
          fill('recent', table('History', [['ended'], ['scenario'], ['world'], ['outcome'], ['score', 'n']], runs.map(run => {
            let name = run.scenario;
            if (run.directory && !run.directory.startsWith('/')) {
              name = make('a', '', run.scenario);
              name.href = '/reports/' + run.directory.split('/').map(encodeURIComponent).join('/') + '/report.html';
            }
            return make('tr', '', make('td', '', day(run.ended), make('small', '', ago(run.ended, false))), named(name, make('small', '', run.entry)),
              make('td', '', run.world), make('td', '', judged(run.outcome)), make('td', 'n', typeof run.score === 'number' ? run.score.toFixed(1) : '–'));
          })));
        };

        """#
}
