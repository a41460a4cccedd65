// The inbox: conversations, calls and messages (SPEC L14), and what is chosen beside the list.
import { useState } from 'preact/hooks';
import { api } from '../api/client';
import { t } from '../i18n/words';
import { Avatar, Badge, Button, Empty, Icon, Link, Spinner } from '../parts/basic';
import { Segments, TextField } from '../parts/fields';
import { LongRows, More, Tabs, usePages } from '../parts/lists';
import { lazy, navigate, place } from '../parts/router';
import { CallRows } from './callrows';
import { Thread } from './thread';
import { NewMessage } from './newmessage';
import { ago } from '../i18n/words';
import { useSettled } from './settled';
import { messageState } from './show';
import { myID, useInboxCounts, type Conversation, type Message } from './state';

const CallDetail = lazy(async () => (await import('./calldetail')).CallDetail, () => <Spinner />);

export function Inbox({ args }: { args: Record<string, string> }) {
  const view = args['view'] ?? 'c';
  const counts = useInboxCounts().data;
  const chosen = args['id'];
  return (
    <div class={`split ${chosen ? 'has-detail' : ''}`}>
      <section class="list-side" aria-label={t('workspace.nav.inbox')}>
        <header class="row between"><h1>{t('workspace.nav.inbox')}</h1><Button small kind="primary" icon="edit" onClick={() => navigate('/inbox/c/new')}>{t('workspace.inbox.new')}</Button></header>
        <Tabs label={t('workspace.inbox.views')} at={`/inbox/${view}`} tabs={[
          { to: '/inbox/c', label: t('workspace.inbox.conversations'), count: counts?.conversations.unread }, { to: '/inbox/calls', label: t('workspace.inbox.calls'), count: counts?.calls.missed }, { to: '/inbox/messages', label: t('workspace.inbox.messages'), count: counts?.messages.unread },
        ]} />
        {view === 'calls' ? <CallsView at={chosen} /> : view === 'messages' ? <MessagesView /> : <Conversations at={chosen} />}
      </section>
      <section class="detail-side">
        {chosen && <h1 class="sr narrow-only">{t('workspace.nav.inbox')}</h1>}
        {!chosen ? <Empty icon="inbox" title={t('workspace.inbox.pick')}>{t('workspace.inbox.pick_hint')}</Empty>
          : view === 'calls' ? <CallDetail key={chosen} id={chosen} back="/inbox/calls" />
            : chosen === 'new' ? <NewMessage to={place.value.query.get('to') ?? ''} /> : <Thread key={chosen} id={chosen} />}
      </section>
    </div>
  );
}

type Filter = 'open' | 'mine' | 'closed';

function Conversations({ at }: { at: string | undefined }) {
  const [filter, setFilter] = useState<Filter>('open');
  const [q, setQ] = useState('');
  const text = useSettled(q.trim());
  const pages = usePages<Conversation>(`conversations:${filter}:${text}`, (cursor, signal) => api.get('/api/v1/conversations', {
    query: { limit: 50, status: filter === 'closed' ? 'closed' : 'open', ...(filter === 'mine' ? { assignee: myID() } : {}), ...(text ? { q: text } : {}), ...(cursor ? { cursor } : {}) }, signal,
  }), ['conversation.*', 'message.*', 'contact.updated']);
  const none = pages.rows.length === 0 && !pages.loading && !pages.problem;
  return (
    <>
      <div class="stack tight list-tools">
        <TextField label={t('core.search')} hideLabel type="search" placeholder={t('workspace.inbox.search')} value={q} onValue={setQ} />
        <Segments label={t('workspace.inbox.filter')} value={filter} onValue={(v) => setFilter(v as Filter)} choices={[
          { value: 'open', label: t('workspace.inbox.open') }, { value: 'mine', label: t('workspace.inbox.mine') }, { value: 'closed', label: t('workspace.inbox.closed') },
        ]} />
      </div>
      <ul class="plain rows list-scroll">
        <LongRows rows={pages.rows} open={pages.more !== null} row={(c) => <ConversationRow key={c.id} c={c} on={c.id === at || (c.ids ?? []).includes(at ?? '')} />} />
        <li class="none">{none ? <Empty icon="chat" title={text ? t('core.nothing_found') : t('workspace.inbox.empty')}>{text ? '' : t('workspace.inbox.empty_hint')}</Empty> : <More pages={pages} />}</li>
      </ul>
    </>
  );
}

/** Whom a conversation is with. */
export const nameOf = (c: Conversation) => c.contact?.name || c.peers?.[0]?.number_display || c.peers?.[0]?.number || '';

function ConversationRow({ c, on }: { c: Conversation; on: boolean }) {
  const name = nameOf(c);
  const last = c.last_message;
  return (
    <li class={`row line tall ${on ? 'on' : ''} ${c.unread > 0 ? 'unread' : ''}`}>
      <Avatar name={name} size={42} />
      <div class="grow stack tight">
        <span class="row"><Link to={`/inbox/c/${c.id}`} class="lead cut grow" current={on} title={name}>{name}</Link><span class="small soft">{ago(c.last_at)}</span></span>
        <span class="row small"><span class="cut grow soft" title={last?.body}>{last?.direction === 'outbound' && <Icon name="redirect" size={13} />} {last?.body ?? t('workspace.inbox.calls_only')}</span>
          {last?.state === 'failed' && <Badge tone="bad">{messageState(last).text}</Badge>}
          {c.unread > 0 && <span class="count" title={t('workspace.nav.unread_count', { n: c.unread })}>{c.unread}</span>}</span>
        <span class="small soft cut">{[c.number?.name, c.assignee?.name].filter(Boolean).join(' · ')}</span>
      </div>
    </li>
  );
}

function CallsView({ at }: { at: string | undefined }) {
  const [filter, setFilter] = useState('all');
  const pages = usePages(`inbox-calls:${filter}`, (cursor, signal) => api.get('/api/v1/calls', {
    query: { limit: 50, ...(filter === 'missed' ? { outcome: 'missed' as const } : filter === 'voicemail' ? { outcome: 'voicemail' as const } : {}), ...(cursor ? { cursor } : {}) }, signal,
  }), ['call.hungup', 'call.ended', 'call.created', 'call.answered']);
  const none = pages.rows.length === 0 && !pages.loading && !pages.problem;
  return (
    <>
      <div class="list-tools"><Segments label={t('workspace.inbox.filter')} value={filter} onValue={setFilter} choices={[{ value: 'all', label: t('workspace.calls.all') }, { value: 'missed', label: t('workspace.calls.missed') }, { value: 'voicemail', label: t('workspace.calls.voicemail') }]} /></div>
      <div class="list-scroll"><CallRows calls={pages.rows} at={at} base="/inbox/calls" open={pages.more !== null} />{none ? <Empty icon="phone" title={t('workspace.calls.empty')}>{t('workspace.calls.empty_hint')}</Empty> : <More pages={pages} />}</div>
    </>
  );
}

function MessagesView() {
  const [filter, setFilter] = useState('all');
  const pages = usePages<Message>(`inbox-messages:${filter}`, (cursor, signal) => api.get('/api/v1/messages', {
    query: { limit: 50, ...(filter === 'failed' ? { state: ['failed' as const] } : filter === 'all' ? {} : { direction: filter as 'inbound' | 'outbound' }), ...(cursor ? { cursor } : {}) }, signal,
  }), ['message.*']);
  const none = pages.rows.length === 0 && !pages.loading && !pages.problem;
  return (
    <>
      <div class="list-tools"><Segments label={t('workspace.inbox.filter')} value={filter} onValue={setFilter} choices={[
        { value: 'all', label: t('workspace.calls.all') }, { value: 'inbound', label: t('workspace.sms.in') }, { value: 'outbound', label: t('workspace.sms.out') }, { value: 'failed', label: t('workspace.sms.failed') },
      ]} /></div>
      <ul class="plain rows list-scroll">
        <LongRows rows={pages.rows} open={pages.more !== null} row={(m) => <MessageRow key={m.id} m={m} />} />
        <li class="none">{none ? <Empty icon="chat" title={t('workspace.inbox.no_messages')}>{t('workspace.inbox.empty_hint')}</Empty> : <More pages={pages} />}</li>
      </ul>
    </>
  );
}

function MessageRow({ m }: { m: Message }) {
  const name = m.contact?.name || (m.direction === 'inbound' ? m.from_display : m.to_display);
  return (
    <li class="row line">
      <span class="arrow soft"><Icon name={m.direction === 'inbound' ? 'in' : 'out'} /><span class="sr">{m.direction === 'inbound' ? t('workspace.sms.in') : t('workspace.sms.out')}</span></span>
      <div class="grow stack tight"><Link to={`/inbox/c/${m.conversation_id}`} class="lead cut" title={name}>{name}</Link><span class="small soft cut" title={m.body}>{m.body}</span></div>
      <div class="stack tight ends"><span class="small soft">{ago(m.created_at)}</span>{m.direction === 'outbound' && <Badge tone={messageState(m).tone}>{messageState(m).text}</Badge>}</div>
    </li>
  );
}
