// Long lists: which rows are worth an element, and what stays of a list whose beginning was read again.

/** A list is cut to what is in sight from so many rows on. */
export const longFrom = 150;
const beside = 30; // rows kept above and below what is in sight, so that nothing is empty while one scrolls

/** The rows from (included) to to (excluded). */
export interface Span { from: number; to: number }

/** Which rows to show of count rows, each high, where a window of height shows them from top on (all in pixels). A short list is shown whole. */
export function spanOf(count: number, high: number, top: number, height: number): Span {
  if (count < longFrom || high <= 0) return { from: 0, to: Math.min(count, longFrom) };
  const step = beside / 2; // the span moves by steps, and not with each pixel
  const first = Math.floor(top / high / step) * step - beside;
  const from = Math.max(0, Math.min(first, count - longFrom));
  const to = Math.min(count, from + Math.max(longFrom, Math.ceil(height / high) + 2 * beside + 2 * step));
  return { from, to };
}

/**
 * What a list is after its beginning was read again: what was read, and what followed its last row before. null: that row was not among the old ones, so that it is not known where the old
 * ones go on; more is to be read.
 */
export function rejoin<T>(read: T[], old: T[], id: (row: T) => string): T[] | null {
  if (read.length === 0) return null;
  const at = old.findIndex((row) => id(row) === id(read[read.length - 1]!));
  if (at < 0) return null;
  const known = new Set(read.map(id));
  return [...read, ...old.slice(at + 1).filter((row) => !known.has(id(row)))];
}

/** The name of a row of the API: its own id, or that of what it holds. */
export function idOf(row: unknown): string {
  const r = row as { id?: string; message?: { id?: string }; call?: { id?: string } } | null;
  return r?.id ?? r?.message?.id ?? r?.call?.id ?? '';
}
