// People: the colleagues with their status and extension, and the contacts of the account.
import { useState } from 'preact/hooks';
import { api } from '../api/client';
import { t } from '../i18n/words';
import { Avatar, Badge, Button, Empty, IconButton, Link, Refusal, Spinner } from '../parts/basic';
import { TextField } from '../parts/fields';
import { LongRows, More, Tabs, usePages } from '../parts/lists';
import { navigate } from '../parts/router';
import { callNumber } from './act';
import { Colleague } from './colleague';
import { ContactCard, ContactForm } from './contact';
import { useSettled } from './settled';
import { presenceOf, StatusBadge } from './show';
import { myID, useColleagues, type Contact } from './state';

export function People({ args }: { args: Record<string, string> }) {
  const view = args['view'] === 'contact' || args['view'] === 'contacts' ? 'contacts' : 'colleagues';
  const id = args['id'];
  const [adding, setAdding] = useState(false);
  return (
    <div class={`split ${id ? 'has-detail' : ''}`}>
      <section class="list-side" aria-label={t('workspace.nav.people')}>
        <header class="row between"><h1>{t('workspace.nav.people')}</h1>{view === 'contacts' && <Button small kind="primary" icon="plus" onClick={() => setAdding(true)}>{t('workspace.people.add')}</Button>}</header>
        <Tabs label={t('workspace.people.views')} at={`/people/${view}`} tabs={[{ to: '/people/colleagues', label: t('workspace.people.colleagues') }, { to: '/people/contacts', label: t('workspace.people.contacts') }]} />
        {view === 'contacts' ? <Contacts at={id} /> : <Colleagues at={id} />}
      </section>
      <section class="detail-side">
        {id && <h1 class="sr narrow-only">{t('workspace.nav.people')}</h1>}
        {!id ? <Empty icon="people" title={t('workspace.people.pick')} /> : view === 'contacts' ? <ContactCard key={id} id={id} /> : <Colleague key={id} id={id} />}
      </section>
      {adding && <ContactForm onClose={() => setAdding(false)} onSaved={(c) => { setAdding(false); navigate(`/people/contact/${c.id}`); }} />}
    </div>
  );
}

const simple = (s: string) => s.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

function Colleagues({ at }: { at: string | undefined }) {
  const { users, status, problem, loading, refresh } = useColleagues();
  const [q, setQ] = useState('');
  const found = users.filter((u) => simple(`${u.name} ${u.extension ?? ''}`).includes(simple(q.trim())));
  return (
    <>
      <div class="list-tools"><TextField label={t('core.search')} hideLabel type="search" placeholder={t('workspace.people.search_colleagues')} value={q} onValue={setQ} /></div>
      {problem && <Refusal problem={problem} retry={refresh} />}
      {loading && <Spinner />}
      <ul class="plain rows list-scroll">
        <LongRows rows={found} open={false} row={(u) => (
          <li key={u.id} class={`row line ${at === u.id ? 'on' : ''}`}>
            <Avatar name={u.name} presence={presenceOf(status.get(u.id))} />
            <div class="grow stack tight">
              <span class="row"><Link to={`/people/colleague/${u.id}`} class="lead cut" current={at === u.id} title={u.name}>{u.name}</Link>{u.id === myID() && <Badge tone="brand">{t('workspace.people.you')}</Badge>}</span>
              <span class="row small"><span class="num soft">{u.extension || t('workspace.people.no_extension')}</span><StatusBadge a={status.get(u.id)} /></span>
            </div>
            {u.id !== myID() && u.extension && <IconButton icon="phone" small label={t('workspace.call.call_to', { name: u.name })} onClick={() => callNumber(u.extension, { name: u.name })} />}
          </li>
        )} />
        {!loading && !problem && found.length === 0 && <li class="none"><Empty icon="search" title={t('core.nothing_found')} /></li>}
      </ul>
    </>
  );
}

function Contacts({ at }: { at: string | undefined }) {
  const [q, setQ] = useState('');
  const text = useSettled(q.trim());
  const pages = usePages<Contact>(`contacts:${text}`, (cursor, signal) => (text
    ? api.get('/api/v1/contacts/search', { query: { q: text, limit: 50, ...(cursor ? { cursor } : {}) }, signal })
    : api.get('/api/v1/contacts', { query: { limit: 50, ...(cursor ? { cursor } : {}) }, signal })), ['contact.*']);
  const none = pages.rows.length === 0 && !pages.loading && !pages.problem;
  return (
    <>
      <div class="list-tools"><TextField label={t('core.search')} hideLabel type="search" placeholder={t('workspace.people.search_contacts')} value={q} onValue={setQ} /></div>
      <ul class="plain rows list-scroll">
        <LongRows rows={pages.rows} open={pages.more !== null} row={(c) => {
          const first = c.numbers?.[0];
          return (
            <li key={c.id} class={`row line ${at === c.id ? 'on' : ''}`}>
              <Avatar name={c.name} />
              <div class="grow stack tight">
                <span class="row"><Link to={`/people/contact/${c.id}`} class="lead cut" current={at === c.id} title={c.name}>{c.name || first?.number_display}</Link>{c.vip && <Badge tone="warn" icon="star">{t('workspace.people.vip')}</Badge>}</span>
                <span class="small soft cut">{[c.company, first?.number_display].filter(Boolean).join(' · ')}</span>
              </div>
              {first && <IconButton icon="phone" small label={t('workspace.call.call_to', { name: c.name })} onClick={() => callNumber(first.number, { name: c.name })} />}
            </li>
          );
        }} />
        <li class="none">{none ? <Empty icon="people" title={text ? t('core.nothing_found') : t('workspace.people.no_contacts')}>{text ? '' : t('workspace.people.no_contacts_hint')}</Empty> : <More pages={pages} />}</li>
      </ul>
    </>
  );
}
