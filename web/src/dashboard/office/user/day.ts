// A day of statuses as a drawing: where each run of time lies between midnight and midnight.

export interface Interval { from: string; to: string; seconds: number; status: string }
export interface Bar<T extends Interval> { it: T; at: number; width: number }

/** Places intervals on a line from 0 to 1. The day is as long as it is (23 to 25 hours); one that is not over ends at its share of 24 hours. */
export function barsOf<T extends Interval>(intervals: T[], passed: number): { bars: Bar<T>[]; start: number; length: number } {
  const first = intervals[0];
  if (!first) return { bars: [], start: 0, length: 86_400 };
  const start = new Date(first.from).getTime();
  const length = Math.max(passed, 86_400);
  const share = (ms: number) => Math.min(1, Math.max(0, ms / 1000 / length));
  const bars = intervals.map((it) => {
    const at = share(new Date(it.from).getTime() - start);
    return { it, at, width: Math.max(0, share(new Date(it.to).getTime() - start) - at) };
  });
  return { bars, start, length };
}

/** Hours and minutes of a number of seconds, for people: "3 h 05", "12 min", "40 s". */
export function spent(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 60) return `${s}\u00a0s`;
  const m = Math.round(s / 60);
  if (m < 60) return `${m}\u00a0min`;
  return `${Math.floor(m / 60)}\u00a0h\u00a0${String(m % 60).padStart(2, '0')}`;
}

/** The day before or after one, as the API writes it. */
export function shiftDay(day: string, by: number): string {
  const d = new Date(`${day}T12:00:00Z`);
  d.setUTCDate(d.getUTCDate() + by);
  return d.toISOString().slice(0, 10);
}
