// What several screens of the panel are made of: notes, tags.
import { useState } from 'preact/hooks';
import { api, Problem } from '../api/client';
import { useQuery } from '../api/query';
import { t } from '../i18n/words';
import { Banner, Button, Spinner } from '../parts/basic';
import { saved } from './calls';
import { addNote, addTag } from './verbs';

const words = (e: unknown) => (e instanceof Problem ? (e.code === 'offline' ? t('core.offline') : e.detail || e.title) : t('cti.error.any'));

/** A note about a call. */
export function Notes({ callID }: { callID: string | null }) {
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const [done, setDone] = useState<string[]>([]);
  const go = () => {
    setBusy(true);
    setProblem('');
    addNote({ callID }, text.trim()).then(() => { setDone([...done, text.trim()]); saved(callID, text.trim()); setText(''); }, (e: unknown) => setProblem(words(e))).finally(() => setBusy(false));
  };
  return (
    <form class="stack" onSubmit={(e) => { e.preventDefault(); if (text.trim() && !busy) go(); }}>
      {problem && <Banner tone="bad">{problem}</Banner>}
      {done.length > 0 && <ul class="plain stack tight cti-notes">{done.map((n, i) => <li key={i} class="wrap-any">{n}</li>)}</ul>}
      <textarea rows={3} aria-label={t('cti.call.note')} placeholder={t('cti.call.note_hint')} maxLength={5000} value={text} onInput={(e) => setText(e.currentTarget.value)} />
      <Button small kind="primary" type="submit" busy={busy} why={text.trim() ? undefined : t('cti.call.note_fill')}>{t('cti.call.note_save')}</Button>
    </form>
  );
}

/** The tags of a call, to be put on and taken off. */
export function Tags({ callID }: { callID: string | null }) {
  const all = useQuery('cti-tags', () => api.get('/api/v1/tags', { query: { limit: 100 } }), ['tag.*']);
  const mine = useQuery(`cti-tags-${callID}`, async () => (callID ? (await api.get('/api/v1/calls/{id}/tags', { path: { id: callID } })).data ?? [] : []), ['call.tagged', 'call.untagged']);
  const [problem, setProblem] = useState('');
  const tags = all.data?.data ?? [];
  const flip = (id: string, on: boolean) => {
    setProblem('');
    const act = on ? api.delete('/api/v1/calls/{id}/tags/{tag}', { path: { id: callID ?? '', tag: id } }) : addTag({ callID }, id);
    void Promise.resolve(act).then(mine.refresh, (e: unknown) => setProblem(words(e)));
  };
  if (!all.data) return all.problem ? <Banner tone="bad">{words(all.problem)}</Banner> : <Spinner />;
  if (tags.length === 0) return <p class="soft small">{t('cti.call.no_tags')}</p>;
  return (
    <div class="stack">
      {problem && <Banner tone="bad">{problem}</Banner>}
      <div class="row wrap" role="group" aria-label={t('cti.call.tags')}>
        {tags.map((x) => {
          const on = (mine.data ?? []).some((m) => m === x.id || m === x.name);
          return <Button key={x.id} small aria-pressed={on} icon={on ? 'check' : 'tag'} onClick={() => flip(x.id, on)}>{x.name}</Button>;
        })}
      </div>
    </div>
  );
}
