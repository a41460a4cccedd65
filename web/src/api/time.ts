// The server's clock, as this page's: a wrong clock in the computer breaks no timer.

let offset = 0; // milliseconds that the server is ahead of the page

/** Learns the difference from a Date header, which has seconds only: less than two of them say nothing. */
export function learnTime(date: string | null, now = Date.now()): void {
  const at = date === null ? NaN : Date.parse(date);
  if (Number.isNaN(at)) return;
  const found = at + 500 - now;
  offset = Math.abs(found) < 2000 ? 0 : found;
}

/** A moment of the API in milliseconds of this page's clock: compare it with Date.now(). */
export function pageTime(at: string | number | Date): number {
  return new Date(at).getTime() - offset;
}

/** What the server's clock shows now, in milliseconds. */
export function serverNow(): number {
  return Date.now() + offset;
}
