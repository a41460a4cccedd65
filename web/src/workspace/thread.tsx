// A conversation: calls and messages in one order, and the composer under them.
import { useEffect } from 'preact/hooks';
import { api, type Schemas } from '../api/client';
import { refresh, useQuery } from '../api/query';
import { clock, t, when } from '../i18n/words';
import { Avatar, Badge, Button, Icon, IconButton, Link, Refusal, Spinner } from '../parts/basic';
import { Menu } from '../parts/over';
import { usePages, useReading } from '../parts/lists';
import { navigate } from '../parts/router';
import { attempt, callNumber } from './act';
import { Composer } from './composer';
import { nameOf } from './inbox';
import { arrowOf, channelWords, messageState, missedWords, outcomeOf } from './show';
import { myID, useColleagues, useMe, type Conversation, type Message } from './state';

type Item = Schemas['ItemObject'];

export function Thread({ id }: { id: string }) {
  const asked = useQuery(`conversation:${id}`, (signal) => api.get('/api/v1/conversations/{id}', { path: { id }, signal }), ['conversation.*', 'message.*', 'contact.*']);
  const c = asked.data;
  if (!c) return asked.problem ? <div class="screen"><Back /><Refusal problem={asked.problem} retry={asked.refresh} /></div> : <Spinner />;
  return (
    <article class="thread" aria-label={nameOf(c)}>
      <Head c={c} />
      <Items c={c} />
      <Foot c={c} />
    </article>
  );
}

const Back = () => <Link to="/inbox/c" class="back narrow-only" aria-label={t('core.back')}><Icon name="left" /></Link>;

function Head({ c }: { c: Conversation }) {
  const peer = c.peers?.[0];
  const name = nameOf(c);
  const { users } = useColleagues();
  const patch = (body: { status?: 'open' | 'closed'; assignee_id?: string | null }, done: string) => void attempt(async () => {
    await api.patch('/api/v1/conversations/{id}', { path: { id: c.id }, body });
    refresh('conversation');
  }, done);
  return (
    <header class="thread-head row">
      <Back />
      <Avatar name={name} size={42} />
      <div class="grow stack tight">
        <h2 class="cut" title={name}>{c.contact ? <Link class="plain-link" to={`/people/contact/${c.contact.id}`}>{name}</Link> : name}</h2>
        <p class="small soft cut">{[peer?.number_display !== name ? peer?.number_display : '', c.number?.name, c.assignee ? t('workspace.thread.assigned', { name: c.assignee.name }) : ''].filter(Boolean).join(' · ')}</p>
      </div>
      <Menu label={t('workspace.thread.assign')} items={[
        { label: t('workspace.thread.nobody'), checked: !c.assignee, onPick: () => patch({ assignee_id: null }, t('core.saved')) },
        { label: t('workspace.thread.me'), checked: c.assignee?.id === myID(), onPick: () => patch({ assignee_id: myID() }, t('core.saved')) },
        null,
        ...users.filter((u) => u.id !== myID()).slice(0, 50).map((u) => ({ label: u.name, checked: c.assignee?.id === u.id, onPick: () => patch({ assignee_id: u.id }, t('core.saved')) })),
      ]} button={(p) => <IconButton icon="user" label={t('workspace.thread.assign')} {...p} />} />
      {peer && <IconButton icon="phone" label={t('workspace.call.call_to', { name })} onClick={() => callNumber(peer.number, { name })} />}
      {c.status === 'open'
        ? <Button small icon="check" onClick={() => patch({ status: 'closed' }, t('workspace.thread.was_closed'))}><span class="wide-words">{t('workspace.thread.close')}</span></Button>
        : <Button small icon="refresh" onClick={() => patch({ status: 'open' }, t('workspace.thread.was_opened'))}><span class="wide-words">{t('workspace.thread.open')}</span></Button>}
    </header>
  );
}

/** The newest page first; older ones above it, when asked for. */
function Items({ c }: { c: Conversation }) {
  const pages = usePages<Item>(`items:${c.id}`, (cursor, signal) => api.get('/api/v1/conversations/{id}/items', { path: { id: c.id }, query: { limit: 50, order: 'desc', ...(cursor ? { cursor } : {}) }, signal }), ['message.*', 'call.ended', 'call.hungup', 'call.created']);
  const reading = useReading<HTMLDivElement>(pages.rows);
  const list = [...pages.rows].reverse();
  useEffect(() => {
    if (c.unread > 0) void api.patch('/api/v1/conversations/{id}', { path: { id: c.id }, body: { read: true } }).then(() => refresh('inbox-counts'), () => undefined);
  }, [c.id, c.unread]);
  return (
    <div {...reading} class="thread-items" tabIndex={0} role="log" aria-label={t('workspace.thread.items')}>
      {pages.problem && <Refusal problem={pages.problem} retry={pages.refresh} />}
      {pages.loading && pages.rows.length === 0 && <Spinner />}
      {pages.more && <Button small kind="quiet" busy={pages.loading} onClick={pages.more}>{t('workspace.thread.older')}</Button>}
      {list.map((it, i) => {
        const day = when(it.at, 'day');
        return (
          <div key={it.message?.id ?? it.call?.id ?? i} class="stack">
            {(i === 0 || when(list[i - 1]!.at, 'day') !== day) && <p class="day small soft"><span>{day}</span></p>}
            {it.message ? <Bubble m={it.message} /> : it.call ? <CallLine item={it} /> : null}
          </div>
        );
      })}
    </div>
  );
}

function CallLine({ item }: { item: Item }) {
  const c = item.call!;
  const outcome = outcomeOf(c), arrow = arrowOf(c);
  return (
    <Link to={`/calls/${c.id}`} class="call-line row">
      <span class={`arrow ${outcome.tone}`}><Icon name={arrow.icon} size={16} /></span>
      <span class="grow cut">{arrow.label}{c.user ? ` · ${c.user.name}` : ''}{c.missed_reason ? ` · ${missedWords(c.missed_reason)}` : ''}</span>
      {c.talk_seconds > 0 ? <span class="num soft">{clock(c.talk_seconds)}</span> : <Badge tone={outcome.tone}>{outcome.text}</Badge>}
      <span class="small soft">{when(c.started_at, 'time')}</span>
    </Link>
  );
}

function Bubble({ m }: { m: Message }) {
  const out = m.direction === 'outbound';
  const state = messageState(m);
  const retry = () => void attempt(() => api.post('/api/v1/messages', { body: { from: m.from, to: m.to, body: m.body, channel: 'workspace' } }));
  return (
    <div class={`bubble ${out ? 'out' : 'in'} ${m.state === 'failed' ? 'failed' : ''}`}>
      {m.emergency && <Badge tone="bad" icon="warning">{t('workspace.sms.emergency')}</Badge>}
      <p class="wrap-any body">{m.body}</p>
      <p class="small meta row wrap">
        {out && m.user && m.user.id !== myID() && <span class="cut">{m.user.name}</span>}
        {channelWords(m) && <span>{channelWords(m)}</span>}
        <span>{when(m.created_at, 'time')}</span>
        {out && <span class={`row ${state.tone}`}><Icon name={m.state === 'failed' ? 'warning' : m.state === 'delivered' ? 'check' : 'clock'} size={13} />{state.text}</span>}
        {m.missing_segments > 0 && <span class="warn">{t('workspace.sms.missing', { n: m.missing_segments })}</span>}
      </p>
      {m.state === 'failed' && <p class="small row wrap"><span class="bad wrap-any">{m.reason || t('workspace.sms.no_reason')}</span><Button small icon="refresh" onClick={retry}>{t('core.retry')}</Button></p>}
    </div>
  );
}

/** The composer, unless the other side has asked for no more messages. */
function Foot({ c }: { c: Conversation }) {
  const me = useMe().data;
  const peer = c.peers?.[0];
  const from = me?.numbers?.find((n) => n.id === c.number?.id)?.number;
  if (!peer) return null;
  if (peer.opted_out) return <footer class="thread-foot soft">{t('workspace.thread.opted_out')}</footer>;
  if (me && !from) return <footer class="thread-foot soft">{t('workspace.thread.not_yours')}</footer>;
  return <footer class="thread-foot"><Composer to={peer.number} from={from} draftOf={c.id} onSent={(m) => { if (m.conversation_id !== c.id && !(c.ids ?? []).includes(m.conversation_id)) navigate(`/inbox/c/${m.conversation_id}`); }} /></footer>;
}
