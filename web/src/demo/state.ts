// The handset of the simulated mobile network, as the server shows it: a stream of screens, each in place of the one before it.
import { signal } from '@preact/signals';
import { cutter } from '../api/events';
import { Problem, send } from '../api/client';
import { language } from '../i18n/words';

export interface HandsetCall { peer: string; peer_display: string; direction: 'inbound' | 'outbound'; state: 'calling' | 'ringing' | 'answered'; answered_at: string | null }
export interface HandsetLine { peer: string; peer_display: string; kind: 'missed' | 'received' | 'declined' | 'dialled'; at: string }
export interface HandsetText { peer: string; peer_display: string; direction: 'inbound' | 'outbound'; body: string; state: '' | 'sending' | 'sent' | 'delivered' | 'failed'; at: string }
export interface Handset {
  owner: string;
  number: string;
  number_display: string;
  power: 'on' | 'off';
  coverage: 'covered' | 'uncovered';
  call: HandsetCall | null;
  calls: HandsetLine[];
  texts: HandsetText[];
}

const at = '/api/v1/sim/handset';

/** The screen now; null until it is known. */
export const handset = signal<Handset | null>(null);
/** stranger: nobody is signed in · none: this person has no handset · lost: the server is away, and asked again. */
export const link = signal<'connecting' | 'open' | 'lost' | 'stranger' | 'none'>('connecting');
/** Why the last thing could not be done. */
export const refused = signal<Problem | null>(null);

async function read(): Promise<void> {
  const r = await fetch(at, { headers: { Accept: 'text/event-stream', 'Accept-Language': language.value }, credentials: 'same-origin' });
  if (r.status === 401) link.value = 'stranger';
  else if (r.status === 404 || r.status === 403) link.value = 'none';
  if (!r.ok || !r.body) throw new Error(String(r.status));
  link.value = 'open';
  const text = new TextDecoder();
  const cut = cutter((type, _, data) => { if (type === 'handset') handset.value = JSON.parse(data) as Handset; });
  const reader = r.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    cut(text.decode(value, { stream: true }));
  }
}

/** Opens the stream, and keeps it open. */
export function watchHandset(): void {
  const turn = async (tries: number): Promise<void> => {
    try {
      await read();
      tries = 0;
    } catch {
      tries++;
    }
    if (link.value === 'stranger' || link.value === 'none') return;
    link.value = 'lost';
    setTimeout(() => void turn(tries), Math.min(500 * 2 ** Math.min(tries, 4), 8000));
  };
  void turn(0);
}

export type Deed = 'dial' | 'answer' | 'decline' | 'hang_up' | 'press' | 'write' | 'power_on' | 'power_off' | 'cover' | 'uncover' | 'customer_calls' | 'customer_writes';

/** Does something with the handset; refused says why it could not be done. */
export async function act(deed: Deed, more: { to?: string; text?: string } = {}): Promise<boolean> {
  refused.value = null;
  try {
    await send('post', at, { body: JSON.stringify({ do: deed, ...more }), headers: { 'Content-Type': 'application/json' } });
    return true;
  } catch (e) {
    refused.value = e instanceof Problem ? e : new Problem(0, { code: 'page', title: String(e) });
    return false;
  }
}

/** The messages with one other party, and what is new of it. */
export interface Thread { peer: string; name: string; last: HandsetText; texts: HandsetText[] }

/** Messages by whom they are with, the newest first. */
export function threadsOf(texts: HandsetText[]): Thread[] {
  const by = new Map<string, Thread>();
  for (const x of texts) {
    const one = by.get(x.peer);
    if (one) {
      one.texts.push(x);
      one.last = x;
    } else by.set(x.peer, { peer: x.peer, name: x.peer_display || x.peer, last: x, texts: [x] });
  }
  return [...by.values()].sort((a, b) => b.last.at.localeCompare(a.last.at));
}

/** Calls of the same kind with the same party one after the other are one line. */
export function linesOf(calls: HandsetLine[]): (HandsetLine & { times: number })[] {
  const out: (HandsetLine & { times: number })[] = [];
  for (const c of calls) {
    const before = out[out.length - 1];
    if (before && before.peer === c.peer && before.kind === c.kind) before.times++;
    else out.push({ ...c, times: 1 });
  }
  return out;
}
