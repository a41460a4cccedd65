// Between what somebody types and what the API takes.

/** A text of lines or commas as a list, empty ones left out. */
export const listOf = (text: string): string[] => text.split(/[\n,]/).map((x) => x.trim()).filter(Boolean);
/** A list as lines. */
export const linesOf = (all: readonly string[] | null | undefined): string => (all ?? []).join('\n');
/** A number that somebody typed; NaN where it is none, which the server then says. */
export const numberOf = (text: string): number => (text.trim() === '' ? 0 : Number(text.replace(',', '.')));

/** The fields of now that are not as they were: what a merge patch sends. */
export function changed<T extends object>(was: T, now: T): Partial<T> {
  const out: Partial<T> = {};
  for (const k of Object.keys(now) as (keyof T)[]) if (JSON.stringify(was[k]) !== JSON.stringify(now[k])) out[k] = now[k];
  return out;
}
