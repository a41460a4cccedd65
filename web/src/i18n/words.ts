// The words of the pages: one file for each part and language, loaded with the part that needs it. A missing key does not compile; a Go test compares the languages.
import { signal } from '@preact/signals';
import { serverNow } from '../api/time';
import type core from './en/core.json';
import type workspace from './en/workspace.json';
import type dashboard from './en/dashboard.json';
import type numbers from './en/numbers.json';
import type flow from './en/flow.json';
import type cti from './en/cti.json';
import type demo from './en/demo.json';

interface Parts { core: typeof core; workspace: typeof workspace; dashboard: typeof dashboard; numbers: typeof numbers; flow: typeof flow; cti: typeof cti; demo: typeof demo }
export type Part = keyof Parts;
/** Every key: "part.screen.thing"; of one with plurals, the key without its category. */
export type Key = { [P in Part]: Bare<Extract<keyof Parts[P], string>> }[Part];
type Bare<K extends string> = K extends `${infer B}#${string}` ? B : K;
export type Language = 'en' | 'fr';

/** The language of the page. */
export const language = signal<Language>('en');

const texts = signal<Record<string, string>>({});
const loaded = new Map<Part, Promise<void>>();

async function fetchPart(part: Part, lang: Language): Promise<void> {
  const m = (await import(`./${lang}/${part}.json`)) as { default: Record<string, string> };
  texts.value = { ...texts.value, ...m.default };
}

/** Loads the words of parts, which must be there before what shows them. */
export async function needWords(...parts: Part[]): Promise<void> {
  await Promise.all(parts.map((p) => {
    let one = loaded.get(p);
    if (!one) loaded.set(p, (one = fetchPart(p, language.value)));
    return one;
  }));
}

/** Changes the language of the whole page. */
export async function setLanguage(to: Language): Promise<void> {
  if (to === language.value && loaded.size > 0) return;
  language.value = to;
  document.documentElement.lang = to;
  const parts = [...loaded.keys()];
  await Promise.all(parts.map((p) => fetchPart(p, to)));
}

/** The language that a person or their browser asks for. */
export function languageOf(...wishes: (string | null | undefined)[]): Language {
  for (const w of wishes) {
    if (w?.toLowerCase().startsWith('fr')) return 'fr';
    if (w?.toLowerCase().startsWith('en')) return 'en';
  }
  return 'en';
}

type Args = Record<string, string | number>;

/**
 * The words under a key, with {name} filled from args. A key "a.b" may be written as "a.b#one", "a.b#other" …: then args.n chooses (Intl.PluralRules).
 */
export function t(key: Key, args: Args = {}): string {
  const all = texts.value;
  let text = all[key];
  if (text === undefined && typeof args['n'] === 'number') {
    const kind = new Intl.PluralRules(language.value).select(args['n']);
    text = all[`${key}#${kind}`] ?? all[`${key}#other`];
  }
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in args ? shown(args[name]!) : whole));
}

/** The words under a key made at run time ("core.status." + x), or fallback where there are none. */
export function tMaybe(key: string, fallback: string): string {
  return texts.value[key] ?? fallback;
}

const shown = (v: string | number) => (typeof v === 'number' ? new Intl.NumberFormat(language.value).format(v) : v);

const shapes = {
  time: { hour: '2-digit', minute: '2-digit' },
  date: { day: 'numeric', month: 'short', year: 'numeric' },
  day: { weekday: 'long', day: 'numeric', month: 'long' },
  both: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
  exact: { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' },
} satisfies Record<string, Intl.DateTimeFormatOptions>;

/** A moment of the API in the reader's language and time zone. */
export function when(at: string | number | Date | null | undefined, shape: keyof typeof shapes = 'both'): string {
  if (at === null || at === undefined || at === '') return '';
  return new Intl.DateTimeFormat(language.value, shapes[shape]).format(new Date(at));
}

/** "just now", "3 min ago", then the time or the date: by the server's clock, since the moment is the server's. */
export function ago(at: string | number | Date, now = serverNow()): string {
  const seconds = Math.round((now - new Date(at).getTime()) / 1000);
  const rel = new Intl.RelativeTimeFormat(language.value, { numeric: 'auto', style: 'short' });
  if (seconds < 45) return rel.format(0, 'second');
  if (seconds < 3600) return rel.format(-Math.max(1, Math.round(seconds / 60)), 'minute');
  if (new Date(at).toDateString() === new Date(now).toDateString()) return when(at, 'time');
  if (seconds < 7 * 86400) return rel.format(-Math.max(1, Math.round(seconds / 86400)), 'day');
  return when(at, 'date');
}

/** Seconds as 1:05 or 1:02:03. */
export function clock(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, '0');
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}
