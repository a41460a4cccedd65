// What the server has, as the page shows it: asked once, kept while somebody looks at it, asked again when an event says that it changed.
import { useEffect } from 'preact/hooks';
import { signal, type ReadonlySignal } from '@preact/signals';
import { hear, type Happening } from './events';
import { Problem } from './client';

/** Asked is the state of a question. data stays while it is asked again. */
export interface Asked<T> {
  data: T | undefined;
  problem: Problem | undefined;
  loading: boolean;
}

interface Entry<T> { state: ReturnType<typeof signal<Asked<T>>>; users: number; again: () => void; stop: () => void; off: () => void; linger?: ReturnType<typeof setTimeout> }

const entries = new Map<string, Entry<unknown>>();
const lingers = 30_000; // what nobody looks at is kept so long, for the way back

function make<T>(key: string, ask: (signal: AbortSignal) => Promise<T>, on: string[], about?: string): Entry<T> {
  const state = signal<Asked<T>>({ data: undefined, problem: undefined, loading: true });
  let running: AbortController | null = null;
  let due = false;
  const run = async () => {
    if (running) {
      due = true;
      return;
    }
    const mine = (running = new AbortController());
    state.value = { ...state.value, loading: true };
    try {
      const data = await ask(mine.signal);
      state.value = { data, problem: undefined, loading: false };
    } catch (e) {
      if (!mine.signal.aborted) {
        const problem = e instanceof Problem ? e : new Problem(0, { code: 'page', title: String(e) });
        state.value = { ...state.value, problem, loading: false };
      }
    }
    running = null;
    if (due) {
      due = false;
      void run();
    }
  };
  let wait: ReturnType<typeof setTimeout> | undefined;
  const soon = (h: Happening) => { // a burst of events asks once
    if (about && h.type.startsWith('call.') && h.subject !== about && h.data['id'] !== about) return; // of a busy office most calls are others
    wait ??= setTimeout(() => {
      wait = undefined;
      void run();
    }, 60);
  };
  const off = hear(on, soon);
  void run();
  return { state, users: 0, again: () => void run(), off, stop: () => { running?.abort(); clearTimeout(wait); off(); entries.delete(key); } };
}

/** An answer of the server under a key (the same key, the same question), asked again on the types of event named, and by refresh; about: of the events of calls on those of this call alone. */
export function useQuery<T>(key: string, ask: (signal: AbortSignal) => Promise<T>, on: string[] = [], about?: string): Asked<T> & { refresh: () => void } {
  let e = entries.get(key) as Entry<T> | undefined;
  if (!e) entries.set(key, (e = make(key, ask, on, about)) as Entry<unknown>);
  const mine = e;
  useEffect(() => {
    mine.users++;
    clearTimeout(mine.linger);
    return () => {
      if (--mine.users === 0) mine.linger = setTimeout(() => { if (mine.users === 0) mine.stop(); }, lingers);
    };
  }, [mine]);
  const s = (mine.state as ReadonlySignal<Asked<T>>).value;
  return { ...s, refresh: mine.again };
}

/** Asks every question again whose key begins so. */
export function refresh(prefix: string): void {
  for (const [key, e] of entries) if (key.startsWith(prefix)) e.again();
}

/** Forgets every answer: somebody else signs in. */
export function forgetAll(): void {
  for (const e of [...entries.values()]) e.stop();
}
