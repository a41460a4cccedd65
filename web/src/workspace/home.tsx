// The first screen: what waits for somebody, what just happened, and who is there.
import { api } from '../api/client';
import { refresh } from '../api/query';
import { serverNow } from '../api/time';
import { session } from '../entry/signed';
import { ago, t } from '../i18n/words';
import { Avatar, Button, Card, Empty, Icon, IconButton, Link, Refusal, Spinner } from '../parts/basic';
import { More, usePages } from '../parts/lists';
import { attempt, callNumber } from './act';
import { CallRows } from './callrows';
import { missedWords, presenceOf, statusOf } from './show';
import { myID, useColleagues, useMissed, type Notice } from './state';

/** Good morning, by the time of day where who reads is; at night nothing of the day is wished. */
function greeting(hour: number): string {
  if (hour < 5 || hour >= 23) return t('workspace.home.night');
  if (hour >= 18) return t('workspace.home.evening');
  return hour < 12 ? t('workspace.home.morning') : t('workspace.home.afternoon');
}

export function Home() {
  const first = session.value?.user?.name.split(' ')[0] ?? '';
  return (
    <div class="screen home">
      <header class="screen-head"><h1 class="cut">{greeting(new Date(serverNow()).getHours())}{first ? ` ${first}` : ''}</h1></header>
      <Missed />
      <div class="home-grid">
        <Recent />
        <Team />
      </div>
    </div>
  );
}

/** Missed calls that nobody has called back yet (SPEC L11, L13). */
function Missed() {
  const { data, problem, loading, refresh: again } = useMissed();
  if (!data) return problem ? <Refusal problem={problem} retry={again} /> : loading ? <Spinner /> : null;
  if (data.all.length === 0) return <Card class="calm"><p class="row"><Icon name="check" /> {t('workspace.home.no_missed')}</p></Card>;
  return (
    <Card title={<>{t('workspace.home.missed')}<span class="count">{data.count}</span></>}>
      <ul class="plain rows">{data.all.slice(0, 6).map((n) => <MissedRow key={n.id} n={n} />)}</ul>
      {data.count > 6 && <Link to="/calls?outcome=missed">{t('workspace.home.all_missed', { n: data.count })}</Link>}
    </Card>
  );
}

function MissedRow({ n }: { n: Notice }) {
  const name = n.contact?.name || n.from_display || t('workspace.call.anonymous');
  const handled = () => void attempt(async () => {
    await api.post('/api/v1/notifications/{id}/handled', { path: { id: n.id } });
    refresh('missed');
    refresh('inbox-counts');
  });
  return (
    <li class="row line">
      <Avatar name={name} />
      <div class="grow stack tight">
        <Link to={`/calls/${n.call_id}`} class="lead cut" title={name}>{name}</Link>
        <span class="small soft cut">{[n.number?.name, missedWords(n.missed_reason), ago(n.at)].filter(Boolean).join(' · ')}</span>
      </div>
      <IconButton icon="check" small label={t('workspace.home.handled', { name })} onClick={handled} />
      {n.from && !n.anonymous && <Button small kind="primary" icon="phone" aria-label={t('workspace.call.call_back_to', { name })} onClick={() => callNumber(n.from, { name })}><span class="wide-words">{t('workspace.call.call_back')}</span></Button>}
    </li>
  );
}

function Recent() {
  const pages = usePages(`recent:${myID()}`, (cursor, signal) => api.get('/api/v1/calls', { query: { user_id: myID(), limit: 12, ...(cursor ? { cursor } : {}) }, signal }), ['call.hungup', 'call.ended', 'call.answered']);
  return (
    <Card title={t('workspace.home.recent')} actions={<Link to="/calls">{t('workspace.home.all_calls')}</Link>}>
      {pages.rows.length === 0 && !pages.loading && !pages.problem ? <Empty icon="phone" title={t('workspace.home.no_calls')}>{t('workspace.home.no_calls_hint')}</Empty> : <CallRows calls={pages.rows.slice(0, 12)} />}
      {(pages.problem || pages.loading) && pages.rows.length === 0 && <More pages={pages} />}
    </Card>
  );
}

function Team() {
  const { users, status, problem, loading, refresh: again } = useColleagues();
  const order = { available: 0, busy: 1, away: 2, offline: 3 };
  const mates = users.filter((u) => u.id !== myID() && u.extension).sort((a, b) => order[presenceOf(status.get(a.id))] - order[presenceOf(status.get(b.id))] || a.name.localeCompare(b.name)).slice(0, 8);
  return (
    <Card title={t('workspace.home.team')} actions={<Link to="/people">{t('workspace.home.all_people')}</Link>}>
      {problem && <Refusal problem={problem} retry={again} />}
      {loading && <Spinner />}
      {!loading && !problem && mates.length === 0 && <p class="soft">{t('workspace.home.alone')}</p>}
      <ul class="plain rows">
        {mates.map((u) => (
          <li key={u.id} class="row line">
            <Avatar name={u.name} presence={presenceOf(status.get(u.id))} />
            <div class="grow stack tight"><Link to={`/people/colleague/${u.id}`} class="lead cut" title={u.name}>{u.name}</Link><span class="small soft cut">{u.extension} · {statusOf(status.get(u.id))}</span></div>
            <IconButton icon="phone" small label={t('workspace.call.call_to', { name: u.name })} onClick={() => callNumber(u.extension, { name: u.name })} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
