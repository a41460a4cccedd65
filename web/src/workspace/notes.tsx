// Notes and tags of a call, while it lasts and after it (SPEC C5).
import { useState } from 'preact/hooks';
import { api } from '../api/client';
import { refresh } from '../api/query';
import { ago, t } from '../i18n/words';
import { Button, Icon } from '../parts/basic';
import { AreaField } from '../parts/fields';
import { attempt } from './act';
import { useTags, type Call } from './state';

/** The tags of the account; those of the call are pressed. */
export function TagChips({ call, must }: { call: Call; must?: boolean }) {
  const all = useTags().data?.data ?? [];
  const on = call.tags ?? [];
  if (all.length === 0) return null;
  const toggle = (id: string) => void attempt(async () => {
    const path = { id: call.id, tag: id };
    if (on.includes(id)) await api.delete('/api/v1/calls/{id}/tags/{tag}', { path });
    else await api.put('/api/v1/calls/{id}/tags/{tag}', { path });
    refresh(`call:${call.id}`);
  });
  return (
    <fieldset class="chips">
      <legend class="legend">{t('workspace.note.tags')}{must && <span class="bad"> · {t('workspace.note.must_tag')}</span>}</legend>
      {all.map((x) => (
        <button key={x.id} type="button" class="chip" aria-pressed={on.includes(x.id)} onClick={() => toggle(x.id)}>
          <i style={{ background: x.color }} aria-hidden="true" /><span class="cut" title={x.name}>{x.name}</span>{on.includes(x.id) && <Icon name="check" size={14} />}
        </button>
      ))}
    </fieldset>
  );
}

const drafts = new Map<string, string>(); // what was typed and not kept, by call: a change of screen loses nothing

export function CallNotes({ call, must }: { call: Call; must?: boolean }) {
  const [text, setText] = useState(drafts.get(call.id) ?? '');
  const [busy, setBusy] = useState(false);
  const type = (v: string) => { drafts.set(call.id, v); setText(v); };
  const save = async () => {
    setBusy(true);
    if (await attempt(() => api.post('/api/v1/calls/{id}/comments', { path: { id: call.id }, body: { text: text.trim() } }), t('workspace.note.saved'))) {
      type('');
      refresh(`call:${call.id}`);
    }
    setBusy(false);
  };
  return (
    <div class="stack">
      <TagChips call={call} must={must ?? false} />
      {(call.comments ?? []).length > 0 && (
        <ul class="plain stack tight">{(call.comments ?? []).map((c) => <li key={c.id} class="comment"><p class="wrap-any">{c.text}</p><p class="small soft">{c.user?.name} · {ago(c.at)}</p></li>)}</ul>
      )}
      <form class="stack tight" onSubmit={(e) => { e.preventDefault(); if (text.trim()) void save(); }}>
        <AreaField label={t('workspace.note.note')} value={text} onValue={type} rows={2} maxLength={2000} placeholder={t('workspace.note.placeholder')} onKeyDown={(e) => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey) && text.trim()) void save(); }} />
        {text.trim() && <Button small kind="primary" type="submit" busy={busy}>{t('workspace.note.save')}</Button>}
      </form>
    </div>
  );
}
