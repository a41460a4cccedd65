// Undo and redo: the documents before and after the one that is shown.
export interface History<T> { past: T[]; now: T; future: T[]; /** What the last change was about: changes of the same thing in a row are one. */ about: string }

const most = 200;

/** A history of one document. */
export const begin = <T>(now: T): History<T> => ({ past: [], now, future: [], about: '' });

/** The history after a change. Changes about the same thing (typing in one field) are undone together; about "" nothing is joined. */
export function did<T>(h: History<T>, now: T, about = ''): History<T> {
  if (now === h.now) return h;
  if (about && about === h.about) return { ...h, now, future: [] };
  return { past: [...h.past.slice(-most + 1), h.now], now, future: [], about };
}

/** The history one change back. */
export function undone<T>(h: History<T>): History<T> {
  const now = h.past[h.past.length - 1];
  return now === undefined ? h : { past: h.past.slice(0, -1), now, future: [h.now, ...h.future], about: '' };
}

/** The history one change forward again. */
export function redone<T>(h: History<T>): History<T> {
  const [now, ...future] = h.future;
  return now === undefined ? h : { past: [...h.past, h.now], now, future, about: '' };
}
