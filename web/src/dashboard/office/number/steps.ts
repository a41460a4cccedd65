// The way of an eSIM from the order to the phone (SPEC E2), as steps to show.

/** The steps in their order, as the API names the states. */
export const steps = ['requested', 'ordered', 'released', 'downloaded', 'enabled'] as const;
export type Step = (typeof steps)[number];
export type Mark = 'done' | 'now' | 'next';

/** How far an eSIM is. Where it was suspended or disabled it had come to the end of the way; ended or failed it is on none of the steps. */
export function marksOf(state: string): { step: Step; mark: Mark }[] {
  const whole = state === 'suspended' || state === 'disabled' || state === 'enabled';
  const at = whole ? steps.length - 1 : steps.indexOf(state as Step);
  return steps.map((step, i) => ({ step, mark: i < at || (whole && i === at) ? 'done' : i === at ? 'now' : 'next' }));
}

/** Bytes for people, in units of 1000 as packages are sold. */
export function bytes(n: number, lang: string): string {
  const units = lang === 'fr' ? ['o', 'ko', 'Mo', 'Go', 'To'] : ['B', 'kB', 'MB', 'GB', 'TB'];
  let i = 0, v = Math.max(0, n);
  while (v >= 1000 && i < units.length - 1) {
    v /= 1000;
    i++;
  }
  return `${new Intl.NumberFormat(lang, { maximumFractionDigits: v < 10 && i > 0 ? 1 : 0 }).format(v)}\u00a0${units[i]}`;
}
