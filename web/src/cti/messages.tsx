// Messages with somebody: the last conversations, and one of them.
import { useEffect, useState } from 'preact/hooks';
import { api, Problem, type Schemas } from '../api/client';
import { useQuery } from '../api/query';
import { ago, t, tMaybe, when } from '../i18n/words';
import { Avatar, Banner, Button, Empty, Icon, IconButton, Spinner } from '../parts/basic';
import { LongRows, More, usePages, useReading } from '../parts/lists';
import { dialler, draft, panel } from './state';
import { sendMessage } from './verbs';

type Conversation = Schemas['ConversationObject'];
type Item = Schemas['ItemObject'];
const nameOf = (c: Conversation) => c.contact?.name || c.peers?.[0]?.number_display || '';

function Line({ item }: { item: Item }) {
  if (item.type === 'call') {
    const inbound = item.call.direction !== 'outbound';
    const missed = inbound && item.call.outcome !== 'answered';
    return <li class="cti-event small soft"><Icon name={missed ? 'missed' : inbound ? 'in' : 'out'} size={14} /> {t(missed ? 'cti.recent.missed' : inbound ? 'cti.recent.in' : 'cti.recent.out')} · {when(item.at, 'both')}</li>;
  }
  const m = item.message;
  return (
    <li class={`cti-bubble ${m.direction}`}><p class="wrap-any">{m.body}</p>
      <p class="small soft">{when(m.created_at, 'time')}{m.direction === 'outbound' && <> · <span class={m.state === 'failed' ? 'bad' : ''} title={m.reason ?? undefined}>{tMaybe(`cti.text.${m.state}`, m.state)}</span></>}</p></li>
  );
}

function Write({ to, from, body }: { to: string; from: string | undefined; body: string }) {
  const [text, setText] = useState(body);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  useEffect(() => setText(body), [body]);
  const go = () => {
    setBusy(true);
    setProblem('');
    sendMessage(to, text.trim(), from).then(() => { setText(''); draft.value = { to, body: '' }; }, (e: unknown) => setProblem(e instanceof Problem ? e.detail || e.title : t('cti.error.any'))).finally(() => setBusy(false));
  };
  const able = Boolean(text.trim() && to.trim()) && !busy;
  return (
    <form class="cti-write" onSubmit={(e) => { e.preventDefault(); if (able) go(); }}>
      {problem && <Banner tone="bad">{problem}</Banner>}
      <div class="row"><textarea rows={1} aria-label={t('cti.text.message')} placeholder={t('cti.text.message')} maxLength={1500} value={text} onInput={(e) => setText(e.currentTarget.value)}
        onKeyDown={(e) => { if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); if (able) go(); } }} />
        <IconButton icon="send" kind="primary" type="submit" label={t('cti.text.send')} why={able || busy ? undefined : t('cti.text.fill')} /></div>
    </form>
  );
}

function Thread({ c, peer, back }: { c: Conversation | undefined; peer: string; back: () => void }) {
  const items = usePages<Item>(`cti-thread-${c?.id}`, async (cursor, signal) => {
    if (!c) return { data: [] };
    return api.get('/api/v1/conversations/{id}/items', { path: { id: c.id }, query: { limit: 50, order: 'desc', ...(cursor ? { cursor } : {}) }, signal });
  }, ['message.*', 'call.ended']);
  const reading = useReading<HTMLUListElement>(items.rows);
  const name = c ? nameOf(c) : peer;
  return (
    <section class="cti-thread" aria-label={name}>
      <header class="row"><IconButton icon="left" small label={t('core.back')} onClick={back} /><h2 class="grow cut" title={name}>{name}</h2>
        <IconButton icon="phone" small label={t('cti.recent.call', { name })} onClick={() => { dialler.value = { number: peer, by: 'hand' }; panel.value = 'keypad'; }} /></header>
      <ul {...reading} class="plain cti-bubbles" tabIndex={0} aria-label={t('cti.text.thread')} aria-live="polite">{items.loading && items.rows.length === 0 && <li><Spinner /></li>}{items.more && <li><Button small kind="quiet" busy={items.loading} onClick={items.more}>{t('cti.text.older')}</Button></li>}{[...items.rows].reverse().map((i) => <Line key={i.type === 'call' ? i.call.id : i.message.id} item={i} />)}</ul>
      <Write to={peer} from={c?.number?.id} body={draft.value?.body ?? ''} />
    </section>
  );
}

/** The thread with somebody: the conversation that was shown, or the one that the server finds. */
function With({ to, shown }: { to: string; shown: Conversation | undefined }) {
  const found = useQuery(`cti-with-${to}`, async (signal) => (shown ? [] : (await api.get('/api/v1/conversations', { query: { q: to.slice(0, 100), limit: 10 }, signal })).data ?? []), ['message.*', 'conversation.*']);
  const c = shown ?? found.data?.find((x) => x.peers?.some((p) => p.number === to));
  return <Thread key={c?.id ?? ''} c={c} peer={to} back={() => { draft.value = null; }} />;
}

/** The messages of the person. */
export function Messages() {
  const pages = usePages<Conversation>('cti-conversations', async (cursor, signal) => {
    const p = await api.get('/api/v1/conversations', { query: { limit: 25, ...(cursor ? { cursor } : {}) }, signal });
    return { data: p.data ?? [], next_cursor: p.next_cursor };
  }, ['message.*', 'conversation.*']);
  const open = draft.value;
  if (open) {
    if (!open.to) return <NewTo />;
    return <With key={open.to} to={open.to} shown={pages.rows.find((x) => x.peers?.some((p) => p.number === open.to))} />;
  }
  return (
    <div class="cti-scroll">
      <header class="row between cti-head2"><h2>{t('cti.tab.messages')}</h2><IconButton icon="edit" small label={t('cti.text.new')} onClick={() => { draft.value = { to: '', body: '' }; }} /></header>
      {!pages.loading && !pages.problem && pages.rows.length === 0 && <Empty icon="chat" title={t('cti.text.none')}>{t('cti.text.none_text')}</Empty>}
      <ul class="plain">
        <LongRows rows={pages.rows} open={pages.more !== null} row={(c) => (
          <li key={c.id}><button type="button" class="cti-row as-row" onClick={() => { draft.value = { to: c.peers?.[0]?.number ?? '', body: '' }; }}>
            <Avatar name={nameOf(c).replace(/[^\p{L} ]/gu, '').trim() || '#'} size={34} />
            <span class="grow stack tight"><span class="row between"><span class={`cut ${c.unread ? 'strong' : ''}`}>{nameOf(c)}</span><span class="small soft">{ago(c.last_at)}</span></span><span class="small soft cut">{c.last_message?.body ?? ''}</span></span>
            {c.unread > 0 && <span class="count">{c.unread}</span>}
          </button></li>
        )} />
      </ul>
      <More pages={pages} />
    </div>
  );
}

function NewTo() {
  const [to, setTo] = useState('');
  return (
    <form class="cti-new stack" onSubmit={(e) => { e.preventDefault(); if (to.trim()) draft.value = { to: to.trim(), body: '' }; }}>
      <header class="row"><IconButton icon="left" small label={t('core.back')} onClick={() => { draft.value = null; }} /><h2>{t('cti.text.new')}</h2></header>
      <div class="row"><input type="tel" autofocus class="grow" aria-label={t('cti.text.to')} placeholder={t('cti.text.to')} value={to} maxLength={32} onInput={(e) => setTo(e.currentTarget.value)} />
        <IconButton icon="right" kind="primary" type="submit" label={t('cti.text.next')} why={to.trim() ? undefined : t('cti.text.to')} /></div>
    </form>
  );
}
