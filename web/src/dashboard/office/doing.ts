// What a screen of the office does with the API, and how a list is searched.
import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../../api/client';
import { t } from '../../i18n/words';
import { toast } from '../../parts/over';

/** Something under way: which thing, and what was refused of it last. */
export interface Doing {
  busy: string;
  problem: Problem | undefined;
  /** Does one thing at a time; what is refused is kept for the screen. It says whether it was done. */
  run: (name: string, what: () => Promise<unknown>, said?: string) => Promise<boolean>;
  clear: () => void;
}

export function useDoing(): Doing {
  const [busy, setBusy] = useState('');
  const [problem, setProblem] = useState<Problem>();
  const run = async (name: string, what: () => Promise<unknown>, said?: string) => {
    setBusy(name);
    setProblem(undefined);
    try {
      await what();
      if (said !== undefined) toast(said || t('core.saved'), 'good');
      return true;
    } catch (e) {
      setProblem(e instanceof Problem ? e : new Problem(0, { code: 'page', title: String(e) }));
      return false;
    } finally {
      setBusy('');
    }
  };
  return { busy, problem, run, clear: () => setProblem(undefined) };
}

/** What was refused of a single press, where there is no form to say it in. */
export function sayRefusal(e: unknown): void {
  if (e instanceof Problem) toast(e.code === 'offline' ? t('core.offline') : e.detail || e.title, 'bad');
  else toast(String(e), 'bad');
}

/** A value as it was a moment ago: a search asks when the typing rests. */
export function useLater<T>(value: T, ms = 200): T {
  const [later, setLater] = useState(value);
  useEffect(() => {
    const i = setTimeout(() => setLater(value), ms);
    return () => clearTimeout(i);
  }, [value, ms]);
  return later;
}

/** Whether a problem can be shown next to one of the fields named, so that it need not be said twice. */
export const aboutAny = (p: Problem | undefined, fields: string[]) => Boolean(p && fields.some((f) => p.about(f)));
