// A form: what somebody typed, what the server refused of it, and whether it is being sent.
import { useState } from 'preact/hooks';
import { Problem } from '../../api/client';
import { may, session } from '../../entry/signed';

export { changed, linesOf, listOf, numberOf } from './values';

export interface Form<T> {
  v: T;
  set: <K extends keyof T>(name: K) => (value: T[K]) => void;
  put: (some: Partial<T>) => void;
  problem: Problem | null;
  /** What is wrong with a field of the body, in the server's words. */
  error: (field: string) => string | undefined;
  busy: boolean;
  /** Takes back what was refused: its places are no longer where they were. */
  forget: () => void;
  /** Sends: true where it was taken. */
  run: (go: () => Promise<unknown>) => Promise<boolean>;
}

export function useForm<T extends object>(start: T | (() => T)): Form<T> {
  const [v, setV] = useState<T>(start);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  return {
    v, problem, busy,
    set: (name) => (value) => setV((was) => ({ ...was, [name]: value })),
    put: (some) => setV((was) => ({ ...was, ...some })),
    error: (field) => problem?.about(field),
    forget: () => setProblem(null),
    run: async (go) => {
      setBusy(true);
      setProblem(null);
      try {
        await go();
        return true;
      } catch (e) {
        setProblem(e instanceof Problem ? e : new Problem(0, { code: 'page', title: String(e) }));
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}

/** What was refused that no field of the form shows: those are shown at the top. */
export function elsewhere(problem: Problem | null, fields: string[]): Problem | null {
  if (!problem) return null;
  if (problem.errors.length > 0 && problem.errors.every((e) => fields.some((f) => e.location === f || e.location === `body.${f}` || e.location?.startsWith(`body.${f}.`) || e.location?.startsWith(`body.${f}[`)))) return null;
  return problem;
}

/** Whether the reader may change a record: what all companies share is changed by who sees them all. */
export const mayChange = (scope: string, r: { account_id?: string }): boolean => may(scope) && (Boolean(r.account_id) || !session.value?.account_id);
