/// What runs, the figures, and what all parts are drawn with.
extension PageProgram {
    static let drawing = #"""
        const set = (element, text) => { if (element.textContent !== text) element.textContent = text; };
        const make = (tag, name, ...children) => {
          const element = document.createElement(tag);
          if (name) element.className = name;
          for (const child of children) if (child !== null && child !== undefined) element.append(child);
          return element;
        };
        const fill = (id, ...children) => byId(id).replaceChildren(...children.filter(child => child !== null));
        const none = text => make('p', 'aside', text);
        const plural = (count, word) => count + ' ' + word + (count === 1 ? '' : 's');
        const percent = share => {
          if (typeof share !== 'number') return '–';
          const rest = Math.min(Math.abs(share), Math.abs(1 - share)) * 100;
          return (share * 100).toFixed(rest === 0 ? 0 : rest >= 10 ? 1 : rest >= 0.1 ? 2 : 3) + ' %';
        };
        const clock = seconds => new Date(seconds * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
        const day = seconds => new Date(seconds * 1000).toLocaleString([], { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hour12: false });
        const length = seconds => {
          seconds = Math.max(0, Math.round(seconds));
          if (seconds < 120) return seconds + ' s';
          if (seconds < 7200) return Math.floor(seconds / 60) + ' min' + (seconds % 60 && seconds < 600 ? ' ' + seconds % 60 + ' s' : '');
          if (seconds < 172800) return Math.floor(seconds / 3600) + ' h ' + Math.floor(seconds % 3600 / 60) + ' min';
          return Math.floor(seconds / 86400) + ' d ' + Math.floor(seconds % 86400 / 3600) + ' h';
        };
        const virtual = seconds => {
          const whole = Math.floor(seconds), two = number => String(number).padStart(2, '0');
          return (whole >= 3600 ? Math.floor(whole / 3600) + ':' + two(Math.floor(whole % 3600 / 60)) : Math.floor(whole / 60)) + ':' + two(whole % 60);
        };
        const now = () => seen.now + (Date.now() - seen.at) / 1000;
        /* Times that pass by themselves are kept up to date here, between two messages. */
        const ago = (seconds, ahead) => {
          const element = make('time');
          element.dateTime = new Date(seconds * 1000).toISOString();
          element.title = element.dateTime;
          element.dataset.at = seconds;
          element.dataset.ahead = ahead ? '1' : '';
          tick(element);
          return element;
        };
        const tick = element => {
          const left = Number(element.dataset.at) - now();
          set(element, element.dataset.ahead ? (left > 0 ? 'in ' + length(left) : 'due') : length(-left) + ' ago');
        };
        const ticks = () => { for (const element of document.querySelectorAll('time[data-at]')) tick(element); };

        const draw = changed => {
          const any = (...keys) => !changed || keys.some(key => changed.has(key));
          if (any('service')) service();
          if (any('map')) map(); else if (any('moved')) moves();
          if (any('fleet', 'map', 'running', 'service', 'moved')) { headline(); running(); figures(); }
          if (any('fleet', 'map')) panels();
          if (any('next')) next();
          if (any('budgets')) budgets();
          if (any('validations')) validations();
          if (any('recent')) recent();
          ticks();
        };

        const first = () => {
          const order = seen.root.order || [];
          return order.map(id => seen.fleets.get(id)).find(fleet => fleet && fleet.head) || null;
        };
        const fleetOf = run => run.directory ? seen.fleets.get(run.directory) : null;

        const service = () => {
          const about = seen.root.service || {};
          set(byId('calendar'), about.calendar || 'chaos by the calendar');
          byId('paused').hidden = !about.paused;
          if (about.paused) set(byId('paused').querySelector('p'), 'The calendar is paused: ' + about.paused);
        };

        let said = '';
        const headline = () => {
          const runs = seen.root.running || [], fleet = first();
          let text = runs.length ? runs.map(run => run.scenario).join(', ') + (runs.length === 1 ? ' is running' : ' are running')
            : (seen.root.service || {}).paused ? 'Paused' : 'Nothing is running';
          set(byId('headline'), text);
          document.title = text + ' · Gauntlet';
          byId('halt').classList.toggle('quiet', runs.length === 0);
          if (fleet && runs.length && fleet.figures) {
            text += '; ' + (fleet.figures.down ? plural(fleet.figures.down, 'agent') + ' down' : 'all agents serve')
              + ', ' + plural(fleet.faults.length, 'fault') + ' in force';
          }
          /* For who listens: only when the sentence changes. */
          if (text !== said) { said = text; set(byId('spoken'), text); }
        };

        const running = () => {
          const runs = seen.root.running || [];
          if (!runs.length) return fill('runs');
          fill('runs', ...runs.map(run => {
            const fleet = fleetOf(run), card = make('div', 'run');
            card.append(make('h2', '', run.scenario),
              make('p', '', run.world + ' world, seed ' + run.seed + ', ' + (run.entry === 'by hand' ? 'started by hand' : 'calendar entry ' + run.entry) + ', ', ago(run.started, false)));
            const all = fleet && fleet.head ? fleet.head.phases.reduce((a, b) => a + b, 0) : run.length;
            const at = fleet && fleet.figures ? fleet.figures.time : Math.min(all, now() - run.started);
            const share = all > 0 ? Math.min(1, at / all) : 0, track = make('div', 'track'), bar = make('i');
            track.setAttribute('role', 'progressbar');
            track.setAttribute('aria-label', 'Progress of ' + run.scenario);
            track.setAttribute('aria-valuemin', '0');
            track.setAttribute('aria-valuemax', '100');
            track.setAttribute('aria-valuenow', String(Math.round(share * 100)));
            if (fleet && fleet.head) {
              const [baseline, faults] = fleet.head.phases, band = make('b');
              band.style.left = 100 * baseline / all + '%';
              band.style.width = 100 * faults / all + '%';
              track.append(band);
            }
            bar.style.width = 100 * share + '%';
            track.append(bar);
            const phase = fleet && fleet.figures && fleet.figures.phase;
            card.append(track, make('div', 'phases', make('span', '', phase ? 'phase: ' + phase : 'starting'), make('span', '', virtual(at) + ' of ' + virtual(all))));
            return card;
          }));
        };

        const figure = (name, value, tone, note) => {
          const box = make('div', '', make('dt', '', name), make('dd', tone || '', value));
          if (note) box.append(make('small', '', note));
          return box;
        };
        const figures = () => {
          const fleet = first();
          if (!fleet || !fleet.figures) return fill('figures');
          const f = fleet.figures, all = f.up + f.down, ended = !fleet.current[0];
          fill('figures',
            figure(ended ? 'available at its end' : 'available now', percent(f.now), f.down ? 'missed' : 'held', f.up + ' of ' + plural(all, 'agent')),
            figure('over this run', percent(f.soFar), '', length(f.lostAgentSeconds) + ' of agents lost'),
            figure('requests answered', percent(f.success), '', 'in the last window'),
            budgetFigure(),
            f.violations ? figure('broken invariants', String(f.violations), 'missed') : null);
        };
        const budgetFigure = () => {
          const budgets = seen.root.budgets || [];
          if (!budgets.length) return null;
          const spent = budgets.reduce((sum, b) => sum + b.spent, 0), allowed = budgets.reduce((sum, b) => sum + b.allowed, 0);
          return figure('of this week’s budget', allowed > 0 ? percent(spent / allowed) : '–', spent > allowed ? 'missed' : '', 'spent');
        };

        """#
}
