// Level 2: our own contract with the page around us, and its loader embed.js.
import { api } from '../api/client';
import { hear } from '../api/events';
import * as phone from '../phone/phone';
import type { PhoneCall } from '../phone/phone';
import { watchCalls, type Change } from './desk';
import { factsOf } from './facts';
import { isRefused, listen, mayHear, noMicrophoneLent, pinned, tell } from './parent';
import { cardOf, cards, dialler, draft, panel, person } from './state';
import * as verbs from './verbs';
import { commands, End, isWord, later, Refused, type Word } from './wire';

type Payload = Record<string, unknown>;
const text = (v: unknown, name: string, most = 2000): string => {
  if (typeof v !== 'string' || v.trim() === '' || v.length > most) throw new Refused('invalid_request', `${name} is missing, or too long`);
  return v.trim();
};

const contexts = new Map<string, unknown>(); // by call: what the page gave with its dial

/** A call as the page sees it. */
export async function shown(call: PhoneCall): Promise<Payload> {
  const facts = await factsOf(call);
  const other = facts ? (call.direction === 'inbound' ? facts.from : facts.to) : call.number;
  return {
    id: call.callID ?? facts?.id ?? null, call_number: facts?.call_number ?? null, phone_id: call.id, direction: call.direction, state: call.state, from: facts?.from ?? (call.direction === 'inbound' ? call.number : ''),
    to: facts?.to ?? (call.direction === 'outbound' ? call.number : ''), peer: other, anonymous: facts?.anonymous ?? false, name: call.name, contact: facts?.contact ?? null,
    number: facts?.number ?? null, held: call.held, muted: call.muted, quality: call.quality, answered_at: call.answeredAt === null ? null : new Date(call.answeredAt).toISOString(),
    context: contexts.get(call.id) ?? null,
  };
}

async function state(): Promise<Payload> {
  const desk = person.value ? await api.get('/api/v1/users/{id}/availability', { path: { id: person.value.id } }).catch(() => null) : null;
  return {
    logged_in: Boolean(person.value), line: phone.line.value, microphone: noMicrophoneLent() ? 'not_lent' : phone.microphone.value,
    availability: desk?.availability ?? null, status: desk?.status ?? null, calls: await Promise.all(phone.calls.value.filter((c) => c.state !== 'ended').map(shown)),
  };
}

/** What the page may ask, by its name. */
const deeds: Record<(typeof commands)[number], (p: Payload) => unknown> = {
  dial: async (p) => {
    const call = await verbs.dial(text(p['number'], 'number', 64), typeof p['from'] === 'string' ? p['from'] : undefined);
    if (p['context'] !== undefined) contexts.set(call.id, p['context']);
    if (contexts.size > 50) contexts.delete(contexts.keys().next().value!);
    return shown(call);
  },
  answer: (p) => phone.answer(verbs.ringingOf(p['call']).id),
  decline: (p) => verbs.decline(verbs.ringingOf(p['call'])),
  hangup: (p) => phone.hangup(verbs.callOf(p['call']).id),
  hold: (p) => phone.hold(verbs.callOf(p['call']).id),
  unhold: (p) => phone.unhold(verbs.callOf(p['call']).id),
  mute: (p) => phone.mute(verbs.callOf(p['call']).id),
  unmute: (p) => phone.unmute(verbs.callOf(p['call']).id),
  dtmf: (p) => {
    const digits = text(p['digits'], 'digits', 32);
    if (!/^[0-9*#]+$/.test(digits)) throw new Refused('invalid_request', 'digits are 0 to 9, * and #');
    return phone.sendDigits(verbs.callOf(p['call']).id, digits);
  },
  transfer: (p) => verbs.transfer(verbs.callOf(p['call']), text(p['to'], 'to', 64)),
  set_availability: async (p) => {
    const wish = text(p['availability'], 'availability', 20);
    if (wish !== 'available' && wish !== 'unavailable' && wish !== 'auto') throw new Refused('invalid_request', 'availability is available, unavailable or auto');
    await api.put('/api/v1/me/availability', { body: { availability: wish, ...(typeof p['reason_id'] === 'string' ? { reason_id: p['reason_id'] } : {}) } });
  },
  show: () => link?.end.request('show', {}, 3000),
  hide: () => link?.end.request('hide', {}, 3000),
  focus_dialer: (p) => {
    if (typeof p['number'] === 'string') dialler.value = { number: p['number'].slice(0, 64), by: 'page' };
    panel.value = 'keypad';
  },
  draft_sms: (p) => {
    draft.value = { to: text(p['to'], 'to', 64), body: typeof p['body'] === 'string' ? p['body'].slice(0, 2000) : '' };
    panel.value = 'messages';
  },
  send_sms: (p) => verbs.sendMessage(text(p['to'], 'to', 64), text(p['body'], 'body')),
  add_note: async (p) => {
    const call = about(p);
    const note = text(p['text'], 'text', 10_000);
    await verbs.addNote(call, note);
  },
  add_tag: (p) => verbs.addTag(about(p), text(p['tag'], 'tag', 200)),
  insight_card: (p) => {
    const card = cardOf(p);
    const number = typeof p['number'] === 'string' ? p['number'] : phone.current.value?.number ?? phone.incoming.value[0]?.number;
    if (!card || !number) throw new Refused('invalid_request', 'a card has a name, an address or fields, and is about a number');
    cards.value = { ...cards.value, [number]: card };
  },
  get_state: state,
};

/** The call that is written about: one that lives, or by the server's id one that is over. */
function about(p: Payload): { callID: string | null } {
  const id = p['call'];
  if (typeof id === 'string' && id.startsWith('call_')) return { callID: id };
  return verbs.callOf(id);
}

async function obey(type: string, payload: unknown): Promise<unknown> {
  if (later.includes(type)) throw new Refused('not_available_yet');
  if (!Object.hasOwn(deeds, type)) throw new Refused('unknown_command', `there is no command ${type}`);
  if (!person.value && type !== 'get_state' && type !== 'show' && type !== 'hide') throw new Refused('not_logged_in', 'nobody is signed in');
  try {
    return (await deeds[type as (typeof commands)[number]](typeof payload === 'object' && payload !== null ? (payload as Payload) : {})) ?? null;
  } catch (e) {
    throw verbs.refusedOf(e);
  }
}

const names: Partial<Record<Change['turn'], string>> = {
  dialling: 'call.dialling', ringing: 'call.ringing', answered: 'call.answered', held: 'call.held', unheld: 'call.unheld', muted: 'call.muted', unmuted: 'call.unmuted', suspended: 'call.suspended',
  resumed: 'call.resumed', quality: 'quality.changed', ended: 'call.ended',
};

let link: { end: End; greeted: boolean; can: string[] } | null = null;
const settled = new Map<string, Promise<unknown>>();

function told(c: Change): void {
  const name = names[c.turn];
  if (!name) return;
  const before = settled.get(c.call.id) ?? Promise.resolve();
  const next = before.then(async () => {
    const call = { ...(await shown(c.call)), ...(c.turn === 'ended' ? { elsewhere: c.call.elsewhere, refused: c.call.refused, seconds: c.call.answeredAt === null ? 0 : Math.round((Date.now() - c.call.answeredAt) / 1000) } : {}) };
    link?.end.event(name, call);
    if (c.turn === 'ringing' || c.turn === 'dialling') await match(c.call, String((call as Payload)['peer'] ?? ''));
  });
  settled.set(c.call.id, next);
  void next.finally(() => { if (settled.get(c.call.id) === next) settled.delete(c.call.id); });
}

/** Asks the page who the other side is, and shows what it says; the page may open what belongs to it. */
async function match(call: PhoneCall, number: string): Promise<void> {
  if (!link?.can.includes('match') || !number) return;
  const card = cardOf(await link.end.request('match', { number, direction: call.direction }, 3000).catch(() => null));
  if (!card) return;
  cards.value = { ...cards.value, [number]: card, ...(call.number ? { [call.number]: card } : {}) };
  link.end.event('screen_pop', { number, url: card.url, name: card.name, direction: call.direction });
}

/** The page opens what its card leads to. */
export function openCard(url: string): void {
  link?.end.event('navigate.contact', { url });
}

/** Whether the page around us speaks level 2. */
export const isLinked = () => Boolean(link?.greeted);

/** Tells the page of a call that was written about: its after-call work is over. */
export async function logCall(call: Payload): Promise<void> {
  if (link?.can.includes('log')) await link.end.request('log', call, 10_000).catch((e: unknown) => { throw verbs.refusedOf(e); });
}

function greet(w: Word, origin: string): void {
  const p = w.payload as { nonce?: unknown; capabilities?: unknown } | null;
  if (!link || typeof p?.nonce !== 'string') return;
  link.greeted = true;
  link.can = Array.isArray(p.capabilities) ? p.capabilities.filter((c) => typeof c === 'string') : [];
  if (mayHear(origin)) pinned.value = origin;
  reply(origin, w, { payload: { v: 2, nonce: p.nonce.slice(0, 100), capabilities: [...commands], logged_in: Boolean(person.value) } });
  if (person.value) signedIn();
}

/** Answers without anything that is known of the person: before anybody is signed in, any page that shows us may hear that. */
function reply(origin: string, w: Word, what: Pick<Word, 'payload' | 'error'>): void {
  window.parent.postMessage({ v: 2, id: w.id, kind: 'response', type: w.type, ...what } satisfies Word, origin);
}

function signedIn(): void {
  const p = person.value;
  if (!link?.greeted || !p || isRefused()) return;
  link.end.event('login', { user: { id: p.id, name: p.name, email: p.email }, company: p.company });
  link.end.event('ready', { line: phone.line.value });
}

/** Speaks level 2 with the page around us. */
export function speakLevel2(): { signedIn: () => void; signedOut: () => void; fault: (code: string, message: string) => void } {
  const end = new End(tell, obey, () => {});
  link = { end, greeted: false, can: [] };
  listen((data, origin) => {
    if (!isWord(data)) return;
    if (data.kind === 'request' && data.type === 'hello') return greet(data, origin);
    if (!link?.greeted) return;
    if (!person.value && data.kind === 'request' && data.type !== 'get_state') return reply(origin, data, { error: { code: 'not_logged_in', message: 'nobody is signed in' } });
    end.take(data);
  }, (data, origin) => {
    if (isWord(data) && data.kind === 'request') reply(origin, data, { error: { code: 'origin_not_allowed', message: 'the account does not allow this page' } });
  });
  watchCalls(told);
  const mine = (e: { data: Record<string, unknown> }) => e.data['user_id'] === person.value?.id || (e.data['user'] as { id?: string } | null)?.id === person.value?.id;
  hear(['user.availability_changed'], (e) => { if (mine(e) || e.subject === person.value?.id) end.event('availability.changed', e.data); });
  hear(['message.received'], (e) => end.event('message.received', e.data));
  navigator.mediaDevices?.addEventListener('devicechange', () => { if (person.value) end.event('audio.device_changed', {}); });
  return { signedIn, signedOut: () => end.event('logout'), fault: (code, message) => end.event('error', { code, message }) };
}
