// What can be done with the calls of the panel, by its screen and by the page around it.
import { api, Problem } from '../api/client';
import * as phone from '../phone/phone';
import { PhoneError, type PhoneCall } from '../phone/phone';
import { declinedHere } from './level1';
import { last, me, panel } from './state';
import { Refused } from './wire';

/** The call that a page or a screen means: by the phone's id, the server's, or none for the one that there is. */
export function callOf(id: unknown, among: PhoneCall[] = phone.calls.value): PhoneCall {
  const live = among.filter((c) => c.state !== 'ended');
  const found = typeof id === 'string' && id !== '' ? live.find((c) => c.id === id || c.callID === id) : live.find((c) => c.id === phone.current.value?.id) ?? live[0];
  if (!found) throw new Refused('no_call', 'there is no such call');
  return found;
}

/** The call that rings and is meant. */
export const ringingOf = (id: unknown) => callOf(id, phone.incoming.value);

/** Why something failed, as a code and words that travel. */
export function refusedOf(e: unknown): Refused {
  if (e instanceof Refused) return e;
  if (e instanceof Problem) return new Refused(e.code, e.detail || e.title);
  if (e instanceof PhoneError) return new Refused(e.code);
  return new Refused('unknown_error', String(e));
}

/** Calls somebody; from is one of the person's numbers, by its id or itself. */
export async function dial(to: string, from?: string): Promise<PhoneCall> {
  const number = from?.startsWith('num_') ? me.value?.numbers?.find((n) => n.id === from)?.number : from;
  if (from?.startsWith('num_') && !number) throw new Refused('not_found', 'this is not one of your numbers');
  const before = new Set(phone.calls.value.map((c) => c.id));
  last.value = null;
  await phone.dial(to, { number });
  const made = phone.calls.value.find((c) => !before.has(c.id));
  if (!made) throw new Refused('no_call');
  return made;
}

/** Says no to what rings. */
export async function decline(call: PhoneCall): Promise<void> {
  declinedHere.add(call.id);
  await phone.decline(call.id);
}

function known(call: { callID: string | null }): string {
  if (!call.callID) throw new Refused('not_ready', 'the server does not know this call yet');
  return call.callID;
}

/** Hands a call on, at once. */
export async function transfer(call: PhoneCall, to: string): Promise<void> {
  await api.post('/api/v1/calls/{id}/actions/transfer', { path: { id: known(call) }, body: { mode: 'cold', to } });
}

/** Writes a note about a call. */
export async function addNote(call: { callID: string | null }, text: string): Promise<void> {
  await api.post('/api/v1/calls/{id}/comments', { path: { id: known(call) }, body: { text } });
}

/** Puts a tag on a call, by its name or id. */
export async function addTag(call: { callID: string | null }, tag: string): Promise<void> {
  await api.put('/api/v1/calls/{id}/tags/{tag}', { path: { id: known(call), tag } });
}

/** Writes a message. */
export async function sendMessage(to: string, body: string, from?: string): Promise<void> {
  await api.post('/api/v1/messages', { body: { to, body, channel: 'cti', ...(from ? { from } : {}) }, idempotencyKey: crypto.randomUUID() });
}

/** Shows the dialler. */
export function showKeypad(): void {
  panel.value = 'keypad';
}
