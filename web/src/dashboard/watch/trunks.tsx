// The trunks: how each is, in words; and the way to a new one.
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../../api/client';
import { useQuery } from '../../api/query';
import { may } from '../../entry/signed';
import { t, when } from '../../i18n/words';
import { Badge, Button, Empty, Icon, Link, Refusal, Spinner, type Tone } from '../../parts/basic';
import { Tabs, Table, type Column } from '../../parts/lists';
import { Dialog } from '../../parts/over';
import { navigate } from '../../parts/router';
import { ScreenHead } from '../head';
import { everyPage } from './follow';
import { meaningOf, templates, type Template } from './templates';
import { TrunkForm } from './trunkform';

export type Trunk = Schemas['TrunkObject'];

export const useTrunks = () => useQuery('watch.trunks', () => everyPage((cursor) => api.get('/api/v1/trunks', { query: { limit: 200, ...(cursor ? { cursor } : {}) } })), ['trunk.*']);

/** How a trunk is, in a word and in a sentence. */
export function trunkLook(s: Schemas['TrunkState'] | null): { tone: Tone; text: string; more: string } {
  if (!s) return { tone: 'soft', text: t('dashboard.trunks.idle'), more: t('dashboard.trunks.idle_text') };
  const meaning = t(`dashboard.trunks.means_${meaningOf(s.last_status)}`, { status: s.last_status });
  if (!s.up) return { tone: 'bad', text: t('dashboard.trunks.down'), more: meaningOf(s.last_status) === 'ok' ? s.detail || meaning : meaning };
  if (s.last_status === 0) return { tone: 'info', text: t('dashboard.trunks.up'), more: t('dashboard.trunks.not_asked') };
  return { tone: 'good', text: t('dashboard.trunks.up'), more: s.registered_until ? t('dashboard.trunks.registered', { time: when(s.registered_until, 'time') }) : '' };
}

/** The round trip of the last question, for people. */
export const rtt = (s: Schemas['TrunkState'] | null) => (s && s.rtt_ms > 0 ? `${s.rtt_ms < 10 ? s.rtt_ms.toFixed(1) : Math.round(s.rtt_ms)} ms` : '');

export const trunkTabs = () => [{ to: '/dashboard/trunks', label: t('dashboard.trunks.tab_carriers') }, { to: '/dashboard/trunks/operators', label: t('dashboard.trunks.tab_operators') }];

export function Trunks() {
  const q = useTrunks();
  const [choosing, setChoosing] = useState(false);
  const [chosen, setChosen] = useState<Template | null>(null);
  const add = may('trunks:write') && <Button kind="primary" icon="plus" onClick={() => setChoosing(true)}>{t('dashboard.trunks.add')}</Button>;
  return (
    <>
      <ScreenHead title={t('dashboard.nav.trunks')} sub={<p>{t('dashboard.trunks.sub')}</p>} actions={add} />
      <Tabs label={t('dashboard.nav.trunks')} tabs={trunkTabs()} at="/dashboard/trunks" />
      {q.problem && !q.data ? <Refusal problem={q.problem} retry={q.refresh} /> : !q.data ? <Spinner /> : q.data.length === 0
        ? <Empty icon="trunk" title={t('dashboard.home.no_trunk')} action={add || undefined}>{t('dashboard.trunks.none_text')}</Empty>
        : <Table label={t('dashboard.nav.trunks')} columns={columns()} rows={q.data} id={(x) => x.id} href={(x) => `/dashboard/trunks/${x.id}`} />}
      {choosing && <Choose onClose={() => setChoosing(false)} onChoose={(x) => { setChoosing(false); setChosen(x); }} />}
      {chosen && <TrunkForm template={chosen} onClose={() => setChosen(null)} onDone={(id) => { setChosen(null); q.refresh(); navigate(`/dashboard/trunks/${id}`); }} />}
    </>
  );
}

const columns = (): Column<Trunk>[] => [
  { name: t('dashboard.trunks.name'), cell: (x) => <span class="cut cell" title={x.name}>{x.name}</span> },
  { name: t('dashboard.trunks.state'), cell: (x) => { const look = trunkLook(x.status); return <span class="stack tight outcome"><Badge tone={look.tone} icon={look.tone === 'bad' ? 'warning' : look.tone === 'good' ? 'check' : 'info'}>{look.text}</Badge>{look.more && <span class="small soft">{look.more}</span>}</span>; } },
  { name: t('dashboard.trunks.server'), wide: true, cell: (x) => <span class="cut cell mono small" title={(x.servers ?? []).join(', ')}>{(x.servers ?? [])[0]?.replace(/^sips?:/, '') ?? ''}</span> },
  { name: t('dashboard.trunks.rtt'), wide: true, num: true, cell: (x) => rtt(x.status) },
];

function Choose({ onClose, onChoose }: { onClose: () => void; onChoose: (x: Template) => void }) {
  return (
    <Dialog title={t('dashboard.trunks.add')} onClose={onClose}>
      <p class="soft">{t('dashboard.trunks.choose')}</p>
      <ul class="plain templates">{templates.map((x) => (
        <li key={x.key}><button type="button" class="template" onClick={() => onChoose(x)}><span class="trouble-icon brand"><Icon name={x.key === 'address' ? 'link' : x.key === 'registration' ? 'lock' : 'trunk'} /></span><span class="grow"><strong>{t(`dashboard.trunks.template_${x.key}`)}</strong><br /><span class="small soft">{t(`dashboard.trunks.template_${x.key}_text`)}</span></span><Icon name="right" /></button></li>
      ))}</ul>
      <p class="small soft">{t('dashboard.trunks.or_simulator')} <Link to="/dashboard/settings/about">{t('dashboard.trunks.or_simulator_way')}</Link></p>
    </Dialog>
  );
}
