// What the panel and the page around it say to each other at level 2: docs/cti.md is its description. Both sides are made of this file.

/** One message. A response has the id of its request, and either a payload or an error. */
export interface Word {
  v: 2;
  id: string;
  kind: 'request' | 'response' | 'event';
  type: string;
  payload?: unknown;
  error?: { code: string; message: string };
}

/** What the page may ask of the panel. */
export const commands = [
  'dial', 'answer', 'decline', 'hangup', 'hold', 'unhold', 'mute', 'unmute', 'dtmf', 'transfer', 'set_availability', 'show', 'hide', 'focus_dialer', 'draft_sms', 'send_sms', 'add_note',
  'add_tag', 'insight_card', 'get_state',
] as const;
export type Command = (typeof commands)[number];

/** What it may ask one day: refused with "not_available_yet". */
export const later = ['complete_transfer', 'cancel_transfer', 'pause_recording', 'resume_recording'];

/** Whether something that came from another window is a message of ours. What is in it is still to be doubted. */
export function isWord(data: unknown): data is Word {
  const d = data as Partial<Word> | null;
  return typeof d === 'object' && d !== null && d.v === 2 && typeof d.id === 'string' && d.id.length <= 100 && typeof d.type === 'string' && d.type.length <= 100
    && (d.kind === 'request' || d.kind === 'response' || d.kind === 'event');
}

/** A refusal that travels: {code, message}. */
export class Refused extends Error {
  constructor(readonly code: string, message = code) {
    super(message);
  }
}

/** A name that nobody guesses and nobody has twice. */
export function fresh(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, '0')).join('');
}

type Serve = (type: string, payload: unknown) => unknown;
interface Waiting { done: (v: unknown) => void; fail: (e: Error) => void; timer: ReturnType<typeof setTimeout> }

/** One end of the wire: requests are matched with their responses by id, and each has a limit of time of its caller's choice. */
export class End {
  private readonly waits = new Map<string, Waiting>();

  /** send puts a message on the wire; serve answers requests (a value, a promise, or a throw of Refused); hear takes events. */
  constructor(private send: (w: Word) => void, private serve: Serve, private hear: (type: string, payload: unknown) => void) {}

  event(type: string, payload?: unknown): void {
    this.send({ v: 2, id: fresh(), kind: 'event', type, payload });
  }

  request(type: string, payload: unknown, within: number): Promise<unknown> {
    return new Promise((done, fail) => {
      const id = fresh();
      const timer = setTimeout(() => {
        this.waits.delete(id);
        fail(new Refused('timeout'));
      }, within);
      this.waits.set(id, { done, fail, timer });
      this.send({ v: 2, id, kind: 'request', type, payload });
    });
  }

  /** Takes a message whose source and origin were checked. */
  take(w: Word): void {
    if (w.kind === 'event') this.hear(w.type, w.payload);
    else if (w.kind === 'request') void this.answer(w);
    else {
      const one = this.waits.get(w.id);
      if (!one) return;
      this.waits.delete(w.id);
      clearTimeout(one.timer);
      if (w.error) one.fail(new Refused(String(w.error.code), String(w.error.message)));
      else one.done(w.payload);
    }
  }

  private async answer(w: Word): Promise<void> {
    const reply = { v: 2 as const, id: w.id, kind: 'response' as const, type: w.type };
    try {
      this.send({ ...reply, payload: await this.serve(w.type, w.payload) });
    } catch (e) {
      const code = e instanceof Error && 'code' in e && typeof e.code === 'string' ? e.code : 'unknown_error';
      this.send({ ...reply, error: { code, message: e instanceof Error ? e.message : code } });
    }
  }
}
