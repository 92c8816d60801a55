/// Where one looks, and by what one moves.
extension TimelineScript {
    static let cursor: Markup = """
        const pointer = byID('cursor'), readout = byID('readout');
        let at = null;
        const under = time => {
          const bin = Math.max(0, Math.min(run.i.length - 1, Math.floor(time / END * run.n))), lines = [stamp(time, Math.max(1, digits()))];
          if (time > run.seen) return lines.concat('not observed').join('\\n');
          if (rows && (to - from) * 4 <= END) {
            const down = run.names.filter((_, row) => rows[row].some(([start, end]) => start <= time && time < end));
            const more = down.length > 3 ? ' and ' + (down.length - 3) + ' more' : '';
            lines.push(down.length ? down.length + ' down: ' + down.slice(0, 3).join(', ') + more : 'all chains up');
          } else lines.push(run.down[bin] ? run.down[bin] + ' chains down at worst' : 'all chains up');
          if (run.s[run.i[bin]]) lines.push(run.s[run.i[bin]]);
          const width = isWhole() ? END / run.n : (to - from) / 400;
          const active = run.faults.filter(([, start, end]) => start <= time + width / 2 && end >= time - width / 2);
          if (active.length) lines.push('in force: ' + active[0][0] + (active.length > 1 ? ' and ' + (active.length - 1) + ' more' : ''));
          return lines.join('\\n');
        };
        const show = (time, top) => {
          at = Math.max(from, Math.min(to, time));
          const box = first.getBoundingClientRect(), frame = axis.getBoundingClientRect();
          const x = box.left - frame.left + box.width * (at - from) / (to - from);
          pointer.hidden = readout.hidden = false;
          pointer.style.left = x + 'px';
          readout.textContent = under(at);
          const width = readout.offsetWidth;
          readout.style.left = (x + 14 + width > frame.width ? Math.max(0, x - 14 - width) : x + 14) + 'px';
          readout.style.top = top + 'px';
        };
        const hide = () => { pointer.hidden = readout.hidden = true; };
        const look = (start, end) => {
          const span = Math.min(END, Math.max(least, end - start)), middle = (start + end) / 2;
          from = Math.max(0, Math.min(END - span, middle - span / 2));
          to = from + span;
          hide();
          draw();
        };
        const scale = (factor, around) => {
          const span = Math.min(END, Math.max(least, (to - from) * factor)), share = (around - from) / (to - from);
          look(around - span * share, around + span * (1 - share));
        };
        const shift = share => look(from + (to - from) * share, to + (to - from) * share);
        """

    static let moving: Markup = """
        const middle = () => at !== null && at >= from && at <= to ? at : (from + to) / 2;
        const nextFault = () => {
          const ordered = run.faults.map(([, start, end]) => [start, end]).sort((one, other) => one[0] - other[0]);
          const here = isWhole() ? -1 : (from + to) / 2;
          const frame = ([start, end]) => { const room = Math.max(end - start, least / 2); return [start - room * 0.5, end + room]; };
          const next = ordered.map(frame).find(([start, end]) => (Math.max(0, start) + Math.min(END, end)) / 2 > here + least / 100);
          const [start, end] = next ?? frame(ordered[0]);
          look(Math.max(0, start), Math.min(END, end));
        };
        const acts = { in: () => scale(0.5, middle()), out: () => scale(2, middle()), back: () => shift(-0.5), on: () => shift(0.5), fault: nextFault, all: () => look(0, END) };
        tools.hidden = false;
        tools.addEventListener('click', event => { const act = acts[event.target.dataset.zoom]; if (act) act(); });
        const timeAt = event => {
          const box = first.getBoundingClientRect();
          return from + (to - from) * (event.clientX - box.left) / box.width;
        };
        const selection = byID('selection');
        let start = null, isDragging = false;
        const drop = () => { start = null; isDragging = false; selection.hidden = true; };
        axis.addEventListener('pointerdown', event => {
          if (event.button !== 0 || !event.target.closest('svg.timed')) return;
          start = { time: timeAt(event), x: event.clientX };
        });
        axis.addEventListener('pointermove', event => {
          const time = timeAt(event);
          if (start && Math.abs(event.clientX - start.x) > 6 && !isDragging) {
            isDragging = true;
            axis.setPointerCapture(event.pointerId);
          }
          if (isDragging) {
            const box = first.getBoundingClientRect(), left = box.left - axis.getBoundingClientRect().left;
            const share = time => Math.max(0, Math.min(1, (time - from) / (to - from)));
            const [a, b] = [share(start.time), share(time)].sort((one, other) => one - other);
            selection.hidden = false;
            selection.style.left = left + a * box.width + 'px';
            selection.style.width = (b - a) * box.width + 'px';
            return hide();
          }
          if (time < from || time > to) return hide();
          show(time, event.clientY - axis.getBoundingClientRect().top + 14);
        });
        axis.addEventListener('pointerup', event => {
          const begun = isDragging && start;
          drop();
          if (begun) {
            const times = [begun.time, timeAt(event)].map(time => Math.max(from, Math.min(to, time))).sort((one, other) => one - other);
            look(...times);
          }
        });
        axis.addEventListener('pointercancel', drop);
        axis.addEventListener('dblclick', event => {
          if (!event.target.closest('svg.timed')) return;
          getSelection().removeAllRanges();
          scale(0.25, timeAt(event));
        });
        axis.addEventListener('pointerleave', () => { if (!isDragging) hide(); });
        axis.addEventListener('blur', hide);
        axis.addEventListener('keydown', event => {
          if (event.target !== axis || event.ctrlKey || event.metaKey || event.altKey) return;
          const step = isWhole() ? END / run.n : (to - from) / 100, now = middle();
          const keys = {
            '+': acts.in, '=': acts.in, '-': acts.out, _: acts.out, f: nextFault,
            Escape: () => { if (isDragging) drop(); else if (!isWhole()) look(0, END); hide(); },
            ArrowRight: () => event.shiftKey ? shift(0.25) : show(now + step, 30), ArrowLeft: () => event.shiftKey ? shift(-0.25) : show(now - step, 30),
            PageDown: () => show(now + 20 * step, 30), PageUp: () => show(now - 20 * step, 30), Home: () => show(from, 30), End: () => show(to, 30),
          };
          if (!keys[event.key]) return;
          event.preventDefault();
          keys[event.key]();
        });
        addEventListener('beforeprint', () => { look(0, END); });
        addEventListener('resize', () => { hide(); draw(); });
        draw();
        """
}
