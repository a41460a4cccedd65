// The calls that one may see (SPEC L16), with filters, and one of them beside the list.
import { useState } from 'preact/hooks';
import { api } from '../api/client';
import { t } from '../i18n/words';
import { Empty } from '../parts/basic';
import { SelectField, TextField } from '../parts/fields';
import { More, usePages } from '../parts/lists';
import { place } from '../parts/router';
import { CallDetail } from './calldetail';
import { CallRows } from './callrows';
import { useSettled } from './settled';
import { myID, type CallEntry } from './state';

export function Calls({ args }: { args: Record<string, string> }) {
  const id = args['id'];
  const [what, setWhat] = useState(place.value.query.get('outcome') === 'missed' ? 'missed' : 'all');
  const [whose, setWhose] = useState('all');
  const [q, setQ] = useState('');
  const search = useSettled(q.trim());
  const filter = what === 'inbound' || what === 'outbound' || what === 'internal' ? { direction: what as 'inbound' | 'outbound' | 'internal' } : what === 'missed' || what === 'voicemail' || what === 'answered' ? { outcome: what as 'missed' | 'voicemail' | 'answered' } : {};
  const pages = usePages<CallEntry>(`calls:${what}:${whose}:${search}`, (cursor, signal) => api.get('/api/v1/calls', {
    query: { limit: 50, ...filter, ...(whose === 'mine' ? { user_id: myID() } : {}), ...(search ? { search } : {}), ...(cursor ? { cursor } : {}) }, signal,
  }), ['call.created', 'call.answered', 'call.hungup', 'call.ended']);
  const none = pages.rows.length === 0 && !pages.loading && !pages.problem;
  return (
    <div class={`split ${id ? 'has-detail' : ''}`}>
      <section class="list-side" aria-label={t('workspace.nav.calls')}>
        <header class="row between"><h1>{t('workspace.nav.calls')}</h1></header>
        <div class="stack tight list-tools">
          <TextField label={t('core.search')} hideLabel type="search" placeholder={t('workspace.calls.search')} value={q} onValue={setQ} />
          <div class="two">
            <SelectField label={t('workspace.calls.what')} hideLabel value={what} onValue={setWhat} choices={[
              { value: 'all', label: t('workspace.calls.all') }, { value: 'inbound', label: t('workspace.calls.inbound') }, { value: 'outbound', label: t('workspace.calls.outbound') }, { value: 'internal', label: t('workspace.calls.internal') },
              { value: 'missed', label: t('workspace.calls.missed') }, { value: 'voicemail', label: t('workspace.calls.voicemail') }, { value: 'answered', label: t('workspace.outcome.answered') },
            ]} />
            <SelectField label={t('workspace.calls.whose')} hideLabel value={whose} onValue={setWhose} choices={[{ value: 'all', label: t('workspace.calls.everybody') }, { value: 'mine', label: t('workspace.calls.mine') }]} />
          </div>
        </div>
        <div class="list-scroll"><CallRows calls={pages.rows} at={id} open={pages.more !== null} />{none ? <Empty icon="phone" title={search || what !== 'all' ? t('core.nothing_found') : t('workspace.calls.empty')}>{search || what !== 'all' ? '' : t('workspace.calls.empty_hint')}</Empty> : <More pages={pages} />}</div>
      </section>
      <section class="detail-side">{id && <h1 class="sr narrow-only">{t('workspace.nav.calls')}</h1>}{id ? <CallDetail key={id} id={id} back="/calls" /> : <Empty icon="history" title={t('workspace.calls.pick')} />}</section>
    </div>
  );
}
