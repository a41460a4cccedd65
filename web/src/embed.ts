// The loader that pages of others include: it puts the panel into the page, and is the page's way to speak with it. docs/cti.md describes it.
import { End, fresh, isWord, Refused, type Command } from './cti/wire';
import { dial, numbersIn } from './cti/tel';

export interface Options {
  /** big: 376 × 666 · small: 376 × 600 · auto: all of its place. */
  size?: 'big' | 'small' | 'auto';
  locale?: 'en' | 'fr' | 'auto';
  theme?: 'light' | 'dark' | 'auto';
  /** inline: in its place · docked: in the corner of the window, with a button that shows and hides it. */
  open?: 'inline' | 'docked';
  /** Links to telephone numbers call by the panel; with "highlight" numbers in the text become such links. */
  clickToDial?: 'off' | 'links' | 'highlight';
  /** Milliseconds until a request without an answer fails with "timeout"; 10000. */
  timeout?: number;
}

export interface Contact { name?: string; url?: string; fields?: { label: string; value: string }[] }
type Matcher = (number: string) => Contact | null | undefined | Promise<Contact | null | undefined>;
type Logger = (call: unknown) => unknown;
type Listener = (payload: unknown, type: string) => void;

const home = new URL(import.meta.url).origin;
const sizes = { big: ['376px', '666px'], small: ['376px', '600px'], auto: ['100%', '100%'] } as const;
const words = { en: 'Phone', fr: 'Téléphone' };

/** The panel in a page. */
export class Phone {
  /** Puts the panel into an element. It settles once the panel answers, and fails with {code}: "no_place", "origin_not_allowed" or "timeout". */
  static async mount(place: string | Element, options: Options = {}): Promise<Phone> {
    const into = typeof place === 'string' ? document.querySelector(place) : place;
    if (!into) throw new Refused('no_place', `there is no ${String(place)} in this page`);
    const phone = new Phone(into as HTMLElement, options);
    try {
      await phone.hello();
    } catch (e) {
      phone.unmount();
      throw e;
    }
    return phone;
  }

  /** The frame of the panel. */
  readonly frame = document.createElement('iframe');
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly end: End;
  private readonly nonce = fresh();
  private button: HTMLButtonElement | null = null;
  private matcher: Matcher | null = null;
  private logger: Logger | null = null;
  private stops: (() => void)[] = [];

  private constructor(private place: HTMLElement, private options: Options) {
    this.end = new End((w) => this.frame.contentWindow?.postMessage(w, home), (type, payload) => this.serve(type, payload), (type, payload) => this.emit(type, payload));
    const hear = (e: MessageEvent) => { if (e.source === this.frame.contentWindow && e.origin === home && isWord(e.data)) this.end.take(e.data); };
    addEventListener('message', hear);
    this.stops.push(() => removeEventListener('message', hear));
    const query = new URLSearchParams({ embed: '2' });
    if (options.locale && options.locale !== 'auto') query.set('lang', options.locale);
    if (options.theme && options.theme !== 'auto') query.set('theme', options.theme);
    this.frame.src = `${home}/cti?${query}`;
    this.frame.title = this.word();
    this.frame.allow = 'microphone; autoplay; clipboard-read; clipboard-write; speaker-selection; hid';
    this.draw();
    place.append(this.frame);
    if (options.clickToDial && options.clickToDial !== 'off') this.stops.push(dial((number, element) => this.clicked(number, element)));
    if (options.clickToDial === 'highlight') this.highlight(document.body);
  }

  private word(): string {
    return words[(this.options.locale === 'fr' || (this.options.locale !== 'en' && navigator.language.startsWith('fr'))) ? 'fr' : 'en'];
  }

  private draw(): void {
    const docked = this.options.open === 'docked';
    const [width, height] = sizes[docked && this.options.size !== 'small' ? 'big' : (this.options.size ?? 'big')];
    Object.assign(this.frame.style, { border: '0', width, height, maxWidth: '100%', colorScheme: 'normal' });
    if (!docked) return;
    Object.assign(this.place.style, { position: 'fixed', right: '16px', bottom: '16px', zIndex: '2147483000', display: 'flex', flexDirection: 'column', alignItems: 'flex-end', gap: '8px' });
    Object.assign(this.frame.style, { borderRadius: '16px', boxShadow: '0 12px 48px rgb(0 0 0 / .28)', maxHeight: 'calc(100vh - 96px)', maxWidth: 'calc(100vw - 32px)', order: '-1' });
    const b = (this.button = document.createElement('button'));
    b.type = 'button';
    b.textContent = this.word();
    Object.assign(b.style, { font: '600 15px system-ui, sans-serif', padding: '12px 20px', border: '0', borderRadius: '24px', background: '#0a6b5c', color: '#fff', cursor: 'pointer', boxShadow: '0 4px 16px rgb(0 0 0 / .25)' });
    b.onclick = () => (this.hidden ? this.reveal() : this.conceal());
    this.place.append(b);
    this.conceal();
  }

  private get hidden(): boolean {
    return this.frame.style.visibility === 'hidden';
  }

  private reveal(): void { // a frame that is not displayed may lose its audio: it is only out of sight
    Object.assign(this.frame.style, { visibility: '', position: '', opacity: '', pointerEvents: '' });
    this.button?.setAttribute('aria-expanded', 'true');
  }

  private conceal(): void {
    if (!this.button) return;
    Object.assign(this.frame.style, { visibility: 'hidden', position: 'absolute', opacity: '0', pointerEvents: 'none' });
    this.button.setAttribute('aria-expanded', 'false');
  }

  private hello(): Promise<unknown> {
    return new Promise((done, fail) => {
      const limit = setTimeout(() => over(() => fail(new Refused('timeout', 'the panel does not answer: is this page among the allowed origins?'))), Math.max(this.options.timeout ?? 10_000, 10_000));
      const say = () => this.end.request('hello', { v: 2, nonce: this.nonce, capabilities: ['match', 'log', 'show'] }, 2000).then((answer) => {
        if ((answer as { nonce?: unknown } | null)?.nonce === this.nonce) over(() => done(answer));
      }, (e: Refused) => { if (e.code !== 'timeout') over(() => fail(e)); });
      const again = setInterval(say, 500); // the panel may not listen yet
      const over = (then: () => void) => { clearInterval(again); clearTimeout(limit); then(); };
      this.frame.addEventListener('load', say);
    });
  }

  private serve(type: string, payload: unknown): unknown {
    const number = String((payload as { number?: unknown } | null)?.number ?? '');
    if (type === 'match') return this.matcher ? this.matcher(number) : null;
    if (type === 'log') return Promise.resolve(this.logger?.(payload)).then(() => true);
    if (type === 'show') return this.reveal();
    if (type === 'hide') return this.conceal();
    throw new Refused('unknown_command');
  }

  private emit(type: string, payload: unknown): void {
    for (const [pattern, all] of this.listeners) {
      if (pattern === type || pattern === '*' || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1)))) for (const f of all) try { f(payload, type); } catch (e) { console.error(e); }
    }
  }

  private clicked(number: string, element: Element): void {
    this.emit('click_to_dial', { number, element });
    this.reveal();
    void this.focusDialer(number).catch(() => undefined);
  }

  /** Hears events of a type, of a family ("call.*") or all ("*"); it returns what ends it. */
  on(type: string, listener: Listener): () => void {
    const all = this.listeners.get(type) ?? new Set();
    this.listeners.set(type, all.add(listener));
    return () => void all.delete(listener);
  }

  /** Asks anything of the panel. It fails with {code}. */
  request(command: Command | (string & {}), payload: unknown = {}, timeout = this.options.timeout ?? 10_000): Promise<unknown> {
    return this.end.request(command, payload, timeout);
  }

  /** Calls a number. */
  dial(number: string, more: { from?: string; context?: unknown } = {}) { return this.request('dial', { number, ...more }); }
  /** Puts a number into the dialler, and calls nobody. */
  focusDialer(number = '') { return this.request('focus_dialer', { number }); }
  answer(call?: string) { return this.request('answer', { call }); }
  decline(call?: string) { return this.request('decline', { call }); }
  hangup(call?: string) { return this.request('hangup', { call }); }
  hold(call?: string) { return this.request('hold', { call }); }
  unhold(call?: string) { return this.request('unhold', { call }); }
  mute(call?: string) { return this.request('mute', { call }); }
  unmute(call?: string) { return this.request('unmute', { call }); }
  /** Presses keys. */
  dtmf(digits: string) { return this.request('dtmf', { digits }); }
  /** Hands the call on, to a number or an extension. */
  transfer(to: string) { return this.request('transfer', { to }); }
  setAvailability(availability: 'available' | 'unavailable' | 'auto') { return this.request('set_availability', { availability }); }
  show() { return this.request('show'); }
  hide() { return this.request('hide'); }
  sendSms(to: string, body: string) { return this.request('send_sms', { to, body }); }
  draftSms(to: string, body = '') { return this.request('draft_sms', { to, body }); }
  addNote(text: string, call?: string) { return this.request('add_note', { text, call }); }
  addTag(tag: string, call?: string) { return this.request('add_tag', { tag, call }); }
  /** Shows a card with what the page knows beside the call. */
  insightCard(card: Contact) { return this.request('insight_card', card); }
  getState() { return this.request('get_state'); }
  /** Is asked who a number is, when a call begins. */
  setContactMatcher(matcher: Matcher | null) { this.matcher = matcher; }
  /** Is told of each call once its after-call work is over. */
  setCallLogger(logger: Logger | null) { this.logger = logger; }
  /** Makes links of the numbers in the text of an element, and of what comes into it later. */
  highlight(root: Element): () => void {
    const stop = numbersIn(root);
    this.stops.push(stop);
    return stop;
  }
  /** Takes the panel out of the page. */
  unmount(): void {
    for (const stop of this.stops) stop();
    this.frame.remove();
    this.button?.remove();
  }
}

(globalThis as { Phone?: typeof Phone }).Phone = Phone;
