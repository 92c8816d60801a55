/// The page's script: listens, draws what changed, and asks for what a button says. Text only ever becomes text: names come
/// from files that others write.
enum PageProgram {
    static let source: [UInt8] = Array((listening + drawing + fleet + tables + acting).utf8)

    private static let listening = #"""
        'use strict';
        const byId = id => document.getElementById(id);
        /* What the service last said: root sections, and fleets by run directory. */
        const seen = { root: {}, fleets: new Map(), seq: -1, now: 0, at: 0 };
        let source = null, wait = 1000, heard = 0, tried = 0, timer = 0;

        const listen = () => {
          clearTimeout(timer);
          if (source) source.close();
          source = new EventSource('/events');
          source.addEventListener('snapshot', event => take(JSON.parse(event.data), true));
          source.addEventListener('delta', event => take(JSON.parse(event.data), false));
          source.onerror = () => {
            source.close();
            timer = setTimeout(listen, wait);
            wait = Math.min(wait * 2, 15000);
            link();
          };
          tried = Date.now();
          link();
        };

        const take = (message, whole) => {
          wait = 1000;
          heard = Date.now();
          /* A message was missed: the whole state makes it good. */
          if (!whole && message.seq !== seen.seq + 1) return listen();
          seen.seq = message.seq;
          seen.now = message.now;
          seen.at = Date.now();
          if (whole) { seen.root = {}; seen.fleets.clear(); }
          const changed = new Set(Object.keys(message.set || {}));
          Object.assign(seen.root, message.set);
          for (const part of message.fleets || []) {
            let fleet = seen.fleets.get(part.id);
            if (!fleet) seen.fleets.set(part.id, fleet = { id: part.id, agents: [], moved: null });
            for (const key of Object.keys(part.set || {})) changed.add('fleet');
            Object.assign(fleet, part.set);
            if (part.agents) {
              fleet.moved = part.agents;
              for (const [index, state] of part.agents) fleet.agents[index] = state;
              changed.add('moved');
            }
            if (part.set && part.set.head) changed.add('map');
          }
          if (changed.has('order') || whole) {
            const order = seen.root.order || [];
            for (const id of [...seen.fleets.keys()]) if (!order.includes(id)) seen.fleets.delete(id);
            changed.add('map').add('fleet');
          }
          draw(whole ? null : changed);
          link();
        };

        const link = () => {
          const silent = Date.now() - heard, lost = silent > 12000 || source.readyState !== 1, ever = seen.at > 0;
          const badge = byId('link'), banner = byId('stale');
          badge.className = 'link' + (!lost ? ' live' : ever ? ' lost' : '');
          set(badge, !lost ? 'live' : ever ? 'out of date' : 'connecting');
          document.body.classList.toggle('lost-touch', lost && ever);
          banner.hidden = !(lost && ever);
          if (!banner.hidden) set(banner, 'Out of date: nothing heard since ' + clock(seen.at / 1000) + '. Trying again by itself.');
          /* A connection that is open and says nothing is dead, too. */
          if (silent > 20000 && Date.now() - tried > 20000) listen();
        };
        setInterval(() => { link(); ticks(); }, 1000);

        """#

    private static let drawing = #"""
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

    private static let fleet = #"""
        /* Most telling first: what is shown of an agent that is several things at once. */
        const kinds = [
          [1, 'bad', '✕', 'down'], [128, 'bad', '†', 'given up'], [2, 'hit', '↯', 'under fault'], [16, 'odd', '∅', 'no hub'],
          [64, 'odd', '↻', 'starting'], [32, 'moved', '⇄', 'another serves'], [8, 'moved', '→', 'changing hub'], [4, 'moved', '⇥', 'other hub'],
          [256, 'odd', '▤', 'buffering'], [512, 'odd', '▽', 'shedding'],
        ];
        const well = [0, 'well', '✓', 'serving'];
        const kindOf = state => kinds.find(kind => state & kind[0]) || well;
        let cells = [], shown = null;

        const paint = (cell, name, state) => {
          const [, tone, glyph, word] = kindOf(state);
          cell.className = 'cell ' + tone;
          set(cell.firstChild, glyph);
          set(cell.lastChild, ', ' + word);
          cell.title = name + ': ' + (kinds.filter(kind => state & kind[0]).map(kind => kind[3]).join(', ') || 'serving');
        };
        const cellOf = (name, state) => {
          const glyph = make('span', 'glyph'), cell = make('li', 'cell', glyph, make('span', 'name', name), make('span', 'unseen'));
          glyph.setAttribute('aria-hidden', 'true');
          paint(cell, name, state);
          return cell;
        };
        const map = () => {
          const fleet = first();
          shown = fleet;
          cells = [];
          if (!fleet) return;
          const head = fleet.head;
          fill('map', ...head.hosts.map((host, h) => {
            const here = head.agents.map((agent, index) => ({ agent, index })).filter(item => item.agent.h === h);
            const box = make('div', 'host', make('h3', '', host, make('small', '', plural(here.length, 'agent'))));
            head.groups.forEach((group, g) => {
              const members = here.filter(item => item.agent.g === g);
              if (!members.length) return;
              const list = make('ul', 'cells');
              for (const { agent, index } of members) list.append(cells[index] = cellOf(agent.n, fleet.agents[index] || 0));
              box.append(make('div', 'group', make('h4', '', group), list));
            });
            return box;
          }));
          fill('legend', ...[well, ...kinds].map(([, tone, glyph, word]) => make('span', tone, make('span', 'glyph', glyph), word)));
        };
        const moves = () => {
          const fleet = first();
          if (fleet !== shown) return map();
          if (!fleet || !fleet.moved) return;
          for (const [index, state] of fleet.moved) if (cells[index]) paint(cells[index], fleet.head.agents[index].n, state);
          fleet.moved = null;
        };

        const row = (left, right, tone) => make('li', '', left, make('span', tone || '', right));
        const rows = items => make('ul', 'rows', ...items);
        const noted = (name, note) => make('span', '', name, note ? make('small', '', note) : null);
        const panels = () => {
          const fleet = first();
          if (!fleet) return;
          const head = fleet.head, f = fleet.figures;
          set(byId('fleet-note'), head.scenario + ', ' + head.world + ' world' + (fleet.current[0] ? '' : ', as its last run left it')
            + (f.trouble ? '; its journal cannot be followed: ' + f.trouble : ''));
          fill('faults', fleet.faults.length ? rows(fleet.faults.map(fault => {
            const more = fault.targetCount - fault.targets.length;
            return row(noted(fault.kind, fault.id + (fault.targets.length ? ': ' + fault.targets.join(', ') + (more > 0 ? ' and ' + more + ' more' : '') : '')),
              'since ' + virtual(fault.since) + (fault.duration ? ' for ' + length(fault.duration) : ''), 'tone-bad');
          })) : none('None.'));
          const hubs = fleet.hubs.map(hub => row(
            noted(hub.name, [hub.left ? plural(hub.left, 'agent') + ' left for the other' : '', hub.link && hub.link !== 'connected' ? hub.link + ': ' + hub.about : ''].filter(Boolean).join('; ')),
            hub.link && hub.link !== 'connected' ? hub.link : hub.state,
            hub.state === 'serving' && (!hub.link || hub.link === 'connected') ? 'tone-good' : hub.link === 'healing' || hub.state === 'starting' ? 'tone-odd' : 'tone-bad'));
          if (fleet.registries.differ) hubs.push(row(noted('Registries'), 'differ' + (fleet.registries.lag ? ', ' + length(fleet.registries.lag) + ' behind' : ''), 'tone-odd'));
          fill('hubs', hubs.length ? rows(hubs) : none('This fleet has none.'));
          const open = fleet.breakers.slice(0, 8).map(breaker => row(make('span', '', breaker.edge.replace('>', ' → ')), breaker.state === 'halfOpen' ? 'half-open' : breaker.state, breaker.state === 'halfOpen' ? 'tone-odd' : 'tone-bad'));
          if (fleet.breakers.length > 8) open.push(row(make('span', '', 'and ' + (fleet.breakers.length - 8) + ' more'), ''));
          fill('breakers', open.length ? rows(open) : none('All closed.'));
          const stores = [row(make('span', '', 'Agents that buffer'), String(fleet.buffers.length), fleet.buffers.length ? 'tone-odd' : 'tone-good')];
          for (const disk of fleet.disks) stores.push(row(noted('Disk of ' + disk.host), percent(disk.used) + ', ' + disk.level, disk.level === 'normal' ? 'tone-good' : disk.level === 'warn' ? 'tone-odd' : 'tone-bad'));
          fill('stores', rows(stores));
          fill('events', ...fleet.events.map(event => make('li', '', make('time', '', virtual(event.at)),
            make('span', event.tone === 'bad' ? 'tone-bad' : event.tone === 'good' ? 'tone-good' : '', event.text))));
        };

        """#

    private static let tables = #"""
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

    private static let acting = #"""
        /* The cookie is the browser's; this key is the page's own, and both are needed. */
        const key = () => sessionStorage.getItem('gauntlet-key') || '';
        const logged = value => {
          if (value) sessionStorage.setItem('gauntlet-key', value); else sessionStorage.removeItem('gauntlet-key');
          set(byId('login'), value ? 'Log out' : 'Log in to act');
        };
        const tell = (text, tone) => {
          const box = byId('told');
          box.className = 'banner ' + tone;
          box.hidden = false;
          set(box, text);
        };
        const send = (action, body) => fetch('/api/' + action, {
          method: 'POST', credentials: 'same-origin', body: JSON.stringify(body),
          headers: { 'Content-Type': 'application/json', 'X-Gauntlet-Key': key() },
        });

        let pending = null;
        const ask = again => {
          pending = again;
          set(byId('refusal'), '');
          byId('token').value = '';
          byId('ask').showModal();
        };
        const act = async (button, action, body, doing) => {
          if (!key()) return ask(() => act(button, action, body, doing));
          button.disabled = true;
          tell(doing, '');
          try {
            const answer = await send(action, body);
            if (answer.status === 401) {
              logged('');
              byId('told').hidden = true;
              return ask(() => act(button, action, body, doing));
            }
            const type = answer.headers.get('Content-Type') || '';
            const text = type.startsWith('application/json') ? (await answer.json()).message : (await answer.text()).trim();
            tell(text, answer.ok ? 'held' : 'missed');
          } catch (error) {
            tell('The service does not answer: ' + error.message, 'missed');
          } finally {
            button.disabled = false;
          }
        };

        byId('halt').addEventListener('click', () => act(byId('halt'), 'halt', {}, 'Halting: every fault is being taken back…'));
        byId('resume').addEventListener('click', () => act(byId('resume'), 'resume', {}, 'Resuming…'));
        byId('run').addEventListener('submit', event => {
          event.preventDefault();
          const seed = byId('seed').value.trim(), body = { scenario: byId('scenario').value.trim(), world: byId('world').value };
          /* A script's numbers are exact up to here only. */
          if (seed && !Number.isSafeInteger(Number(seed))) return tell('The seed is a whole number below ' + Number.MAX_SAFE_INTEGER + ' here; larger ones by the command line.', 'missed');
          if (seed) body.seed = Number(seed);
          act(event.submitter || byId('run').querySelector('button'), 'run', body, 'Starting ' + body.scenario + '…');
        });
        byId('login').addEventListener('click', async () => {
          if (!key()) return ask(null);
          try { await send('logout', {}); } catch { /* The key is forgotten in any case. */ }
          logged('');
          tell('Logged out.', '');
        });
        byId('cancel').addEventListener('click', () => byId('ask').close());
        byId('token-form').addEventListener('submit', async event => {
          event.preventDefault();
          try {
            const answer = await send('login', { token: byId('token').value.trim() });
            if (!answer.ok) return set(byId('refusal'), (await answer.text()).trim());
            logged((await answer.json()).key);
            byId('ask').close();
            const again = pending;
            pending = null;
            if (again) again();
          } catch (error) {
            set(byId('refusal'), 'The service does not answer: ' + error.message);
          }
        });
        byId('ask').addEventListener('close', () => { byId('token').value = ''; });
        logged(key());
        listen();

        """#
}
