// What people put on a call: tags, comments, who takes care of it.
import { useState } from 'preact/hooks';
import { api, Problem } from '../../api/client';
import { refresh } from '../../api/query';
import { may } from '../../entry/signed';
import { t, when } from '../../i18n/words';
import { Avatar, Button, Card, Icon } from '../../parts/basic';
import { AreaField, SelectField, Switch } from '../../parts/fields';
import { Menu, toast } from '../../parts/over';
import { useCatalogue } from './callfilters';
import { useUsers } from './live';
import type { Call } from './says';

/** Does something, says what the server refused, and shows the call as it then is. */
async function act(id: string, go: () => Promise<unknown>): Promise<boolean> {
  try {
    await go();
    refresh(`watch.call.${id}`);
    return true;
  } catch (e) {
    toast(e instanceof Problem ? e.detail || e.title : String(e), 'bad');
    return false;
  }
}

export function CallNotes({ call: c }: { call: Call }) {
  const writes = may('calls:control');
  return (
    <>
      <Card title={t('dashboard.call.tags')}><Tags call={c} writes={writes} /></Card>
      <Card title={t('dashboard.call.care')}><Care call={c} writes={writes} /></Card>
      <Card title={t('dashboard.call.comments')}><Comments call={c} writes={writes} /></Card>
    </>
  );
}

function Tags({ call: c, writes }: { call: Call; writes: boolean }) {
  const { tags } = useCatalogue();
  const on = c.tags ?? [];
  const free = tags.filter((x) => !on.includes(x.id));
  return (
    <div class="row wrap">
      {on.length === 0 && !writes && <span class="soft">{t('dashboard.call.no_tags')}</span>}
      {on.map((id) => {
        const tag = tags.find((x) => x.id === id);
        const name = tag?.name ?? t('dashboard.call.tag_gone');
        return (
          <span key={id} class="chip"><i class="swatch" style={tag?.color ? { background: tag.color } : {}} /><span class="cut" title={name}>{name}</span>
            {writes && <button type="button" aria-label={t('dashboard.call.tag_off', { name })} title={t('dashboard.call.tag_off', { name })} onClick={() => void act(c.id, () => api.delete('/api/v1/calls/{id}/tags/{tag}', { path: { id: c.id, tag: id } }))}><Icon name="close" size={14} /></button>}
          </span>
        );
      })}
      {writes && tags.length === 0 && <span class="soft small">{t('dashboard.call.tags_none')}</span>}
      {writes && free.length > 0 && (
        <Menu label={t('dashboard.call.tag_add')} items={free.map((x) => ({ label: x.name, lead: <i class="swatch" style={x.color ? { background: x.color } : {}} />, onPick: () => void act(c.id, () => api.put('/api/v1/calls/{id}/tags/{tag}', { path: { id: c.id, tag: x.id } })) }))}
          button={(p) => <Button small icon="plus" {...p}>{t('dashboard.call.tag_add')}</Button>} />
      )}
    </div>
  );
}

function Care({ call: c, writes }: { call: Call; writes: boolean }) {
  const users = useUsers().data ?? [];
  const put = (body: { assigned_to?: string | null; archived?: boolean }) => void act(c.id, () => api.patch('/api/v1/calls/{id}', { path: { id: c.id }, body }));
  if (!writes) return <p>{c.assigned_to?.name ?? t('dashboard.call.nobody')}</p>;
  return (
    <div class="stack">
      <SelectField label={t('dashboard.calls.assigned')} value={c.assigned_to?.id ?? ''} onValue={(v) => put({ assigned_to: v || null })} choices={[{ value: '', label: t('dashboard.call.nobody') }, ...users.map((u) => ({ value: u.id, label: u.name }))]} />
      {c.status === 'ended' && <Switch label={t('dashboard.call.archived')} checked={c.archived} onValue={(archived) => put({ archived })} />}
    </div>
  );
}

function Comments({ call: c, writes }: { call: Call; writes: boolean }) {
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const all = c.comments ?? [];
  const go = async () => {
    setBusy(true);
    if (await act(c.id, () => api.post('/api/v1/calls/{id}/comments', { path: { id: c.id }, body: { text: text.trim() } }))) setText('');
    setBusy(false);
  };
  return (
    <div class="stack">
      {all.length === 0 && <p class="soft">{t('dashboard.call.no_comments')}</p>}
      <ul class="plain stack">{all.map((m) => (
        <li key={m.id} class="comment"><Avatar name={m.user?.name ?? t('dashboard.call.program')} size={28} /><div class="grow"><p class="small soft">{m.user?.name ?? t('dashboard.call.program')} · {when(m.at)}</p><p class="wrap-any pre">{m.text}</p></div></li>
      ))}</ul>
      {writes && (
        <form class="stack" onSubmit={(e) => { e.preventDefault(); if (text.trim() && !busy) void go(); }}>
          <AreaField label={t('dashboard.call.comment')} hideLabel placeholder={t('dashboard.call.comment_hint')} value={text} onValue={setText} maxLength={2000} rows={2} />
          <div class="row"><span class="grow" /><Button small kind="primary" type="submit" busy={busy} why={text.trim() ? undefined : t('dashboard.call.comment_empty')}>{t('dashboard.call.comment_send')}</Button></div>
        </form>
      )}
    </div>
  );
}
