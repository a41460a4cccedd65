// Today in figures, counted from the calls of the day.
import type { Happening } from '../../api/events';
import type { CallEntry } from './says';

/** What the figures need to know of a call. */
export type Counted = Pick<CallEntry, 'id' | 'direction' | 'status' | 'outcome' | 'missed_reason' | 'started_at' | 'wait_seconds' | 'talk_seconds' | 'answered_at'>;

export interface Hour { hour: number; answered: number; missed: number; out: number }
export interface Figures { inbound: number; answered: number; missed: number; abandoned: number; outbound: number; wait: number | null; talk: number | null; hours: Hour[] }

/** Whether nobody took a call that came in. */
export const wasMissed = (c: Pick<Counted, 'direction' | 'status' | 'outcome' | 'missed_reason'>) =>
  c.direction === 'inbound' && c.status === 'ended' && Boolean(c.missed_reason ?? (c.outcome === 'missed' || c.outcome === 'voicemail' || c.outcome === 'abandoned'));

/** Counts the calls of a day that began then; wait and talk are averages in seconds, null where there is nothing to take them from. */
export function figuresOf(calls: Iterable<Counted>, hourOf: (at: string) => number): Figures {
  const hours: Hour[] = Array.from({ length: 24 }, (_, hour) => ({ hour, answered: 0, missed: 0, out: 0 }));
  const f: Figures = { inbound: 0, answered: 0, missed: 0, abandoned: 0, outbound: 0, wait: null, talk: null, hours };
  let waited = 0, talked = 0, talks = 0;
  for (const c of calls) {
    const h = hours[hourOf(c.started_at)] ?? hours[0]!;
    if (c.direction === 'inbound') {
      f.inbound++;
      if (c.answered_at) {
        f.answered++;
        waited += c.wait_seconds;
        h.answered++;
      } else if (wasMissed(c)) {
        f.missed++;
        h.missed++;
        if (c.outcome === 'abandoned') f.abandoned++;
      }
    } else if (c.direction === 'outbound') {
      f.outbound++;
      h.out++;
    }
    if (c.answered_at && c.status === 'ended') {
      talks++;
      talked += c.talk_seconds;
    }
  }
  if (f.answered > 0) f.wait = waited / f.answered;
  if (talks > 0) f.talk = talked / talks;
  return f;
}

/** What an event makes of the calls of the day. */
export function foldCounted(calls: Map<string, Counted>, e: Happening): Map<string, Counted> {
  const told = e.data as unknown as Counted;
  if (!told.id || !['call.created', 'call.answered', 'call.ended', 'call.missed'].includes(e.type)) return calls;
  return new Map(calls).set(told.id, told);
}

/** The wall clock of a time zone at a moment: its parts as numbers. */
function wall(at: Date, zone: string | undefined): { year: number; month: number; day: number; hour: number; minute: number; second: number } {
  const shape = new Intl.DateTimeFormat('en-GB', { timeZone: zone, year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' });
  const get = Object.fromEntries(shape.formatToParts(at).map((p) => [p.type, Number(p.value)]));
  return { year: get['year']!, month: get['month']!, day: get['day']!, hour: get['hour']!, minute: get['minute']!, second: get['second']! };
}

/** Tells the hour of the day at which something happened, in a time zone (undefined: the reader's). */
export function hoursIn(zone: string | undefined): (at: string) => number {
  const shape = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: 'numeric', hourCycle: 'h23' });
  return (at) => Number(shape.format(new Date(at)));
}

/** When the day began, or one of some days before it, in a time zone. A day that is an hour shorter or longer begins at its own midnight. */
export function midnight(now: Date, zone: string | undefined, daysBack = 0): Date {
  const w = wall(now, zone);
  const wanted = Date.UTC(w.year, w.month - 1, w.day - daysBack);
  let guess = wanted;
  for (let i = 0; i < 2; i++) { // twice: the first guess may lie on the other side of a change of the clock
    const g = wall(new Date(guess), zone);
    guess += wanted - Date.UTC(g.year, g.month - 1, g.day, g.hour, g.minute, g.second);
  }
  return new Date(guess);
}
