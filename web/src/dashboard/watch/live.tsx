// Live: the calls in progress, what everybody is doing, and the numbers; all by events.
import { useMemo } from 'preact/hooks';
import { api, Problem, type Schemas } from '../../api/client';
import { useQuery } from '../../api/query';
import { may } from '../../entry/signed';
import { t } from '../../i18n/words';
import { Avatar, Badge, Card, Empty, Icon, IconButton, Link, Refusal, Spinner, Timer } from '../../parts/basic';
import { confirm, toast } from '../../parts/over';
import { ScreenHead } from '../head';
import { everyPage } from './follow';
import { byNumber, tally, useLiveCalls, useStatuses, waitsSince, type Availability } from './livestore';
import { callIcon, deviceWord, liveLook, liveState, otherNumber, otherParty, statusWord, type Call } from './says';

export type User = Schemas['UserObject'];

/** Everybody in the company, as the reader sees them. */
export const useUsers = () => useQuery('watch.users', () => everyPage((cursor) => api.get('/api/v1/users', { query: { limit: 200, ...(cursor ? { cursor } : {}) } })), ['user.created', 'user.updated', 'user.deleted']);

const presences: Record<string, 'available' | 'busy' | 'away' | 'offline'> = { available: 'available', ringing: 'busy', in_call: 'busy', after_call_work: 'away', unavailable: 'away', offline: 'offline' };
/** The dot of a status. */
export const presenceOf = (status: string) => presences[status] ?? 'offline';

const order = ['in_call', 'ringing', 'after_call_work', 'available', 'unavailable', 'offline'];

/** Everybody with what they are doing, the busy first. */
export function withStatus(users: User[], all: Availability[]): { user: User; now: Availability | undefined }[] {
  const by = new Map(all.map((a) => [a.user_id, a]));
  const place = (a: Availability | undefined) => order.indexOf(a?.status ?? 'offline');
  return users.map((user) => ({ user, now: by.get(user.id) })).sort((a, b) => place(a.now) - place(b.now) || a.user.name.localeCompare(b.user.name));
}

/** Ends a call for everybody, once somebody said yes. */
export async function hangUp(c: Pick<Call, 'id'>, name: string): Promise<void> {
  if (!(await confirm(t('dashboard.live.hang_up_ask'), t('dashboard.live.hang_up_text', { name }), t('dashboard.live.hang_up')))) return;
  try {
    await api.post('/api/v1/calls/{id}/actions/hangup', { path: { id: c.id } });
  } catch (e) {
    toast(e instanceof Problem ? e.detail || e.title : String(e), 'bad');
  }
}

export function Live() {
  const live = useLiveCalls();
  const statuses = useStatuses();
  const users = useUsers();
  const calls = live.data ?? [];
  const people = useMemo(() => withStatus(users.data ?? [], statuses.data ?? []), [users.data, statuses.data]);
  const problem = live.problem ?? statuses.problem ?? users.problem;
  return (
    <>
      <ScreenHead title={t('dashboard.nav.live')} sub={<p>{t('dashboard.live.sub')}</p>} actions={<Link class="btn" to="/dashboard/live/wall"><Icon name="external" />{t('dashboard.live.wall')}</Link>} />
      {problem && !live.data && <Refusal problem={problem} retry={() => { live.refresh(); statuses.refresh(); users.refresh(); }} />}
      <States calls={calls} />
      <div class="two-columns">
        <Card title={<>{t('dashboard.live.calls')} <span class="count">{calls.length}</span></>} class="wide-card">
          {!live.data ? (live.problem ? null : <Spinner />) : calls.length === 0
            ? <Empty icon="phone" title={t('dashboard.live.no_calls')}>{t('dashboard.live.no_calls_text')}</Empty>
            : <ul class="plain live-calls">{calls.slice(0, 200).map((c) => <LiveCall key={c.id} call={c} />)}</ul>}
          {calls.length > 200 && <p class="soft small">{t('dashboard.live.more_calls', { n: calls.length - 200 })}</p>}
        </Card>
        <div class="stack loose">
          <Numbers calls={calls} />
          <People people={people} calls={calls} loading={users.loading && !users.data} />
        </div>
      </div>
    </>
  );
}

function States({ calls }: { calls: Call[] }) {
  const { by, longest } = tally(calls);
  return (
    <ul class="plain tiles" aria-label={t('dashboard.live.states')} aria-live="off">
      {(['ivr', 'queue', 'ringing', 'call'] as const).map((s) => (
        <li key={s}><div class={`tile state ${liveLook(s).tone}`}><span class="tile-name"><Icon name={liveLook(s).icon} /> {liveLook(s).text}</span><span class="tile-value num">{by[s]}</span></div></li>
      ))}
      <li><div class="tile"><span class="tile-name">{t('dashboard.live.longest')}</span><span class="tile-value num">{longest ? <Timer since={longest} /> : '–'}</span></div></li>
    </ul>
  );
}

function LiveCall({ call: c }: { call: Call }) {
  const look = liveLook(liveState(c));
  const party = otherParty(c);
  const number = otherNumber(c);
  const people = (c.users ?? []).map((u) => u?.name).filter(Boolean).join(', ');
  return (
    <li class="live-call">
      <span class={`live-dir ${look.tone}`}><Icon name={callIcon(c)} /></span>
      <div class="grow stack tight">
        <Link to={`/dashboard/calls/${c.id}`} class="lead cut" title={party}>{party}</Link>
        <span class="small soft cut" title={number}>{party === number ? '' : `${number} · `}{c.number?.name}{c.node && c.flow && liveState(c) !== 'call' ? <> · <Link to={`/dashboard/flows/${c.flow.id}?live=1`}>{t('dashboard.live.in_flow')}</Link></> : null}</span>
      </div>
      <span class="live-people cut small" title={people}>{people && <><Icon name="user" size={14} /> {people}</>}</span>
      <span class="live-state"><Badge tone={look.tone} icon={look.icon}>{look.text}</Badge>{c.status === 'held' && <Badge>{t('dashboard.live.held')}</Badge>}</span>
      <span class="live-time right"><Timer since={waitsSince(c) ?? c.answered_at ?? c.started_at} /></span>
      {may('calls:control') ? <IconButton small icon="hangup" label={t('dashboard.live.hang_up_one', { name: party })} onClick={() => void hangUp(c, party)} /> : <span />}
    </li>
  );
}

function Numbers({ calls }: { calls: Call[] }) {
  const rows = byNumber(calls);
  if (rows.length === 0) return null;
  return (
    <Card title={t('dashboard.live.numbers')}>
      <ul class="plain now-list">{rows.slice(0, 12).map((n) => (
        <li key={n.id} class="row between">
          <Link to={`/dashboard/numbers/${n.id}`} class="lead cut" title={n.name}>{n.name}</Link>
          <span class="row small">
            {n.waiting > 0 && <Badge tone="warn" icon="clock">{t('dashboard.live.waiting', { n: n.waiting })}{n.longest && <> · <Timer since={n.longest} /></>}</Badge>}
            <span class="soft">{t('dashboard.live.n_calls', { n: n.calls })}</span>
          </span>
        </li>
      ))}</ul>
    </Card>
  );
}

/** What somebody is doing, with whom. */
function doing(now: Availability | undefined, calls: Call[]): string {
  const call = now?.call_id ? calls.find((c) => c.id === now.call_id) : undefined;
  if (now?.status === 'in_call' || now?.status === 'ringing') return [call ? otherParty(call) : '', now.device ? deviceWord(now.device) : ''].filter(Boolean).join(' · ');
  return now?.reason?.name ?? '';
}

function People({ people, calls, loading }: { people: ReturnType<typeof withStatus>; calls: Call[]; loading: boolean }) {
  const free = people.filter((p) => p.now?.status === 'available').length;
  return (
    <Card title={t('dashboard.live.people')} actions={<span class="soft small">{t('dashboard.live.free', { n: free })}</span>}>
      {loading && <Spinner />}
      <ul class="plain now-list">{people.slice(0, 100).map(({ user, now }) => (
        <li key={user.id} class="row">
          <Avatar name={user.name} size={32} presence={presenceOf(now?.status ?? 'offline')} />
          <div class="grow stack tight"><Link to={`/dashboard/users/${user.id}`} class="lead cut" title={user.name}>{user.name}</Link><span class="small soft cut">{doing(now, calls) || (user.extension ? t('dashboard.live.extension', { extension: user.extension }) : '')}</span></div>
          <span class="small soft">{statusWord(now?.status ?? 'offline')}</span>
        </li>
      ))}</ul>
    </Card>
  );
}
