// A contact of the account: read, call, write to, and change.
import { useState } from 'preact/hooks';
import { api, Problem } from '../api/client';
import { refresh, useQuery } from '../api/query';
import { t } from '../i18n/words';
import { Avatar, Badge, Button, Card, Facts, Icon, IconButton, Link, Refusal, Spinner } from '../parts/basic';
import { AreaField, CheckField, TextField } from '../parts/fields';
import { confirm, FormDialog } from '../parts/over';
import { navigate } from '../parts/router';
import { attempt, callNumber } from './act';
import { CallRows } from './callrows';
import type { Contact } from './state';

export function ContactCard({ id }: { id: string }) {
  const asked = useQuery(`contact:${id}`, (signal) => api.get('/api/v1/contacts/{id}', { path: { id }, signal }), ['contact.*']);
  const [editing, setEditing] = useState(false);
  const c = asked.data;
  if (!c) return asked.problem ? <div class="screen"><Refusal problem={asked.problem} retry={asked.refresh} /></div> : <Spinner />;
  const remove = async () => {
    if (!(await confirm(t('workspace.contact.delete_title'), t('workspace.contact.delete_text', { name: c.name }), t('core.delete')))) return;
    if (await attempt(() => api.delete('/api/v1/contacts/{id}', { path: { id } }))) navigate('/people/contacts');
  };
  return (
    <div class="screen">
      <Link to="/people/contacts" class="back narrow-only"><Icon name="left" /> {t('core.back')}</Link>
      <header class="person-head">
        <Avatar name={c.name} size={72} />
        <div class="stack tight grow"><h2 class="wrap-any">{c.name}</h2>{c.company && <p class="soft wrap-any">{c.company}</p>}{c.vip && <p><Badge tone="warn" icon="star">{t('workspace.people.vip')}</Badge></p>}</div>
        <IconButton icon="edit" label={t('core.edit')} onClick={() => setEditing(true)} />
        <IconButton icon="trash" label={t('core.delete')} onClick={() => void remove()} />
      </header>
      <Card>
        <ul class="plain rows">
          {(c.numbers ?? []).map((n) => (
            <li key={n.number} class="row line"><Icon name="phone" /><span class="num grow">{n.number_display}</span>
              <Button small icon="chat" onClick={() => navigate(`/inbox/c/new?to=${encodeURIComponent(n.number)}`)}>{t('workspace.contact.write')}</Button>
              <Button small kind="primary" icon="phone" onClick={() => callNumber(n.number, { name: c.name })}>{t('workspace.dial.call')}</Button></li>
          ))}
        </ul>
        <Facts facts={[[t('workspace.profile.email'), (c.emails ?? []).length > 0 && (c.emails ?? []).map((e) => <a key={e} href={`mailto:${e}`}>{e} </a>)], [t('workspace.note.note'), c.note]]} />
      </Card>
      <History numbers={(c.numbers ?? []).map((n) => n.number)} />
      {editing && <ContactForm contact={c} onClose={() => setEditing(false)} onSaved={() => { setEditing(false); refresh(`contact:${id}`); }} />}
    </div>
  );
}

function History({ numbers }: { numbers: string[] }) {
  const first = numbers[0] ?? '';
  const asked = useQuery(`history:${first}`, (signal) => api.get('/api/v1/calls', { query: { search: first, limit: 10 }, signal }), ['call.ended']);
  const list = asked.data?.data ?? [];
  if (!first || list.length === 0) return null;
  return <Card title={t('workspace.contact.history')}><CallRows calls={list} /></Card>;
}

/** Makes a contact, or changes one. What the server refuses is said beside its field. */
export function ContactForm({ contact, number, onClose, onSaved }: { contact?: Contact; number?: string; onClose: () => void; onSaved: (c: Contact) => void }) {
  const [form, setForm] = useState({
    name: contact?.name ?? '', company: contact?.company ?? '', numbers: (contact?.numbers ?? []).map((n) => n.number_display).join('\n') || (number ?? ''),
    emails: (contact?.emails ?? []).join('\n'), note: contact?.note ?? '', vip: contact?.vip ?? false,
  });
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const set = (part: Partial<typeof form>) => setForm({ ...form, ...part });
  const lines = (s: string) => s.split(/[\n,;]/).map((x) => x.trim()).filter(Boolean);
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    const body = { name: form.name.trim(), company: form.company.trim(), numbers: lines(form.numbers), emails: lines(form.emails), note: form.note, vip: form.vip };
    try {
      onSaved(contact ? await api.patch('/api/v1/contacts/{id}', { path: { id: contact.id }, body }) : await api.post('/api/v1/contacts', { body }));
    } catch (e) {
      setProblem(e instanceof Problem ? e : new Problem(0, { code: 'page', title: String(e) }));
      setBusy(false);
    }
  };
  const known = ['name', 'company', 'numbers', 'emails', 'note'].some((f) => problem?.about(f));
  return (
    <FormDialog title={contact ? t('workspace.contact.edit') : t('workspace.people.add')} onClose={onClose} onSubmit={save} submit={t('core.save')} busy={busy} why={form.name.trim() || form.numbers.trim() ? undefined : t('workspace.contact.why_empty')}>
      {problem && !known && <Refusal problem={problem} />}
      <TextField label={t('workspace.contact.name')} value={form.name} onValue={(name) => set({ name })} error={problem?.about('name')} maxLength={200} autofocus />
      <TextField label={t('workspace.contact.company')} value={form.company} onValue={(company) => set({ company })} error={problem?.about('company')} maxLength={200} />
      <AreaField label={t('workspace.contact.numbers')} hint={t('workspace.contact.one_a_line')} rows={2} value={form.numbers} onValue={(numbers) => set({ numbers })} error={problem?.about('numbers')} />
      <AreaField label={t('workspace.contact.emails')} hint={t('workspace.contact.one_a_line')} rows={2} value={form.emails} onValue={(emails) => set({ emails })} error={problem?.about('emails')} />
      <AreaField label={t('workspace.note.note')} rows={3} value={form.note} onValue={(note) => set({ note })} error={problem?.about('note')} />
      <CheckField label={t('workspace.people.vip')} hint={t('workspace.contact.vip_hint')} checked={form.vip} onValue={(vip) => set({ vip })} />
    </FormDialog>
  );
}
