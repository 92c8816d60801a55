import Browser

/// What can be measured of a page that should be readable by everybody, each as a list of complaints.
extension Tab {
    /// The window as high as the page, so that every point of it can be asked for what is drawn there.
    func showWhole(width: Int, isPhone: Bool = false) async throws {
        try await setViewport(width: width, height: 900, isPhone: isPhone)
        let height: Int = try await evaluate("Math.ceil(document.documentElement.scrollHeight)")
        try await setViewport(width: width, height: height, isPhone: isPhone)
    }

    /// Text whose contrast with what lies behind it is under WCAG 2.2's AA: 4.5 : 1, and 3 : 1 for large text (1.4.3).
    func faintTexts() async throws -> [String] { try await evaluate(Self.contrast) }

    /// Against WCAG 2.2's 1.1.1, 1.3.1, 2.4.1 and 4.1.2, as far as a script can tell.
    func structuralFaults() async throws -> [String] { try await evaluate(Self.structure) }

    /// What does not fit beside the window's or the sheet's edge, or is cut by a box that hides or scrolls it.
    func cutContent() async throws -> [String] { try await evaluate(Self.cut) }

    private static let contrast = """
        (() => {
          const parse = text => {
            let parts = text.match(/^rgba?\\(([^)]*)\\)$/);
            if (parts) {
              const numbers = parts[1].split(/[ ,\\/]+/).filter(Boolean).map(parseFloat);
              return { rgb: numbers.slice(0, 3), alpha: numbers[3] ?? 1 };
            }
            parts = text.match(/^color\\(srgb ([^)]*)\\)$/);
            if (!parts) return null;
            const numbers = parts[1].split(/[ \\/]+/).filter(Boolean).map(parseFloat);
            return { rgb: numbers.slice(0, 3).map(one => one * 255), alpha: numbers[3] ?? 1 };
          };
          const over = (top, below) => top.rgb.map((one, index) => one * top.alpha + below[index] * (1 - top.alpha));
          const luminance = rgb => {
            const [r, g, b] = rgb.map(one => one / 255).map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const layers = (element, at) => {
            const list = [];
            if (element.closest('svg')) {
              const stack = document.elementsFromPoint(at.x, at.y), below = stack.slice(stack.indexOf(element) + 1);
              for (const shape of below) {
                if (!shape.closest('svg') || shape.matches('svg, text, tspan')) continue;
                const style = getComputedStyle(shape), fill = parse(style.fill);
                if (fill) list.push({ rgb: fill.rgb, alpha: fill.alpha * style.fillOpacity * style.opacity });
              }
            }
            for (let box = element.closest('svg')?.parentElement ?? element; box; box = box.parentElement) {
              const fill = parse(getComputedStyle(box).backgroundColor);
              if (fill) list.push(fill);
            }
            return list;
          };
          const behind = (element, at) => layers(element, at).reduceRight((below, layer) => over(layer, below), [255, 255, 255]);
          const complaints = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          let seen = 0;
          while (walker.nextNode()) {
            const node = walker.currentNode, element = node.parentElement;
            if (!node.data.trim() || element.closest('script, style, title, desc, select')) continue;
            if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
            const range = document.createRange();
            range.selectNodeContents(node);
            const box = range.getBoundingClientRect();
            if (box.width < 2 || box.height < 2 || box.right < 0 || getComputedStyle(element.closest('thead') ?? element).clipPath !== 'none') continue;
            const style = getComputedStyle(element), isDrawn = !!element.closest('svg');
            const colour = parse(isDrawn ? style.fill : style.color);
            if (!colour) { complaints.push('no colour: ' + node.data.trim()); continue; }
            const owner = isDrawn ? element.closest('text') : element;
            const back = behind(owner, { x: box.left + Math.min(4, box.width / 2), y: box.top + box.height / 2 });
            let alpha = colour.alpha;
            for (let one = element; one; one = one.parentElement) alpha *= getComputedStyle(one).opacity;
            const [a, b] = [luminance(over({ rgb: colour.rgb, alpha }, back)), luminance(back)];
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), size = parseFloat(style.fontSize);
            const isLarge = size >= 24 || size >= 18.66 && style.fontWeight >= 700;
            seen += 1;
            if (ratio < (isLarge ? 3 : 4.5)) complaints.push(ratio.toFixed(2) + ': ' + node.data.trim().slice(0, 60) + ' <' + (owner.getAttribute('class') ?? owner.tagName) + '>');
          }
          return seen > 20 ? complaints : ['only ' + seen + ' texts were found'];
        })()
        """

    private static let structure = """
        (() => {
          const complaints = [], text = id => document.getElementById(id)?.textContent.trim();
          const name = element => (element.getAttribute('aria-labelledby') ?? '').split(' ').map(text).filter(Boolean).join(' ')
            || element.getAttribute('aria-label') || '';
          for (const svg of document.querySelectorAll('svg')) {
            if (svg.closest('[aria-hidden=true]')) continue;
            if (svg.getAttribute('role') !== 'img' || !name(svg)) complaints.push('a drawing without a name: ' + svg.outerHTML.slice(0, 80));
          }
          const ids = [...document.querySelectorAll('[id]')].map(one => one.id);
          for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) complaints.push('twice: #' + id);
          for (const one of document.querySelectorAll('[aria-labelledby]'))
            for (const id of one.getAttribute('aria-labelledby').split(' ')) if (!text(id)) complaints.push('nothing is called #' + id);
          for (const link of document.querySelectorAll('a[href^="#"]'))
            if (!document.getElementById(link.getAttribute('href').slice(1))) complaints.push('leads nowhere: ' + link.href);
          let level = 0;
          for (const heading of document.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
            if (+heading.tagName[1] > level + 1) complaints.push('skips a level: ' + heading.outerHTML);
            level = +heading.tagName[1];
          }
          for (const [selector, count] of [['h1', 1], ['main', 1], ['a.skip[href="#main"]', 1]])
            if (document.querySelectorAll(selector).length !== count) complaints.push(selector + ' is there ' + document.querySelectorAll(selector).length + ' times');
          if (document.documentElement.lang !== 'en') complaints.push('no language');
          for (const control of document.querySelectorAll('button, a, select, summary, [tabindex]:not([tabindex="-1"])'))
            if (!name(control) && !control.textContent.trim()) complaints.push('a control without a name: ' + control.outerHTML.slice(0, 80));
          for (const part of document.querySelectorAll('section, nav'))
            if (!name(part)) complaints.push('a part without a name: ' + part.outerHTML.slice(0, 80));
          for (const cell of document.querySelectorAll('th'))
            if (!cell.scope) complaints.push('a heading cell of nothing: ' + cell.outerHTML.slice(0, 80));
          return complaints;
        })()
        """

    private static let cut = """
        (() => {
          const complaints = [], width = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth > width) complaints.push('the page is ' + document.documentElement.scrollWidth + ' wide');
          for (const box of document.querySelectorAll('main *')) {
            if (box.closest('svg') && box.tagName !== 'svg' || !box.checkVisibility()) continue;
            const style = getComputedStyle(box), frame = box.getBoundingClientRect();
            const what = box.tagName + '.' + (box.getAttribute('class') ?? '') + ' ' + box.textContent.trim().slice(0, 40);
            if (frame.width > 0 && frame.right > width + 1 && !box.closest('.wide, .scroll') && style.position !== 'absolute') complaints.push('beyond the edge: ' + what);
            if (matchMedia('print').matches && style.overflowX !== 'visible' && !box.closest('.gutter, svg') && style.clipPath === 'none' &&
              (box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1)) complaints.push('cut: ' + what);
          }
          return complaints;
        })()
        """
}
