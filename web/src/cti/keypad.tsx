// The dialler of the panel: what is seen first.
import { useState } from 'preact/hooks';
import { api, Problem, type Schemas } from '../api/client';
import { useQuery } from '../api/query';
import { t, tMaybe } from '../i18n/words';
import { Banner, Button, IconButton } from '../parts/basic';
import * as phone from '../phone/phone';
import { Keys } from './keys';
import { dialler, me } from './state';
import { dial } from './verbs';

const why = (e: unknown) => (e instanceof Problem ? e.detail || e.title : tMaybe(`cti.error.${(e as { code?: string }).code}`, t('cti.error.any')));

function CallingAs({ from, setFrom }: { from: string; setFrom: (id: string) => void }) {
  const numbers = me.value?.numbers ?? [];
  if (numbers.length < 2) return null;
  return (
    <label class="cti-from small soft"><span>{t('cti.dial.from')}</span>
      <select value={from} onChange={(e) => setFrom(e.currentTarget.value)}>{numbers.map((n) => <option key={n.id} value={n.id} selected={n.id === from}>{n.number_display} · {n.name}</option>)}</select>
    </label>
  );
}

/** The dialler. */
export function Keypad() {
  const [problem, setProblem] = useState('');
  const usual = me.value?.numbers?.find((n) => n.default)?.id ?? '';
  const [from, setFrom] = useState('');
  const { number, by } = dialler.value;
  const set = (to: string) => { dialler.value = { number: to, by: 'hand' }; setProblem(''); };
  const found = useQuery(`cti-find-${number.length > 2 ? number : ''}`, async (signal) => (number.length > 2 ? (await api.get('/api/v1/contacts/search', { query: { q: number, limit: 3 }, signal })).data ?? [] : []));
  const go = (to = number) => dial(to, from && from !== usual ? from : undefined).then(() => { dialler.value = { number: '', by: 'hand' }; }, (e: unknown) => setProblem(why(e)));
  return (
    <form class="cti-keypad" onSubmit={(e) => { e.preventDefault(); if (number.trim()) void go(); }}>
      {problem && <Banner tone="bad">{problem}</Banner>}
      <div class="cti-typed">
        <input type="text" inputMode="tel" autocomplete="off" aria-label={t('cti.dial.number')} placeholder={t('cti.dial.number')} value={number} maxLength={64} onInput={(e) => set(e.currentTarget.value)} />
        {number && <IconButton icon="close" small label={t('cti.dial.clear')} onClick={() => set('')} />}
      </div>
      {by === 'page' && number && <p class="soft small" role="status">{t('cti.dial.by_page')}</p>}
      {(found.data?.length ?? 0) > 0 && <ul class="plain cti-found">{found.data!.map((c: Schemas['ContactObject']) => c.numbers?.[0] && <li key={c.id}><button type="button" onClick={() => set(c.numbers![0]!.number)}><span class="cut">{c.name || c.company}</span><span class="soft small num">{c.numbers[0].number_display}</span></button></li>)}</ul>}
      <Keys onKey={(k) => set(number + k)} />
      <CallingAs from={from || usual} setFrom={setFrom} />
      <Button kind="good" icon="phone" type="submit" class="cti-go" why={!number.trim() ? t('cti.dial.fill') : phone.registered.value ? undefined : t('cti.line.off')}>{t('cti.dial.go')}</Button>
    </form>
  );
}
