// Slots of a week, as they are drawn.
export const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof days)[number];
export interface Slot { days: Day[]; from: string; to: string }

/** The minutes since midnight of "09:30"; 24:00 is the end of the day. */
export const minutes = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));

/** "09:30" of minutes since midnight. */
export const clockOf = (m: number) => `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`;

/** The parts of slots that lie in one day each: one that passes midnight (SPEC T4) goes on in the next day. */
export function pieces(slots: Slot[]): { day: number; from: number; to: number }[] {
  return slots.flatMap((s) => s.days.flatMap((d) => {
    const day = days.indexOf(d), from = minutes(s.from), to = minutes(s.to);
    if (to > from) return [{ day, from, to }];
    return [{ day, from, to: 1440 }, ...(to > 0 ? [{ day: (day + 1) % 7, from: 0, to }] : [])];
  }));
}
