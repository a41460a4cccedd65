// A state of the server that is kept up to date by its events: each changes what is shown at once, and the whole is asked again calmly.
import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem } from '../../api/client';
import { hear, type Happening } from '../../api/events';
import type { Asked } from '../../api/query';

/** How often the whole is asked again at most, in milliseconds, however much happens. */
const calm = 1200;

/** Asks once, folds the events named into the answer as they come, and asks again when they calm down. fold gives the same value for what it does not know; another key is another question. */
export function useFollowed<T>(ask: (signal: AbortSignal) => Promise<T>, on: string[], fold: (was: T, e: Happening) => T, key = ''): Asked<T> & { refresh: () => void } {
  const [state, setState] = useState<Asked<T>>({ data: undefined, problem: undefined, loading: true });
  const again = useRef<() => void>(() => {});
  useEffect(() => {
    let stopped = false;
    let due: ReturnType<typeof setTimeout> | undefined;
    let running = false;
    const stop = new AbortController();
    const run = async () => {
      due = undefined;
      if (running) return soon();
      running = true;
      try {
        const data = await ask(stop.signal);
        if (!stopped) setState({ data, problem: undefined, loading: false });
      } catch (e) {
        if (!stopped) setState((s) => ({ ...s, loading: false, problem: e instanceof Problem ? e : new Problem(0, { code: 'page', title: String(e) }) }));
      }
      running = false;
    };
    const soon = () => { if (!stopped) due ??= setTimeout(() => void run(), calm); };
    const off = hear(on, (e) => {
      if (e.type !== 'reset') setState((s) => (s.data === undefined ? s : { ...s, data: fold(s.data, e) }));
      soon();
    });
    again.current = () => void run();
    void run();
    return () => { stopped = true; stop.abort(); clearTimeout(due); off(); };
  }, [key]);
  return { ...state, refresh: () => again.current() };
}

interface Page<T> { data: T[] | null; next_cursor?: string | null }

/** Every page of a list, up to a number of rows: for lists that are short in any office, such as trunks, teams or users. */
export async function everyPage<T>(ask: (cursor: string | undefined) => Promise<Page<T>>, most = 2000): Promise<T[]> {
  const out: T[] = [];
  let cursor: string | undefined;
  do {
    const p = await ask(cursor);
    out.push(...(p.data ?? []));
    cursor = p.next_cursor ?? undefined;
  } while (cursor && out.length < most);
  return out;
}
