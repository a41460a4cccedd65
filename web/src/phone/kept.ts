// What this browser keeps of how its phone is set: devices differ from one computer to the next, so the server does not know them.
import { signal } from '@preact/signals';

/** Choices of this browser. Empty device: the usual one. */
export interface Kept {
  microphone: string;
  speaker: string;
  ringer: string;
  /** 0 to 1. */
  ringVolume: number;
  /** Desktop notifications. */
  notifyCalls: boolean;
  notifyMissed: boolean;
  notifyMessages: boolean;
  /** Keys that answer and decline. */
  answerKey: string;
  declineKey: string;
}

const usual: Kept = { microphone: '', speaker: '', ringer: '', ringVolume: 0.8, notifyCalls: true, notifyMissed: true, notifyMessages: true, answerKey: 'a', declineKey: 'd' };

function read(): Kept {
  try {
    const found = JSON.parse(localStorage.getItem('phone') ?? '{}') as Partial<Record<keyof Kept, unknown>>;
    const out: Kept = { ...usual };
    for (const k of Object.keys(usual) as (keyof Kept)[]) if (typeof found[k] === typeof usual[k]) Object.assign(out, { [k]: found[k] });
    return out;
  } catch {
    return usual;
  }
}

/** The choices of this browser: change them with keep. */
export const kept = signal<Kept>(read());

/** Changes choices, here and in the other tabs. */
export function keep(change: Partial<Kept>): void {
  kept.value = { ...kept.value, ...change };
  try {
    localStorage.setItem('phone', JSON.stringify(kept.value));
  } catch { /* a page without storage forgets */ }
}

addEventListener('storage', (e) => { if (e.key === 'phone') kept.value = read(); });
