// How calls, messages and people are put into words, the same on every screen.
import { t, tMaybe, type Key } from '../i18n/words';
import { Badge, type Tone } from '../parts/basic';
import type { IconName } from '../parts/icons';
import type { Availability, CallEntry, Message } from './state';

type Status = Availability['status'];

/** The dot of a status. */
export function presenceOf(a: Availability | undefined): 'available' | 'busy' | 'away' | 'offline' {
  switch (a?.status) {
    case 'available': return 'available';
    case 'ringing': case 'in_call': return 'busy';
    case 'after_call_work': case 'unavailable': return 'away';
    default: return 'offline';
  }
}

const statusWords: Record<Status, Key> = {
  available: 'core.status.available', ringing: 'core.status.ringing', in_call: 'core.status.in_call', after_call_work: 'core.status.after_call_work',
  unavailable: 'core.status.unavailable', offline: 'core.status.offline',
};

/** A status in words, with its reason. */
export function statusOf(a: Availability | undefined): string {
  if (!a) return t('core.status.offline');
  const words = t(statusWords[a.status] ?? 'core.status.offline');
  return a.status === 'unavailable' && a.reason?.name ? `${words} · ${a.reason.name}` : words;
}

const statusTones: Record<Status, Tone> = { available: 'good', ringing: 'bad', in_call: 'bad', after_call_work: 'warn', unavailable: 'warn', offline: 'soft' };

/** A status as a badge. */
export function StatusBadge({ a }: { a: Availability | undefined }) {
  return <Badge tone={a ? statusTones[a.status] : 'soft'} title={statusOf(a)}>{statusOf(a)}</Badge>;
}

/** The other side of a call as somebody of the office sees it. */
export function otherSide(c: Pick<CallEntry, 'direction' | 'from' | 'to' | 'from_display' | 'to_display' | 'anonymous' | 'contact'>): { name: string; number: string; display: string } {
  const out = c.direction === 'outbound';
  if (!out && c.anonymous) return { name: t('workspace.call.anonymous'), number: '', display: '' };
  const number = (out ? c.to : c.from) ?? '';
  const display = (out ? c.to_display : c.from_display) || number;
  return { name: c.contact?.name || display || t('workspace.call.anonymous'), number, display };
}

const outcomes: Record<string, { key: Key; tone: Tone }> = {
  answered: { key: 'workspace.outcome.answered', tone: 'good' }, missed: { key: 'workspace.outcome.missed', tone: 'bad' }, voicemail: { key: 'workspace.outcome.voicemail', tone: 'info' },
  abandoned: { key: 'workspace.outcome.abandoned', tone: 'warn' }, busy: { key: 'workspace.outcome.busy', tone: 'warn' }, rejected: { key: 'workspace.outcome.rejected', tone: 'warn' },
  failed: { key: 'workspace.outcome.failed', tone: 'bad' }, cancelled: { key: 'workspace.outcome.cancelled', tone: 'soft' },
};

/** What became of a call. */
export function outcomeOf(c: Pick<CallEntry, 'outcome' | 'status'>): { text: string; tone: Tone } {
  if (c.status !== 'ended' || !c.outcome) return { text: t('workspace.outcome.live'), tone: 'brand' };
  const known = outcomes[c.outcome];
  return known ? { text: t(known.key), tone: known.tone } : { text: c.outcome.replaceAll('_', ' '), tone: 'soft' };
}

/** The arrow of a call. */
export function arrowOf(c: Pick<CallEntry, 'direction' | 'outcome'>): { icon: IconName; label: string } {
  if (c.outcome === 'missed' || c.outcome === 'voicemail') return { icon: 'missed', label: t('workspace.arrow.missed') };
  if (c.direction === 'inbound') return { icon: 'in', label: t('workspace.arrow.in') };
  if (c.direction === 'internal') return { icon: 'people', label: t('workspace.arrow.internal') };
  return { icon: 'out', label: t('workspace.arrow.out') };
}

/** Why a call was missed, in a few words. */
export function missedWords(reason: string | null | undefined): string {
  return reason ? tMaybe(`workspace.missed.${reason}`, reason.replaceAll('_', ' ')) : '';
}

const states: Record<Message['state'], { key: Key; tone: Tone }> = {
  received: { key: 'workspace.sms.received', tone: 'soft' }, accepted: { key: 'workspace.sms.accepted', tone: 'soft' }, sent: { key: 'workspace.sms.sent', tone: 'soft' },
  unknown: { key: 'workspace.sms.unknown', tone: 'warn' }, delivered: { key: 'workspace.sms.delivered', tone: 'good' }, failed: { key: 'workspace.sms.failed', tone: 'bad' },
};

/** How far a message has come. */
export const messageState = (m: Message) => ({ text: t(states[m.state].key), tone: states[m.state].tone });

/** Where a message was written, if not at the other end. */
export const channelWords = (m: Message) => tMaybe(`workspace.channel.${m.channel}`, '');

/** What is wrong with the microphone or the phone, as a key. */
export const phoneWords = (code: string) => tMaybe(`workspace.phone.${code}`, code);

/** The first letters of a long name; the whole is in the tip. */
export function Name({ text, strong = true }: { text: string; strong?: boolean }) {
  return <span class={`cut ${strong ? 'strong' : ''}`} title={text.length > 24 ? text : undefined}>{text}</span>;
}
