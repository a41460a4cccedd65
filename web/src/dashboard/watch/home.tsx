// Home: what is wrong first, then today in figures, and what happens now.
import { api, type Schemas } from '../../api/client';
import { useQuery } from '../../api/query';
import { may, session } from '../../entry/signed';
import { clock, language, t, when } from '../../i18n/words';
import { Badge, Card, Empty, Icon, Link, Refusal, Spinner, Timer } from '../../parts/basic';
import { ScreenHead } from '../head';
import { HourBars } from './bars';
import { figuresOf, foldCounted, hoursIn, midnight, type Counted, type Figures } from './figures';
import { everyPage, useFollowed } from './follow';
import { tally, useLiveCalls } from './livestore';
import { troublesOf, type Trouble } from './problems';
import { callIcon, liveLook, liveState, otherParty, reasonWord, type Call } from './says';
import { serverNow } from '../../api/time';

/** The time zone of the company, where the reader may know it; undefined: the browser's own. */
export function useZone(): string | undefined {
  const allowed = may('system:read');
  const s = useQuery('watch.settings', async (signal) => (allowed ? await api.get('/api/v1/settings', { signal }) : null), ['account.updated']);
  return s.data?.timezone || undefined;
}

const pages = 10; // of 200 calls: more than that of a day are counted as far as they go

/** The calls that began since then, as many as a day is worth. */
export async function callsSince(since: Date): Promise<Map<string, Counted>> {
  const all = await everyPage((cursor) => api.get('/api/v1/calls', { query: { created_after: since.toISOString(), limit: 200, ...(cursor ? { cursor } : {}) } }), pages * 200);
  return new Map(all.map((c) => [c.id, c]));
}

export function Home() {
  const zone = useZone();
  return (
    <>
      <ScreenHead title={greeting()} sub={<p>{dateLine(zone)}</p>} />
      <Troubles />
      {may('calls:read') && <Today zone={zone} />}
    </>
  );
}

const dateLine = (zone: string | undefined) => new Intl.DateTimeFormat(language.value, { weekday: 'long', day: 'numeric', month: 'long', timeZone: zone }).format(new Date(serverNow()));

function greeting(): string {
  const name = session.value?.user?.name.split(' ')[0];
  return name ? t('dashboard.home.hello', { name }) : t('dashboard.nav.home');
}

/** Everything that could be wrong, as far as the reader may see it. */
function useOffice() {
  const list = <T,>(key: string, scope: string, on: string[], ask: () => Promise<T[]>) => useQuery<T[] | undefined>(`watch.office.${key}`, async () => (may(scope) ? await ask() : undefined), on);
  const trunks = list('trunks', 'trunks:read', ['trunk.*'], () => everyPage((cursor) => api.get('/api/v1/trunks', { query: { limit: 200, ...(cursor ? { cursor } : {}) } })));
  const connectors = list('connectors', 'trunks:read', ['connector.*'], () => everyPage((cursor) => api.get('/api/v1/connectors', { query: { limit: 200, ...(cursor ? { cursor } : {}) } })));
  const numbers = list('numbers', 'numbers:read', ['number.*', 'flow.published'], () => everyPage((cursor) => api.get('/api/v1/numbers', { query: { limit: 200, ...(cursor ? { cursor } : {}) } })));
  const users = list('users', 'users:read', ['user.created', 'user.updated', 'user.deleted'], () => everyPage((cursor) => api.get('/api/v1/users', { query: { limit: 200, ...(cursor ? { cursor } : {}) } })));
  const webhooks = list('webhooks', 'webhooks:read', ['webhook.*'], () => everyPage((cursor) => api.get('/api/v1/webhooks', { query: { limit: 200, ...(cursor ? { cursor } : {}) } })));
  const checks = list('checks', 'system:read', ['trunk.up', 'trunk.down', 'account.updated'], async () => (await api.get('/api/v1/system/doctor')).checks ?? []);
  const hooks = webhooks.data?.filter((w) => !w.disabled).map((w) => w.id) ?? [];
  const failing = useQuery(`watch.office.failing.${hooks.join()}`, () => failingOf(hooks), []);
  const all = [trunks, connectors, numbers, users, webhooks];
  return { ready: all.every((q) => q.data !== undefined || !q.loading), problem: all.find((q) => q.problem)?.problem, troubles: troublesOf({ trunks: trunks.data, connectors: connectors.data, numbers: numbers.data, users: users.data, webhooks: webhooks.data, checks: checks.data, failing: failing.data }) };
}

/** The webhooks whose newest delivery that is through did not arrive. */
async function failingOf(hooks: string[]): Promise<string[]> {
  const bad = await Promise.all(hooks.slice(0, 20).map(async (id) => {
    const last: Schemas['DeliveryObject'] | undefined = (await api.get('/api/v1/webhooks/{id}/deliveries', { path: { id }, query: { limit: 1 } })).data?.[0];
    return last?.state === 'failed' || (last?.state === 'waiting' && (last.attempts?.length ?? 0) > 1) ? id : '';
  }));
  return bad.filter(Boolean);
}

function Troubles() {
  const o = useOffice();
  if (o.problem) return <Refusal problem={o.problem} />;
  if (!o.ready) return null;
  if (o.troubles.length === 0) return <p class="all-well" role="status"><Icon name="check" /> {t('dashboard.home.all_well')}</p>;
  return (
    <section class="card troubles" aria-label={t('dashboard.home.troubles')}>
      <h2>{t('dashboard.home.troubles')} <span class="count">{o.troubles.length}</span></h2>
      <ul class="plain">{o.troubles.map((x) => <TroubleLine key={x.key} trouble={x} />)}</ul>
    </section>
  );
}

function TroubleLine({ trouble: x }: { trouble: Trouble }) {
  return (
    <li class={`trouble ${x.tone}`}>
      <span class="trouble-icon"><Icon name={x.icon} /></span>
      <div class="grow"><p class="strong wrap-any">{x.title}</p>{x.text && <p class="soft small wrap-any">{x.text}</p>}</div>
      <Link class="btn small" to={x.to}>{x.way}</Link>
    </li>
  );
}

function Today({ zone }: { zone: string | undefined }) {
  const calls = useFollowed(() => callsSince(midnight(new Date(serverNow()), zone)), ['call.created', 'call.answered', 'call.ended', 'call.missed'], foldCounted, zone);
  if (calls.problem && !calls.data) return <Refusal problem={calls.problem} retry={calls.refresh} />;
  if (!calls.data) return <Spinner />;
  const f = figuresOf(calls.data.values(), hoursIn(zone));
  return (
    <>
      <Tiles figures={f} since={midnight(new Date(serverNow()), zone)} />
      <div class="two-columns">
        <Card title={t('dashboard.home.by_hour')} class="wide-card"><HourBars hours={f.hours} /></Card>
        <Now />
      </div>
      <LastMissed />
    </>
  );
}

const percent = (share: number) => new Intl.NumberFormat(language.value, { style: 'percent' }).format(share);

function Tiles({ figures: f, since }: { figures: Figures; since: Date }) {
  const after = `created_after=${encodeURIComponent(since.toISOString())}`;
  const done = f.answered + f.missed;
  return (
    <ul class="plain tiles" aria-label={t('dashboard.home.today')}>
      <Tile name={t('dashboard.home.inbound')} value={f.inbound} to={`/dashboard/calls?direction=inbound&${after}`} />
      <Tile name={t('dashboard.home.answer_rate')} value={done > 0 ? percent(f.answered / done) : '–'} note={t('dashboard.home.of_calls', { n: done })} to={`/dashboard/calls?direction=inbound&outcome=answered&${after}`} />
      <Tile name={t('dashboard.home.missed')} value={f.missed} tone={f.missed > 0 ? 'bad' : undefined} note={f.abandoned > 0 ? t('dashboard.home.abandoned_note', { n: f.abandoned }) : undefined} to={`/dashboard/calls?direction=inbound&outcome=missed&${after}`} />
      <Tile name={t('dashboard.home.wait')} value={f.wait === null ? '–' : clock(f.wait)} note={t('dashboard.home.wait_note')} />
      <Tile name={t('dashboard.home.outbound')} value={f.outbound} to={`/dashboard/calls?direction=outbound&${after}`} />
      <Tile name={t('dashboard.home.talk')} value={f.talk === null ? '–' : clock(f.talk)} note={t('dashboard.home.talk_note')} />
    </ul>
  );
}

function Tile({ name, value, note, tone, to }: { name: string; value: string | number; note?: string | undefined; tone?: 'bad' | undefined; to?: string }) {
  const shown = typeof value === 'number' ? new Intl.NumberFormat(language.value).format(value) : value;
  const inside = <><span class="tile-name">{name}</span><span class={`tile-value num ${tone ?? ''}`}>{shown}</span>{note && <span class="small soft">{note}</span>}</>;
  return <li>{to ? <Link class="tile leads" to={to}>{inside}</Link> : <div class="tile">{inside}</div>}</li>;
}

function Now() {
  const live = useLiveCalls();
  const calls = live.data ?? [];
  const { by } = tally(calls);
  return (
    <Card title={<>{t('dashboard.home.now')} <span class="count">{calls.length}</span></>} actions={<Link class="btn small" to="/dashboard/live">{t('dashboard.home.open_live')}</Link>}>
      {live.problem && !live.data ? <Refusal problem={live.problem} retry={live.refresh} />
        : live.data && calls.length === 0 ? <Empty icon="phone" title={t('dashboard.live.no_calls')} />
          : <>
            <p class="row wrap">{(['queue', 'ringing', 'call', 'ivr'] as const).filter((s) => by[s] > 0).map((s) => <Badge key={s} tone={liveLook(s).tone} icon={liveLook(s).icon}>{liveLook(s).text} · {by[s]}</Badge>)}</p>
            <ul class="plain now-list">{calls.slice(0, 6).map((c) => <NowLine key={c.id} call={c} />)}</ul>
          </>}
    </Card>
  );
}

function NowLine({ call: c }: { call: Call }) {
  const look = liveLook(liveState(c));
  return (
    <li>
      <Link to={`/dashboard/calls/${c.id}`} class="now-line">
        <span class={look.tone}><Icon name={callIcon(c)} /></span>
        <span class="grow cut" title={otherParty(c)}>{otherParty(c)}<br /><span class="small soft">{[c.number?.name, c.users?.map((u) => u?.name).join(', ')].filter(Boolean).join(' → ')}</span></span>
        <span class="small right">{look.text}<br /><Timer since={c.answered_at ?? c.started_at} /></span>
      </Link>
    </li>
  );
}

function LastMissed() {
  const q = useQuery('watch.last-missed', async (signal) => (await api.get('/api/v1/calls', { query: { direction: 'inbound', outcome: 'missed', limit: 5 }, signal })).data ?? [], ['call.missed', 'call.ended']);
  if (!q.data || q.data.length === 0) return null;
  return (
    <Card title={t('dashboard.home.last_missed')} actions={<Link class="btn small" to="/dashboard/calls?outcome=missed">{t('dashboard.home.all_missed')}</Link>}>
      <ul class="plain now-list">{q.data.map((c) => (
        <li key={c.id}><Link to={`/dashboard/calls/${c.id}`} class="now-line">
          <span class="bad"><Icon name="missed" /></span>
          <span class="grow cut" title={otherParty(c)}>{otherParty(c)}<br /><span class="small soft">{c.missed_reason ? reasonWord(c.missed_reason) : ''}</span></span>
          <span class="small soft right">{c.number?.name}<br />{when(c.started_at)}</span>
        </Link></li>
      ))}</ul>
    </Card>
  );
}
