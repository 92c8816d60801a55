/// Buttons, the dialog for the token, and the requests that act.
extension PageProgram {
    static let acting = #"""
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
