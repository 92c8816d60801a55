/// Hover and arrow keys over the timeline; the page says everything without it. No `<` and no `&`, so that the page is XML too.
enum PageScript {
    static let source: Markup = """
        (() => {
          const axis = document.getElementById('axis'), data = document.getElementById('points');
          if (!axis || !data) return;
          const points = JSON.parse(data.textContent), last = points.t.length - 1;
          const cursor = document.getElementById('cursor'), readout = document.getElementById('readout');
          const plot = axis.querySelector('svg.timed');
          if (!plot || 0 > last) return;
          let at = 0;
          const show = (bin, top) => {
            at = Math.max(0, Math.min(last, bin));
            const box = plot.getBoundingClientRect(), frame = axis.getBoundingClientRect();
            const x = box.left - frame.left + box.width * (at + 0.5) / points.n;
            cursor.hidden = readout.hidden = false;
            cursor.style.left = x + 'px';
            readout.textContent = points.t[at] + '\\n' + points.s[points.i[at]];
            const width = readout.offsetWidth;
            readout.style.left = (x + 14 + width > frame.width ? Math.max(0, x - 14 - width) : x + 14) + 'px';
            readout.style.top = top + 'px';
          };
          const hide = () => { cursor.hidden = readout.hidden = true; };
          axis.addEventListener('pointermove', event => {
            const box = plot.getBoundingClientRect(), share = (event.clientX - box.left) / box.width;
            if (0 > share || share > 1) return hide();
            show(Math.floor(share * points.n), event.clientY - axis.getBoundingClientRect().top + 14);
          });
          axis.addEventListener('pointerleave', hide);
          axis.addEventListener('blur', hide);
          axis.addEventListener('keydown', event => {
            const step = { ArrowRight: 1, ArrowLeft: -1, PageDown: 20, PageUp: -20, Home: -1e9, End: 1e9 }[event.key];
            if (event.key === 'Escape') return hide();
            if (!step || event.target !== axis) return;
            event.preventDefault();
            show(at + step, 30);
          });
        })();
        """
}
