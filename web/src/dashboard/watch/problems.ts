// What is wrong in the office, worst first, each with its way out.
import type { Schemas } from '../../api/client';
import { t } from '../../i18n/words';
import type { IconName } from '../../parts/icons';

export interface Trouble { key: string; tone: 'bad' | 'warn'; icon: IconName; title: string; text: string; to: string; way: string }

/** What there is to look at; undefined: it is not known, or not for the reader. */
export interface Office {
  trunks?: Schemas['TrunkObject'][] | undefined;
  connectors?: Schemas['ConnectorObject'][] | undefined;
  webhooks?: Schemas['WebhookObject'][] | undefined;
  /** Webhooks whose last deliveries failed. */
  failing?: string[] | undefined;
  numbers?: Schemas['NumberObject'][] | undefined;
  users?: Schemas['UserObject'][] | undefined;
  checks?: Schemas['Finding'][] | undefined;
}

/** Names of up to three, and how many more. */
function named(names: string[]): string {
  const some = names.slice(0, 3).join(', ');
  return names.length > 3 ? t('dashboard.home.and_more', { names: some, more: names.length - 3 }) : some;
}

function trunkTroubles(all: Schemas['TrunkObject'][]): Trouble[] {
  if (all.length === 0) return [{ key: 'no-trunk', tone: 'warn', icon: 'trunk', title: t('dashboard.home.no_trunk'), text: t('dashboard.home.no_trunk_text'), to: '/dashboard/trunks', way: t('dashboard.home.no_trunk_way') }];
  return all.filter((x) => x.status && !x.status.up).map((x) => ({
    key: x.id, tone: 'bad', icon: 'trunk', title: t('dashboard.home.trunk_down', { name: x.name }), text: x.status?.detail || t('dashboard.home.trunk_down_text'), to: `/dashboard/trunks/${x.id}`, way: t('dashboard.home.look'),
  }));
}

function connectorTroubles(all: Schemas['ConnectorObject'][]): Trouble[] {
  return all.filter((x) => !x.disabled && x.status && !x.status.up).map((x) => ({
    key: x.id, tone: 'bad', icon: 'link', title: t('dashboard.home.connector_down', { name: x.name }), text: x.status?.detail || t('dashboard.home.connector_down_text'), to: `/dashboard/connectors/${x.id}`, way: t('dashboard.home.look'),
  }));
}

function webhookTroubles(all: Schemas['WebhookObject'][], failing: string[]): Trouble[] {
  return all.filter((x) => x.disabled_reason || (!x.disabled && failing.includes(x.id))).map((x) => ({
    key: x.id, tone: 'warn', icon: 'code', title: t(x.disabled_reason ? 'dashboard.home.webhook_off' : 'dashboard.home.webhook_failing', { name: x.name }), text: x.url, to: `/dashboard/developers/webhooks/${x.id}`, way: t('dashboard.home.look'),
  }));
}

function numberTroubles(all: Schemas['NumberObject'][]): Trouble[] {
  const out: Trouble[] = [];
  const add = (key: string, some: Schemas['NumberObject'][], title: string, text: string) => {
    if (some.length > 0) out.push({ key, tone: 'warn', icon: 'hash', title, text: `${text} ${named(some.map((n) => n.name || n.display))}`.trim(), to: some.length === 1 ? `/dashboard/numbers/${some[0]!.id}` : '/dashboard/numbers', way: t('dashboard.home.set_up') });
  };
  const bare = all.filter((n) => n.kind === 'unconfigured');
  add('unconfigured', bare, t('dashboard.home.unconfigured', { n: bare.length }), '');
  const silent = all.filter((n) => (n.kind === 'shared' || n.kind === 'direct') && !n.flow_published && !n.waits_for_user);
  add('silent', silent, t('dashboard.home.no_flow', { n: silent.length }), t('dashboard.home.no_flow_text'));
  const orphans = all.filter((n) => n.waits_for_user);
  add('orphans', orphans, t('dashboard.home.no_user', { n: orphans.length }), '');
  return out;
}

function userTroubles(all: Schemas['UserObject'][]): Trouble[] {
  const bare = all.filter((u) => !u.extension);
  if (bare.length === 0) return [];
  return [{ key: 'no-extension', tone: 'warn', icon: 'user', title: t('dashboard.home.no_extension', { n: bare.length }), text: named(bare.map((u) => u.name)), to: bare.length === 1 ? `/dashboard/users/${bare[0]!.id}` : '/dashboard/users', way: t('dashboard.home.set_up') }];
}

/** What the doctor found beside what has a line of its own. */
function checkTroubles(all: Schemas['Finding'][]): Trouble[] {
  return all.filter((c) => c.state === 'fail' && !['trunk', 'connector', 'operator_trunk', 'number', 'webhook'].includes(c.check)).map((c, i) => ({
    key: `check-${i}`, tone: 'bad', icon: 'warning', title: c.about || c.check, text: c.advice ? `${c.text} — ${c.advice}` : c.text, to: '/dashboard/settings/doctor', way: t('dashboard.home.look'),
  }));
}

/** Everything that is wrong, worst first. */
export function troublesOf(o: Office): Trouble[] {
  const all = [
    ...trunkTroubles(o.trunks ?? [{ status: { up: true } } as Schemas['TrunkObject']]), ...connectorTroubles(o.connectors ?? []), ...checkTroubles(o.checks ?? []),
    ...webhookTroubles(o.webhooks ?? [], o.failing ?? []), ...numberTroubles(o.numbers ?? []), ...userTroubles(o.users ?? []),
  ];
  return [...all.filter((x) => x.tone === 'bad'), ...all.filter((x) => x.tone === 'warn')];
}
