// Days of the week, for people.
import { language } from '../../../i18n/words';

/** The days as the API writes them, Monday first. */
export const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof days)[number];

/** A day of the week in the reader's language. */
export function dayName(day: string, width: 'short' | 'long' = 'short', lang: string = language.value): string {
  const i = days.indexOf(day as Day);
  return i < 0 ? day : new Intl.DateTimeFormat(lang, { weekday: width, timeZone: 'UTC' }).format(new Date(Date.UTC(2024, 0, 1 + i))); // 1 January 2024 was a Monday
}

/** Days as a run where they follow each other ("Mon–Fri, Sun"). */
export function daysText(given: readonly string[], lang: string = language.value): string {
  const at = days.map((d) => given.includes(d));
  const out: string[] = [];
  for (let i = 0; i < 7; i++) {
    if (!at[i]) continue;
    let end = i;
    while (end < 6 && at[end + 1]) end++;
    const first = dayName(days[i]!, 'short', lang), last = dayName(days[end]!, 'short', lang);
    out.push(end === i ? first : end === i + 1 ? `${first}, ${last}` : `${first}–${last}`);
    i = end;
  }
  return out.join(', ');
}
