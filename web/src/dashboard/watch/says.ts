// The codes of the API in words, and the tone that goes with each.
import type { Schemas } from '../../api/client';
import { t, tMaybe } from '../../i18n/words';
import type { Tone } from '../../parts/basic';
import type { IconName } from '../../parts/icons';

export type Call = Schemas['CallObject'];
export type CallEntry = Schemas['CallEntry'];
/** What lists and details of calls have in common. */
export type AnyCall = Pick<CallEntry, 'direction' | 'status' | 'outcome' | 'missed_reason' | 'from_display' | 'to_display' | 'from' | 'to' | 'anonymous' | 'contact' | 'number' | 'user'>;

/** What people see of a call in progress (SPEC N8, N9). */
export type LiveState = 'ivr' | 'queue' | 'ringing' | 'call';

/** The live state of a call: one that we make either rings or talks, one that comes in may be in its menu or its queue first. */
export function liveState(c: { direction: string; status: string }): LiveState {
  if (c.status === 'answered' || c.status === 'held') return 'call';
  if (c.direction !== 'inbound' || c.status === 'ringing') return 'ringing';
  return c.status === 'queued' ? 'queue' : 'ivr';
}

const liveTones: Record<LiveState, Tone> = { ivr: 'info', queue: 'warn', ringing: 'brand', call: 'good' };
const liveIcons: Record<LiveState, IconName> = { ivr: 'keypad', queue: 'clock', ringing: 'bell', call: 'phone' };

export const liveLook = (s: LiveState) => ({ tone: liveTones[s], icon: liveIcons[s], text: tMaybe(`dashboard.live.state.${s}`, s) });

const outcomeTones: Record<string, Tone> = { answered: 'good', missed: 'bad', voicemail: 'info', abandoned: 'warn', busy: 'warn', rejected: 'warn', failed: 'bad', cancelled: 'soft' };

/** How a call ended, or where it is. */
export function callLook(c: Pick<AnyCall, 'direction' | 'status' | 'outcome'>): { tone: Tone; text: string } {
  if (c.status !== 'ended') return liveLook(liveState(c));
  const o = c.outcome ?? '';
  return { tone: outcomeTones[o] ?? 'soft', text: outcomeWord(o) };
}

export const outcomeWord = (o: string) => tMaybe(`dashboard.outcome.${o}`, o);
export const reasonWord = (r: string) => tMaybe(`dashboard.missed.${r}`, r);
export const statusWord = (s: string) => tMaybe(`core.status.${s}`, s);
export const deviceWord = (d: string) => tMaybe(`dashboard.device.${d}`, d);

/** The icon of a call: which way it goes, and whether somebody took it. */
export function callIcon(c: Pick<AnyCall, 'direction' | 'outcome' | 'missed_reason'>): IconName {
  if (c.direction === 'inbound') return c.missed_reason || c.outcome === 'missed' ? 'missed' : 'in';
  return c.direction === 'outbound' ? 'out' : 'redirect';
}

export const directionWord = (d: string) => tMaybe(`dashboard.direction.${d}`, d);

/** Whom the call is with, outside or at the other desk: a contact's name, a number, or that it was withheld. */
export function otherParty(c: AnyCall): string {
  if (c.contact?.name) return c.contact.name;
  if (c.direction === 'inbound') return c.anonymous ? t('dashboard.calls.anonymous') : c.from_display || c.from;
  return c.to_display || c.to;
}

/** Their number, where otherParty gives a name. */
export function otherNumber(c: AnyCall): string {
  if (c.direction === 'inbound') return c.anonymous ? '' : c.from_display || c.from;
  return c.to_display || c.to;
}

const messageTones: Record<string, Tone> = { received: 'good', accepted: 'soft', sent: 'info', unknown: 'warn', delivered: 'good', failed: 'bad' };

export const messageLook = (s: string) => ({ tone: messageTones[s] ?? ('soft' as Tone), text: tMaybe(`dashboard.message.state.${s}`, s) });
export const channelWord = (c: string) => tMaybe(`dashboard.channel.${c}`, c);

/** Why a message failed: our words, or a network's own code as it came. */
export function messageReason(r: string | null | undefined): string {
  if (!r) return '';
  return tMaybe(`dashboard.message.reason.${r}`, t('dashboard.message.reason_code', { code: r }));
}
