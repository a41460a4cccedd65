// How a test sees and hears a page. It is put into every document before its own scripts; nothing of it is in the product.
(() => {
  if (window.eyes) return;
  const roles = {
    button: 'button:not([role]), [role=button], input[type=submit], summary', link: 'a[href]', heading: 'h1,h2,h3,h4,[role=heading]', dialog: 'dialog[open],[role=dialog]',
    textbox: 'input:not([type=checkbox]):not([type=radio]):not([type=file]):not([role]), textarea, [role=textbox]', checkbox: 'input[type=checkbox]', radio: 'input[type=radio]', combobox: 'select, [role=combobox]',
    region: 'section[aria-label],section[aria-labelledby],[role=region]', row: 'tr,[role=row]', listitem: 'li,[role=listitem]', table: 'table', list: 'ul,ol,[role=list]', img: 'img,[role=img]', main: 'main', navigation: 'nav',
  };
  const byID = (ids) => ids.split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? '').join(' ');
  const clean = (s) => (s ?? '').replace(/\s+/g, ' ').trim();
  function name(el) {
    if (el.getAttribute('aria-label')) return clean(el.getAttribute('aria-label'));
    if (el.getAttribute('aria-labelledby')) return clean(byID(el.getAttribute('aria-labelledby')));
    if (el.labels?.length) return clean([...el.labels].map((l) => l.textContent).join(' '));
    if (el.matches('dialog,[role=dialog],[role=alertdialog]')) return clean(el.querySelector('h1,h2,h3')?.textContent);
    return clean(el.innerText || el.textContent) || clean(el.getAttribute('title')) || clean(el.getAttribute('alt')) || clean(el.getAttribute('placeholder'));
  }
  function visible(el) {
    if (!el.isConnected || el.closest('[hidden],[inert]')) return false;
    const modal = [...document.querySelectorAll('dialog:modal')].pop();
    if (modal && !modal.contains(el)) return false;
    return el.checkVisibility({ checkOpacity: false, checkVisibilityCSS: true }) && el.getClientRects().length > 0;
  }
  const all = (role) => [...document.querySelectorAll(roles[role] ?? `[role=${role}]`)].concat(roles[role] ? [...document.querySelectorAll(`[role=${role}]`)] : []);
  function find(role, wanted) {
    const seen = all(role).filter(visible);
    return seen.find((el) => name(el) === wanted) ?? seen.find((el) => name(el).startsWith(wanted)) ?? seen.find((el) => name(el).includes(wanted)) ?? null;
  }
  const field = (wanted) => ['textbox', 'combobox', 'searchbox', 'spinbutton'].map((r) => find(r, wanted)).find(Boolean) ?? null;
  const connections = [];
  const Native = window.RTCPeerConnection;
  if (Native) {
    window.RTCPeerConnection = class extends Native {
      constructor(...args) {
        super(...args);
        connections.push(this);
      }
    };
  }
  let ear = null;
  async function hears() {
    const pc = connections.filter((c) => c.connectionState === 'connected').pop();
    const track = pc?.getReceivers().map((r) => r.track).find((t) => t?.kind === 'audio');
    if (!track) return { hz: 0, level: 0, packets: 0, codec: '' };
    if (!ear || ear.track !== track) {
      const context = ear?.context ?? new AudioContext();
      const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0.2 });
      context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
      ear = { context, analyser, track };
      await context.resume();
      await new Promise((done) => setTimeout(done, 250));
    }
    const bands = new Uint8Array(ear.analyser.frequencyBinCount);
    ear.analyser.getByteFrequencyData(bands);
    let at = 0;
    for (let i = 1; i < bands.length; i++) if (bands[i] > bands[at]) at = i;
    let packets = 0, codec = '';
    const stats = await pc.getStats();
    stats.forEach((s) => {
      if (s.type === 'inbound-rtp') {
        packets += s.packetsReceived;
        codec = stats.get(s.codecId)?.mimeType ?? `${s.codecId}`;
      }
    });
    return { hz: (at * ear.context.sampleRate) / 8192, level: bands[at] / 255, packets, codec };
  }
  // drawn waits until what the page has to do after it was drawn is done: its effects come with a frame and a task after that, and may take the focus.
  const drawn = () => Promise.race([
    new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))),
    new Promise((done) => setTimeout(done, 300)), // a tab that nobody sees has no frames
  ]);
  async function keeps(el) {
    if (!el || el.disabled) return false;
    el.focus();
    await drawn();
    return document.activeElement === el;
  }
  let watch = null;
  window.eyes = {
    name, find, hears, connections,
    sees: (text) => clean(document.body?.innerText).includes(clean(text)),
    ready: (role, wanted) => {
      const el = find(role, wanted);
      if (!el || el.disabled || el.getAttribute('aria-disabled') === 'true') return false;
      el.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
      const r = el.getBoundingClientRect();
      const top = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2);
      return Boolean(top && (el === top || el.contains(top) || top.contains(el)));
    },
    // aim gives the point to press, and watches what the press meets: a page that is drawn anew meanwhile puts something else there.
    aim: (role, wanted) => {
      const r = find(role, wanted).getBoundingClientRect();
      const at = [r.left + r.width / 2, r.top + r.height / 2];
      const top = document.elementFromPoint(...at);
      const met = (t) => t === top || Boolean(find(role, wanted)?.contains(t));
      eyes.pressed = 'nothing';
      watch?.abort();
      watch = new AbortController();
      const once = { capture: true, once: true, signal: watch.signal };
      document.addEventListener('pointerdown', (e) => { eyes.pressed = met(e.target) ? 'it' : 'another'; }, once);
      if (role !== 'option') { // one is taken when the button goes down, and its list is gone when it comes up
        document.addEventListener('click', (e) => { if (!met(e.target)) eyes.pressed = 'another'; }, once);
      }
      return at;
    },
    drawn,
    // focus gives the focus to a field, and keepsFocus to the first element of a selector; true: it was not taken away again.
    focus: async (wanted) => {
      const el = field(wanted);
      if (!(await keeps(el))) return false;
      el.select?.();
      return true;
    },
    keepsFocus: (selector) => keeps(document.querySelector(selector)),
    choose: (wanted, choice) => {
      const el = find('combobox', wanted);
      const option = el?.options && [...el.options].find((o) => clean(o.textContent) === choice || clean(o.textContent).startsWith(choice));
      if (!option || option.disabled) return false;
      el.value = option.value;
      el.dispatchEvent(new Event('input', { bubbles: true }));
      el.dispatchEvent(new Event('change', { bubbles: true }));
      return true;
    },
    focused: () => {
      const el = document.activeElement;
      if (!el || el === document.body) return '';
      const role = el.getAttribute('role') ?? Object.keys(roles).find((r) => el.matches(roles[r])) ?? el.tagName.toLowerCase();
      return `${role} ${name(el)}`;
    },
  };
})();
