// Level 1: the messages of the npm package aircall-everywhere, which pages of others use as it is. docs/cti.md has their table.
import { dialler, person, panel } from './state';
import { watchCalls, type Change } from './desk';
import { factsOf } from './facts';
import { listen, tell } from './parent';
import { inCall, incoming, type PhoneCall } from '../phone/phone';

/** What the page sees of somebody who signed in. */
export interface Person { email: string; first_name: string; last_name: string; company_name: string }

/** A name in two, as the package wants it: what stands before the last word, and that. */
export function namesOf(name: string): Pick<Person, 'first_name' | 'last_name'> {
  const words = name.trim().split(/\s+/);
  return words.length > 1 ? { first_name: words.slice(0, -1).join(' '), last_name: words.at(-1) ?? '' } : { first_name: words[0] ?? '', last_name: '' };
}

/** How a call that rang here ended ringing, in the package's words. */
export function ringtoneEnd(c: Change, declined: boolean): 'answered' | 'disconnected' | 'refused' | null {
  if (c.call.direction !== 'inbound' || c.before?.state !== 'ringing') return null;
  if (c.turn === 'answered') return 'answered';
  if (c.turn !== 'ended') return null;
  return declined ? 'refused' : 'disconnected';
}

/** The seconds in which a call was talked. */
export function durationOf(call: PhoneCall, now = Date.now()): number {
  return call.answeredAt === null ? 0 : Math.max(0, Math.round((now - call.answeredAt) / 1000));
}

type Reply = { success: true; data: unknown } | { success: false; errorCode: string; errorMessage: string };
const no = (errorCode: string, errorMessage: string): Reply => ({ success: false, errorCode, errorMessage });

/** Answers a command of the package. What it does not know is refused, so that nobody waits for it. */
export function obey(command: string, value: unknown): Reply {
  if (command === 'is_logged_in') return person.value ? { success: true, data: true } : no('not_ready', 'nobody is signed in');
  if (!person.value) return no('not_ready', 'nobody is signed in');
  const busy = inCall.value || incoming.value.length > 0;
  if (command === 'dial_number') {
    const number = (value as { phone_number?: unknown } | null)?.phone_number;
    if (typeof number !== 'string' && typeof number !== 'number') return no('unknown_error', 'phone_number is missing');
    if (busy) return no('in_call', 'the phone is in a call');
    dialler.value = { number: String(number).slice(0, 64), by: 'page' };
    panel.value = 'keypad';
    return { success: true, data: { phone_number: String(number) } };
  }
  if (command === 'exit_keyboard') {
    if (busy) return no('in_call', 'the phone is in a call');
    if (panel.value !== 'keypad') return no('not_in_keyboard', 'the keypad is not shown');
    panel.value = 'recent';
    return { success: true, data: {} };
  }
  return no('does_not_exists', `there is no command ${command}`);
}

const settled = new Map<string, Promise<unknown>>(); // by call: events of one call keep their order while the server is asked about it

function inOrder(call: PhoneCall, then: (id: number, from: string, to: string) => void): void {
  const before = settled.get(call.id) ?? Promise.resolve();
  const next = before.then(() => factsOf(call)).then((f) => { if (f) then(f.call_number, f.anonymous ? '' : f.from, f.to); });
  settled.set(call.id, next);
  void next.finally(() => { if (settled.get(call.id) === next) settled.delete(call.id); });
}

/** Calls that were declined here. */
export const declinedHere = new Set<string>();

const say = (event: string, value?: unknown) => tell({ name: `apm_phone_${event}`, value });

function told(c: Change): void {
  const { call, turn } = c;
  if (turn === 'ringing') inOrder(call, (call_id, from, to) => say('incoming_call', { from, to, call_id }));
  if (turn === 'dialling') inOrder(call, (call_id, from, to) => say('outgoing_call', { from, to, call_id }));
  const rang = ringtoneEnd(c, declinedHere.has(call.id));
  if (rang) inOrder(call, (call_id) => say('call_end_ringtone', { answer_status: rang, call_id }));
  if (turn === 'answered' && call.direction === 'outbound') inOrder(call, (call_id) => say('outgoing_answered', { call_id }));
  if (turn === 'ended') {
    const duration = durationOf(call);
    declinedHere.delete(call.id);
    inOrder(call, (call_id) => say('call_ended', { duration, call_id }));
  }
}

/** Tells the page that somebody is signed in: what it waits for. */
export function introduce(): void {
  const p = person.value;
  if (p) say('loaded', { email: p.email, ...namesOf(p.name), company_name: p.company });
}

/** Speaks level 1 with the page around us. */
export function speakLevel1(): { signedIn: () => void; signedOut: () => void; noteSaved: (call: number, comment: string) => void; asked: (number: string) => void } {
  listen((data) => {
    const d = data as { name?: unknown; value?: unknown } | null;
    if (typeof d !== 'object' || d === null || typeof d.name !== 'string' || !d.name.startsWith('apm_app_')) return;
    const command = d.name.slice('apm_app_'.length);
    if (command === 'isready') return;
    if (command === 'get_settings') return say('integration_settings', {});
    say(`${command}_response`, obey(command, d.value));
  });
  watchCalls(told);
  return {
    signedIn: introduce,
    signedOut: () => say('logout'),
    noteSaved: (call_id, comment) => say('comment_saved', { comment, call_id }),
    asked: (phone_number) => say('external_dial', { phone_number }),
  };
}
