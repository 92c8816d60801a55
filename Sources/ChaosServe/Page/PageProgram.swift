/// The page's script: listens, draws what changed, and asks for what a button says. Text only ever becomes text: names come
/// from files that others write.
enum PageProgram {
    static let source: [UInt8] = Array((listening + drawing + fleet + tables + acting).utf8)

    static let listening = #"""
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
}
