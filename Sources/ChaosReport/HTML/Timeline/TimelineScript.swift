/// Cursor and zoom of the timeline.
///
/// A view is a part `from ..< to` of the run, in the quanta of `Readout`. Lines are drawn in units of the whole run, so a view
/// is only another `viewBox`; words stand in per cent of the width and are placed again; what is coarse in bins (chains up, who
/// was down, transitions) is drawn again from single outages once a view is short enough to show them.
enum TimelineScript {
    static let source: Markup = """
        const axis = byID('axis'), data = byID('points');
        if (!axis || !data) return;
        const run = JSON.parse(data.textContent), plots = [...axis.querySelectorAll('svg.timed')];
        if (!plots.length || !run.i.length) return;
        const END = run.end, first = plots[0], tools = byID('tools');
        \(reading)
        \(drawing)
        \(exact)
        \(cursor)
        \(moving)
        """

    private static let reading: Markup = """
        const rows = run.outages && run.outages.map(gaps => {
          const spans = [];
          for (let at = 0, index = 0; index < gaps.length; index += 2) {
            const start = at + gaps[index];
            at = start + gaps[index + 1];
            spans.push([start, at]);
          }
          return spans;
        });
        const marks = {};
        for (const [name, gaps] of Object.entries(run.marks || {})) {
          let at = 0;
          marks[name] = gaps.map(gap => at += gap);
        }
        const least = rows && run.marks ? Math.min(END, Math.max(END / 2000, 50)) : END / 20;
        const percent = text => text && text.endsWith('%') ? parseFloat(text) : null;
        const words = [];
        for (const plot of plots) {
          if (plot.dataset.plot === 'ticks') continue;
          let bar = null;
          for (const element of plot.children) {
            if (element.matches('svg,title,desc,.hit,.host,.limit')) continue;
            const word = { element, bar: null, x: percent(element.getAttribute('x')), width: percent(element.getAttribute('width')) };
            if (element.tagName === 'rect') bar = word;
            else if (element.matches('.onbar,.phase')) word.bar = bar;
            word.true = element.dataset.w === undefined ? word.width : +element.dataset.w;
            word.at = percent(element.getAttribute('cx')) ?? percent(element.getAttribute('x1'));
            if (word.x !== null || word.at !== null) words.push(word);
          }
        }
        const originals = new Map();
        const redraw = (path, d) => {
          if (!originals.has(path)) {
            if (d === null) return;
            originals.set(path, path.getAttribute('d'));
          }
          path.setAttribute('d', d ?? originals.get(path));
        };
        """

    private static let drawing: Markup = """
        let from = 0, to = END, width = 0;
        const isWhole = () => from <= 0 && to >= END;
        const unit = time => 1000 * time / END;
        // A fault's name beside its bar, once it has the screen nearly to itself.
        const outside = word => {
          const { element, bar } = word, end = bar.left + bar.room;
          element.style.display = 'none';
          if (isWhole() || element.matches('.phase') || bar.true < 100 * (to - from) / END / 200) return;
          element.style.display = '';
          element.classList.add('outside');
          if ((100 - end) / 100 * width < element.getComputedTextLength() + 10) element.style.display = 'none';
          else element.setAttribute('x', end + '%');
        };
        const place = word => {
          const view = 100 / (100 * (to - from) / END), start = 100 * from / END, set = (name, value) => word.element.setAttribute(name, value + '%');
          const on = x => (x - start) * view, element = word.element;
          if (word.width !== null) {
            const left = on(word.x), least = word.width === word.true ? 0 : isWhole() ? word.width : 0.35;
            const a = Math.max(0, left), b = Math.min(100, left + Math.max(least, word.true * view));
            word.left = a;
            word.room = b - a;
            element.style.display = b > a ? '' : 'none';
            if (b > a) { set('x', a); set('width', b - a); }
          } else if (word.bar) {
            const room = word.bar.room / 100 * width;
            set('x', element.matches('.phase') ? word.bar.left + word.bar.room / 2 : word.bar.left);
            element.style.display = room > 40 ? '' : 'none';
            if (!word.bar.room) return;
            element.classList.remove('outside');
            if (element.style.display || element.getComputedTextLength() + 14 > room) outside(word);
          } else {
            const x = on(word.at ?? word.x), isIn = x >= 0 && x <= 100;
            element.style.display = isIn ? '' : 'none';
            if (isIn) for (const name of ['x', 'cx', 'x1', 'x2']) if (element.hasAttribute(name)) set(name, x);
          }
        };
        const two = number => String(number).padStart(2, '0');
        const stamp = (time, digits) => {
          const unit = 10 ** digits, parts = Math.round(time * run.q / 1000 * unit), seconds = Math.floor(parts / unit);
          const rest = digits ? '.' + String(parts % unit).padStart(digits, '0') : '';
          const minutes = Math.floor(seconds / 60);
          return (minutes < 60 ? minutes : Math.floor(minutes / 60) + ':' + two(minutes % 60)) + ':' + two(seconds % 60) + rest;
        };
        const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 108e5, 216e5, 432e5, 864e5, 1728e5];
        const digits = () => { const span = (to - from) * run.q; return span < 2e3 ? 3 : span < 2e4 ? 2 : span < 6e5 ? 1 : 0; };
        const ticks = () => {
          const plot = axis.querySelector('[data-plot=ticks]'), texts = [...plot.querySelectorAll('text')];
          for (const text of texts) if (text.dataset.extra) text.remove(); else text.style.display = isWhole() ? '' : 'none';
          if (isWhole()) return null;
          const span = (to - from) * run.q, step = (steps.find(one => span / one <= 6) ?? span) / run.q;
          const places = step * run.q < 10 ? 3 : step * run.q < 100 ? 2 : step * run.q < 1000 ? 1 : 0;
          const times = [];
          for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
            const text = texts[0].cloneNode(false), x = 100 * (time - from) / (to - from);
            text.style.display = '';
            times.push(time);
            text.setAttribute('x', x + '%');
            text.setAttribute('text-anchor', x < 3 ? 'start' : x > 97 ? 'end' : 'middle');
            text.dataset.extra = '1';
            text.textContent = stamp(time, places);
            plot.append(text);
          }
          return times;
        };
        const lines = (times, height) => times.map(time => `M${unit(time)} 0V${height}`).join('');
        const draw = () => {
          const times = ticks(), whole = isWhole();
          width = first.getBoundingClientRect().width;
          for (const plot of plots) {
            const inner = plot.querySelector('svg'), height = +plot.getAttribute('height');
            inner.setAttribute('viewBox', `${unit(from)} 0 ${unit(to - from)} ${height}`);
            for (const path of inner.querySelectorAll('path.times')) redraw(path, times && lines(times, height));
            for (const path of inner.querySelectorAll('path.edge')) redraw(path, whole ? null : lines(run.phases.slice(1), height));
            const least = (to - from) * 0.0008;
            for (const path of inner.querySelectorAll('path.band')) redraw(path, whole ? null : run.faults.filter(([, a, b]) => b >= from && a <= to)
              .map(([, a, b]) => `M${unit(a)} 0H${unit(Math.max(b, a + least))}V${height}H${unit(a)}Z`).join(''));
          }
          words.forEach(place);
          // Single outages where bins would be coarse, bins where outages would be dust.
          const isExact = (to - from) * 4 <= END;
          if (rows) uptime(isExact), heat(isExact);
          if (run.marks) transitions(isExact);
          byID('range').textContent = whole ? 'The whole run' : stamp(from, digits()) + ' to ' + stamp(to, digits());
          const thumb = byID('thumb');
          thumb.style.left = 100 * from / END + '%';
          thumb.style.width = 100 * (to - from) / END + '%';
          for (const button of tools.querySelectorAll('button')) {
            const act = button.dataset.zoom;
            button.disabled = act === 'in' ? to - from <= least * 1.001 : act === 'fault' ? !run.faults.length : whole;
          }
        };
        """

    private static let exact: Markup = """
        const uptime = isExact => {
          const plot = axis.querySelector('[data-plot=uptime]'), part = name => plot.querySelector('path.' + name);
          if (!plot) return;
          if (!isExact) return ['worst', 'mean', 'shortfall'].forEach(name => redraw(part(name), null));
          const changes = [];
          let down = 0;
          for (const spans of rows) for (const [start, end] of spans) {
            if (end <= from || start >= to) continue;
            if (start <= from) down += 1; else changes.push([start, 1]);
            if (end < to) changes.push([end, -1]);
          }
          changes.sort((one, other) => one[0] - other[0]);
          const [top, bottom, floor] = run.y, seen = Math.min(to, run.seen);
          const y = () => (top + down / rows.length / (1 - floor) * (bottom - top)).toFixed(2);
          let d = `M${unit(from)} ${y()}`;
          for (const [time, by] of changes) {
            d += `H${unit(time)}`;
            down += by;
            d += `V${y()}`;
          }
          if (seen > from) d += `H${unit(seen)}`; else d = '';
          redraw(part('mean'), d);
          redraw(part('worst'), '');
          redraw(part('shortfall'), d && d + `V${top}H${unit(from)}Z`);
        };
        const heat = isExact => {
          const plot = axis.querySelector('[data-plot=heat]');
          if (!plot) return;
          const paths = [...plot.querySelectorAll('path.heat')];
          if (!isExact) return paths.forEach(path => redraw(path, null));
          const hits = plot.querySelectorAll('rect.hit'), least = (to - from) * 0.001;
          let d = '';
          rows.forEach((spans, row) => {
            const y = +hits[row].getAttribute('y'), height = hits[row].getAttribute('height') * 0.86;
            for (const [start, end] of spans) {
              if (end > from && start < to) d += `M${unit(start)} ${y}H${unit(Math.max(end, start + least))}v${height}H${unit(start)}Z`;
            }
          });
          for (const path of paths) redraw(path, path.matches('.h4') ? d : '');
        };
        const transitions = isExact => {
          for (const path of axis.querySelectorAll('path.mark[data-mark]')) {
            const end = +path.dataset.end, y = path.dataset.y;
            redraw(path, isExact ? (marks[path.dataset.mark] || []).filter(time => time >= from && time <= to)
              .map(time => `M${unit(time)} ${y}${end ? 'V' + end : 'h0'}`).join('') : null);
          }
        };
        """
}
