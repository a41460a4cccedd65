// What happens, as it happens: one stream (SSE) for the whole page. It is read with fetch, since EventSource hears only the types that it knows by name.
import { signal } from '@preact/signals';
import { language } from '../i18n/words';
import { door } from './client';

/** An event of the API: its type, and the envelope that came with it. */
export interface Happening {
  type: string;
  id: string;
  subject: string;
  seq: number;
  timestamp: string;
  data: Record<string, unknown>;
}

type Listener = (e: Happening) => void;
interface Wish { types: string[]; hear: Listener }

/** Whether the stream is open: the page says when it is not. */
export const streaming = signal<'connecting' | 'open' | 'lost'>('connecting');

const wishes = new Set<Wish>();
let lastID = '';
let running: AbortController | null = null;

function matches(pattern: string, type: string): boolean {
  return pattern === '*' || pattern === type || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1)));
}

/** Hears events of some types ("call.*", "message.received", "*"), and "reset": what was shown may be old, read it again. It returns what ends it. */
export function hear(types: string[], listener: Listener): () => void {
  const wish = { types, hear: listener };
  wishes.add(wish);
  return () => wishes.delete(wish);
}

function tell(type: string, id: string, text: string) {
  if (id) lastID = id;
  if (type === 'end') return;
  let body: Record<string, unknown> = {};
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return; // not ours to guess
  }
  const e: Happening = {
    type, id, subject: String(body['subject'] ?? ''), seq: Number(body['seq'] ?? 0), timestamp: String(body['timestamp'] ?? ''),
    data: (body['data'] as Record<string, unknown> | undefined) ?? {},
  };
  for (const w of [...wishes]) if (type === 'reset' || w.types.some((t) => matches(t, type))) w.hear(e);
}

/** Cuts a stream of server-sent events: fields end with a line, events with an empty one. */
export function cutter(take: (type: string, id: string, data: string) => void): (chunk: string) => void {
  let held = '';
  return (chunk) => {
    held += chunk;
    for (let end = held.indexOf('\n\n'); end >= 0; end = held.indexOf('\n\n')) {
      const lines = held.slice(0, end).split('\n');
      held = held.slice(end + 2);
      let type = '', id = '';
      const data: string[] = [];
      for (const line of lines) {
        const colon = line.indexOf(':');
        if (colon <= 0) continue;
        const value = line.slice(colon + 1).replace(/^ /, '');
        const name = line.slice(0, colon);
        if (name === 'event') type = value;
        else if (name === 'id') id = value;
        else if (name === 'data') data.push(value);
      }
      if (data.length > 0) take(type, id, data.join('\n'));
    }
  };
}

async function read(stop: AbortSignal): Promise<void> {
  const headers: Record<string, string> = { Accept: 'text/event-stream', 'Accept-Language': language.value };
  if (lastID) headers['Last-Event-ID'] = lastID;
  const r = await fetch('/api/v1/events', { headers, signal: stop, credentials: 'same-origin' });
  if (r.status === 401) door.signedOut(); // elsewhere: another tab, or another window of this browser
  if (!r.ok || !r.body) throw new Error(String(r.status));
  if (streaming.value === 'lost') tell('reset', '', '{}'); // what changed while we were away may be too old for the stream
  streaming.value = 'open';
  const text = new TextDecoder();
  const cut = cutter(tell);
  const reader = r.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    cut(text.decode(value, { stream: true }));
  }
}

// A page that is left may be kept for the way back, and its stream with it: browsers have few connections for one server.
globalThis.addEventListener?.('pagehide', () => running?.abort());
globalThis.addEventListener?.('pageshow', (e) => {
  if (!e.persisted || !running) return;
  running = null;
  streaming.value = 'lost'; // so that what is shown is read again
  startEvents();
});

/** Opens the stream and keeps it open until stopEvents. */
export function startEvents(): void {
  if (running) return;
  const mine = (running = new AbortController());
  const turn = async (tries: number): Promise<void> => {
    try {
      await read(mine.signal);
      tries = 0;
    } catch {
      tries++;
    }
    if (mine.signal.aborted) return;
    if (streaming.value === 'open' || tries > 1) streaming.value = tries > 0 ? 'lost' : 'connecting';
    const wait = Math.min(500 * 2 ** Math.min(tries, 5), 15000) * (0.75 + Math.random() / 2);
    setTimeout(() => void turn(tries), wait);
  };
  void turn(0);
}

/** Ends the stream: nobody is signed in any more. */
export function stopEvents(): void {
  running?.abort();
  running = null;
  lastID = '';
}
