// The states of numbers and people, in words.
import type { Schemas } from '../../api/client';
import { t, tMaybe, type Key } from '../../i18n/words';
import { Badge, type Tone } from '../../parts/basic';
import type { IconName } from '../../parts/icons';

type NumberObject = Schemas['NumberObject'];
type Kind = NumberObject['kind'];

const kinds: Record<Kind, { tone: Tone; icon: IconName; label: Key }> = {
  unconfigured: { tone: 'warn', icon: 'warning', label: 'numbers.kind.unconfigured' },
  shared: { tone: 'info', icon: 'team', label: 'numbers.kind.shared' },
  direct: { tone: 'brand', icon: 'user', label: 'numbers.kind.direct' },
  legacy_classic: { tone: 'soft', icon: 'history', label: 'numbers.kind.legacy_classic' },
  legacy_ivr: { tone: 'soft', icon: 'history', label: 'numbers.kind.legacy_ivr' },
};

export function KindBadge({ kind }: { kind: Kind }) {
  const k = kinds[kind];
  return <Badge tone={k.tone} icon={k.icon}>{t(k.label)}</Badge>;
}

const esimTones: Record<string, Tone> = { enabled: 'good', suspended: 'warn', disabled: 'warn', failed: 'bad', terminated: 'soft' };

/** The state of an eSIM. */
export function ESIMBadge({ state }: { state: string }) {
  return <Badge tone={esimTones[state] ?? 'info'} icon="sim">{t('numbers.esim.badge', { state: esimState(state) })}</Badge>;
}

export const esimState = (state: string) => tMaybe(`numbers.esim.state.${state}`, state);

/** What an administrator should see first of a number: what it waits for, or that all is well. */
export function NumberState({ number: n }: { number: NumberObject }) {
  if (n.setup_question) return <Badge tone="warn" icon="warning">{t('numbers.state.set_up')}</Badge>;
  if (n.waits_for_user) return <Badge tone="bad" icon="warning">{t('numbers.state.waits_for_user')}</Badge>;
  if (n.conversion) return <Badge tone="warn" icon="clock">{t('numbers.state.conversion')}</Badge>;
  if (n.kind !== 'unconfigured' && !n.flow_published) return <Badge tone="warn" icon="warning">{t('numbers.state.no_flow')}</Badge>;
  if (n.esim) return <ESIMBadge state={n.esim.state} />;
  if (n.kind === 'unconfigured') return <Badge tone="warn" icon="warning">{t('numbers.state.announcement')}</Badge>;
  return <Badge tone="good" icon="check">{t('numbers.state.takes_calls')}</Badge>;
}

type Status = Schemas['AvailabilityObject']['status'];
const statusTones: Record<Status, Tone> = { available: 'good', ringing: 'info', in_call: 'bad', after_call_work: 'warn', unavailable: 'warn', offline: 'soft' };

/** What somebody is doing now. */
export function StatusBadge({ now }: { now: Pick<Schemas['AvailabilityObject'], 'status' | 'reason'> | undefined }) {
  if (!now) return <Badge>…</Badge>;
  const name = t(`core.status.${now.status}`);
  return <Badge tone={statusTones[now.status]}>{now.reason?.name ? `${name} · ${now.reason.name}` : name}</Badge>;
}

/** How an avatar shows it. */
export function presenceOf(status: Status | undefined): 'available' | 'busy' | 'away' | 'offline' | undefined {
  if (!status) return undefined;
  if (status === 'available') return 'available';
  if (status === 'offline') return 'offline';
  return status === 'unavailable' || status === 'after_call_work' ? 'away' : 'busy';
}

/** A role in words. */
export const roleName = (role: Schemas['UserObject']['role']) => t(`numbers.role.${role}`);
