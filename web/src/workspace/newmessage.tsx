// The first message to somebody.
import { useState } from 'preact/hooks';
import { api } from '../api/client';
import { t } from '../i18n/words';
import { Empty, Icon, Link } from '../parts/basic';
import { Picker, SelectField, type Found } from '../parts/fields';
import { navigate } from '../parts/router';
import { useQuery } from '../api/query';
import { Composer } from './composer';
import { useMe, type Contact } from './state';
import { dialled, isDiallable } from './words';

export function NewMessage({ to: given }: { to: string }) {
  const me = useMe().data;
  const [text, setText] = useState(given);
  const [to, setTo] = useState(isDiallable(given) ? dialled(given) : '');
  const [from, setFrom] = useState('');
  const q = text.trim();
  const hits = useQuery<Contact[]>(`find:${q}`, async (signal) => (q.length < 2 ? [] : (await api.get('/api/v1/contacts/search', { query: { q, limit: 8 }, signal })).data ?? [])).data ?? [];
  const found: Found[] = [
    ...(isDiallable(q) ? [{ id: dialled(q), label: q, detail: t('workspace.sms.this_number') }] : []),
    ...hits.flatMap((c) => (c.numbers ?? []).map((n) => ({ id: n.number, label: c.name, detail: n.number_display }))),
  ];
  const numbers = (me?.numbers ?? []).filter((n) => n.kind !== 'unconfigured');
  const chosen = numbers.find((n) => n.number === from) ?? numbers.find((n) => n.default) ?? numbers[0];
  return (
    <article class="thread">
      <header class="thread-head row"><Link to="/inbox/c" class="back narrow-only" aria-label={t('core.back')}><Icon name="left" /></Link><h2>{t('workspace.inbox.new')}</h2></header>
      <div class="thread-items stack new-message">
        {me && numbers.length === 0 && <Empty icon="hash" title={t('workspace.sms.no_number')}>{t('workspace.sms.no_number_hint')}</Empty>}
        <Picker label={t('workspace.sms.to')} placeholder={t('workspace.sms.to_hint')} found={found} chosen={given} onSearch={(v) => { setText(v); setTo(isDiallable(v) ? dialled(v) : ''); }} onPick={(f) => { setTo(f.id); setText(f.label); }} />
        {numbers.length > 0 && <SelectField label={t('workspace.sms.from')} value={chosen?.number ?? ''} onValue={setFrom} choices={numbers.map((n) => ({ value: n.number, label: `${n.number_display} · ${n.name}` }))} />}
      </div>
      <footer class="thread-foot"><Composer to={to} from={chosen?.number} draftOf="new" why={to ? undefined : t('workspace.sms.why_to')} onSent={(m) => navigate(`/inbox/c/${m.conversation_id}`, 'replace')} /></footer>
    </article>
  );
}
