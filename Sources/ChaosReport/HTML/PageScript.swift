/// What the page can do beyond being read: copy the command, look closer at the timeline, choose a fault in the graph. It
/// says everything without it. The lines of the frame make it XML too.
enum PageScript {
    static let source: Markup = """
        //<![CDATA[
        (() => {
        'use strict';
        const byID = id => document.getElementById(id);
        \(copy)
        \(graph)
        \(TimelineScript.source)
        })();
        //]]>
        """

    /// Pages from disk have no clipboard in some browsers; there the command is selected instead.
    private static let copy: Markup = """
        for (const button of document.querySelectorAll('button.copy')) {
          button.hidden = false;
          const word = button.textContent, command = byID(button.dataset.of);
          const say = text => { button.textContent = text; setTimeout(() => { button.textContent = word; }, 2000); };
          button.addEventListener('click', async () => {
            try { await navigator.clipboard.writeText(command.textContent); return say('Copied'); } catch { }
            getSelection().selectAllChildren(command);
            let done = false;
            try { done = document.execCommand('copy'); } catch { }
            say(done ? 'Copied' : 'Selected');
          });
        }
        """

    private static let graph: Markup = """
        const choice = byID('blast-choice'), blasts = byID('blasts');
        if (choice && blasts) {
          const states = JSON.parse(blasts.textContent), graph = byID('graph');
          const cells = graph.querySelectorAll('.cell'), edges = graph.querySelectorAll('path.call');
          const show = () => {
            const [sentence, cell, edge] = states[choice.value];
            byID('blast-sentence').textContent = sentence;
            cells.forEach((one, index) => { one.setAttribute('class', 'cell ' + cell[index]); });
            edges.forEach((one, index) => { one.classList.toggle('hot', edge[index] === '1'); });
          };
          choice.addEventListener('change', show);
          choice.closest('label').hidden = false;
          show();
        }
        """
}
