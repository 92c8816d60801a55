/// The map of agents and the panels beside it.
extension PageProgram {
    static let fleet = #"""
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
}
