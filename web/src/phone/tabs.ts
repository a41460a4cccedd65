// One tab owns the phone; the others show it, and ask it to do what is done in them (Web Locks and BroadcastChannel).

/** What is said between tabs. */
type Word<S> =
  | { kind: 'state'; state: S }
  | { kind: 'hello' }
  | { kind: 'ask'; nonce: string; verb: string; args: unknown[] }
  | { kind: 'answer'; nonce: string; error: string | null };

/** How a tab takes part. */
export interface TabHooks<S> {
  /** The phone is this tab's from now on. */
  own: () => void;
  /** Another tab took it. */
  lose: () => void;
  /** The state of the owner, for a tab that is not. */
  mirror: (state: S) => void;
  /** What the owner tells. */
  state: () => S;
  /** Another tab asks the owner to do something. */
  act: (verb: string, args: unknown[]) => Promise<void>;
}

const patience = 4000; // milliseconds until an owner that does not answer is told of

/** The part of a tab among the tabs of one phone. */
export class Tabs<S> {
  private mine = false;
  private readonly channel: BroadcastChannel | null;
  private readonly waiting = new Map<string, { done: () => void; fail: (e: Error) => void; timer: ReturnType<typeof setTimeout> }>();
  private release: (() => void) | null = null;
  private queue: AbortController | null = null;
  private closed = false;

  constructor(private name: string, private hooks: TabHooks<S>) {
    this.channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel(name) : null;
    if (this.channel) this.channel.onmessage = (e: MessageEvent<Word<S>>) => this.heard(e.data);
    this.wait();
    this.say({ kind: 'hello' });
  }

  /** Whether this tab has the phone. */
  get owns(): boolean {
    return this.mine;
  }

  private say(w: Word<S>): void {
    this.channel?.postMessage(w);
  }

  private heard(w: Word<S>): void {
    if (w.kind === 'state') {
      if (!this.mine) this.hooks.mirror(w.state);
    } else if (w.kind === 'hello') {
      if (this.mine) this.publish();
    } else if (w.kind === 'ask') {
      if (this.mine) void this.hooks.act(w.verb, w.args).then(() => null, (e: unknown) => (e instanceof Error ? e.message : String(e))).then((error) => this.say({ kind: 'answer', nonce: w.nonce, error }));
    } else {
      const one = this.waiting.get(w.nonce);
      if (!one) return;
      this.waiting.delete(w.nonce);
      clearTimeout(one.timer);
      if (w.error === null) one.done();
      else one.fail(new Error(w.error));
    }
  }

  /** Tells the other tabs how things stand. */
  publish(): void {
    if (this.mine) this.say({ kind: 'state', state: this.hooks.state() });
  }

  /** Asks the owner to do something. It fails with "owner_silent" when none answers. */
  ask(verb: string, args: unknown[]): Promise<void> {
    return new Promise((done, fail) => {
      const nonce = crypto.randomUUID();
      const timer = setTimeout(() => { this.waiting.delete(nonce); fail(new Error('owner_silent')); }, patience);
      this.waiting.set(nonce, { done, fail, timer });
      this.say({ kind: 'ask', nonce, verb, args });
    });
  }

  private held = (): Promise<void> => {
    if (this.closed) return Promise.resolve();
    this.mine = true;
    const until = new Promise<void>((release) => { this.release = release; });
    this.hooks.own();
    return until;
  };

  /** Waits for its turn: an owner that closes leaves the phone to the next. */
  private wait(): void {
    if (!('locks' in navigator)) { // without https there are no locks: each tab is on its own
      void this.held();
      return;
    }
    this.queue = new AbortController();
    this.request({ signal: this.queue.signal });
  }

  private request(options: LockOptions): void {
    navigator.locks.request(this.name, options, this.held).catch(() => {
      if (this.closed || !this.mine || options.signal?.aborted) return; // who takes the phone leaves the queue first
      this.mine = false; // taken by another tab
      this.release = null;
      this.hooks.lose();
      this.wait();
    });
  }

  /** Takes the phone from the tab that has it. */
  take(): void {
    if (this.mine || !('locks' in navigator)) return;
    this.queue?.abort();
    this.request({ steal: true });
  }

  /** Leaves: the next tab gets the phone. */
  close(): void {
    this.closed = true;
    this.queue?.abort();
    this.release?.();
    this.mine = false;
    this.channel?.close();
  }
}
