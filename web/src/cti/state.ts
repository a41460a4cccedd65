// What the panel shows, and who it is of.
import { signal } from '@preact/signals';
import type { Schemas } from '../api/client';

/** Whose phone this is. */
export interface PanelPerson { id: string; name: string; email: string; company: string }
/** null: nobody is signed in; undefined: not known yet. */
export const person = signal<PanelPerson | null | undefined>(undefined);
/** Everything about them. */
export const me = signal<Schemas['UserObject'] | null>(null);

export type Panel = 'keypad' | 'recent' | 'messages';
/** Which panel is in sight. */
export const panel = signal<Panel>('keypad');
/** What stands in the dialler, and who put it there last. */
export const dialler = signal<{ number: string; by: 'hand' | 'page' }>({ number: '', by: 'hand' });
/** A message that is being written: to whom, and what the page wrote into it. */
export const draft = signal<{ to: string; body: string } | null>(null);

/** A card that the page around us gives. */
export interface Card { name?: string; url?: string; fields?: { label: string; value: string }[] }
/** What the page knows of the other side, by the number. */
export const cards = signal<Record<string, Card>>({});

/** Takes a card of a page: texts only, and not too many. */
export function cardOf(found: unknown): Card | null {
  if (typeof found !== 'object' || found === null) return null;
  const f = found as { name?: unknown; url?: unknown; fields?: unknown };
  const text = (v: unknown, most: number) => (typeof v === 'string' || typeof v === 'number' ? String(v).slice(0, most) : '');
  const fields = Array.isArray(f.fields) ? f.fields.slice(0, 12).map((x: { label?: unknown; value?: unknown } | null) => ({ label: text(x?.label, 80), value: text(x?.value, 500) })).filter((x) => x.label || x.value) : [];
  const card: Card = { name: text(f.name, 500), url: text(f.url, 2000), fields };
  return card.name || card.url || fields.length > 0 ? card : null;
}

/** The call that ended last, to be written about: until it is done, or the next one begins. */
export const last = signal<{ id: string; callID: string | null; number: string; name: string; endedAt: number } | null>(null);
