// The mobile cores: how each is, what it sent us, its probe, and its filter criteria.
import { useState } from 'preact/hooks';
import { api, Problem, type Schemas } from '../../api/client';
import { useQuery } from '../../api/query';
import { may } from '../../entry/signed';
import { t, tMaybe, when } from '../../i18n/words';
import { Badge, Banner, Button, Card, Empty, Facts, Icon, Link, Refusal, Spinner } from '../../parts/basic';
import { TextField } from '../../parts/fields';
import { Tabs, Table } from '../../parts/lists';
import { FormDialog, toast } from '../../parts/over';
import { ScreenHead } from '../head';
import { everyPage } from './follow';
import { mayChange } from './form';
import { OperatorForm } from './operatorform';
import { trunkLook, trunkTabs } from './trunks';
import { yes } from './trunk';

export type Operator = Schemas['OperatorObject'];

export function Operators() {
  const q = useQuery('watch.operators', () => everyPage((cursor) => api.get('/api/v1/operators', { query: { limit: 200, ...(cursor ? { cursor } : {}) } })), ['operator.*']);
  const [adding, setAdding] = useState(false);
  const add = may('trunks:write') && <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>{t('dashboard.operators.add')}</Button>;
  return (
    <>
      <ScreenHead title={t('dashboard.nav.trunks')} sub={<p>{t('dashboard.operators.sub')}</p>} actions={add} />
      <Tabs label={t('dashboard.nav.trunks')} tabs={trunkTabs()} at="/dashboard/trunks/operators" />
      {q.problem && !q.data ? <Refusal problem={q.problem} retry={q.refresh} /> : !q.data ? <Spinner /> : q.data.length === 0
        ? <Empty icon="mobile" title={t('dashboard.operators.none')} action={add || undefined}>{t('dashboard.operators.none_text')}</Empty>
        : <Table label={t('dashboard.trunks.tab_operators')} rows={q.data} id={(o) => o.id} href={(o) => `/dashboard/trunks/operators/${o.id}`} columns={[
          { name: t('dashboard.trunks.name'), cell: (o) => <span class="cut cell" title={o.name}>{o.name}</span> },
          { name: t('dashboard.operators.attachment'), cell: (o) => t(`dashboard.operators.attachment_${o.attachment}`) },
          { name: t('dashboard.call.trunk'), wide: true, cell: (o) => o.trunk?.name ?? '' },
          { name: t('dashboard.operators.esims'), num: true, cell: (o) => o.subscribers },
        ]} />}
      {adding && <OperatorForm onClose={() => setAdding(false)} onDone={() => { setAdding(false); q.refresh(); }} />}
    </>
  );
}

export function OperatorScreen({ args }: { args: Record<string, string> }) {
  const id = args['id'] ?? '';
  const q = useQuery(`watch.operator.${id}`, (signal) => api.get('/api/v1/operators/{id}', { path: { id }, signal }), ['operator.*']);
  const state = useQuery(`watch.operator.${id}.status`, (signal) => api.get('/api/v1/operators/{id}/status', { path: { id }, signal }), ['operator.*', 'trunk.up', 'trunk.down', 'esim.*']);
  const back = { to: '/dashboard/trunks/operators', label: t('dashboard.trunks.tab_operators') };
  if (!q.data) return <><ScreenHead title={t('dashboard.operators.one')} back={back} />{q.problem?.status === 404 ? <Empty icon="mobile" title={t('dashboard.operators.gone')} /> : q.problem ? <Refusal problem={q.problem} retry={q.refresh} /> : <Spinner />}</>;
  return <Shown operator={q.data} state={state.data} back={back} again={() => { q.refresh(); state.refresh(); }} />;
}

function Shown({ operator: o, state, back, again }: { operator: Operator; state: Schemas['OperatorState'] | undefined; back: { to: string; label: string }; again: () => void }) {
  const [editing, setEditing] = useState(false);
  const [criteria, setCriteria] = useState(false);
  const [busy, setBusy] = useState(false);
  const writes = mayChange('trunks:write', o);
  const look = trunkLook(state?.trunk ?? null);
  const probe = async () => {
    setBusy(true);
    try {
      await api.post('/api/v1/operators/{id}/probe', { path: { id: o.id } });
      again();
    } catch (e) {
      toast(e instanceof Problem ? e.detail || e.title : String(e), 'bad');
    }
    setBusy(false);
  };
  return (
    <>
      <ScreenHead title={o.name} back={back} sub={<p class="row wrap"><Badge tone={look.tone}>{look.text}</Badge><span>{t(`dashboard.operators.attachment_${o.attachment}`)}</span></p>}
        actions={<>
          {o.attachment === 'isc' && <Button icon="download" onClick={() => setCriteria(true)}>{t('dashboard.operators.criteria')}</Button>}
          {writes && <Button kind="primary" icon="edit" onClick={() => setEditing(true)}>{t('core.edit')}</Button>}
        </>} />
      {!writes && may('trunks:write') && <Banner>{t('dashboard.trunks.shared')}</Banner>}
      <div class="two-columns">
        <div class="stack loose">
          <Heard state={state} />
          <Card title={t('dashboard.operators.probe')} actions={writes && <Button small icon="phone" busy={busy} why={o.test_number ? undefined : t('dashboard.operators.probe_no_number')} onClick={() => void probe()}>{t('dashboard.operators.probe_now')}</Button>}>
            <p class="soft">{t('dashboard.operators.probe_text')}</p>
            {o.probe ? <p class="row wrap"><Badge tone={o.probe.clean ? 'good' : 'bad'}>{t(o.probe.clean ? 'dashboard.operators.probe_clean' : 'dashboard.operators.probe_machine')}</Badge><span class="small soft">{when(o.probe.at, 'exact')}{o.probe.because ? ` · ${o.probe.because}` : ''}</span></p> : <p>{t('dashboard.operators.probe_none')}</p>}
          </Card>
          {(state?.stuck?.length ?? 0) > 0 && (
            <Card title={t('dashboard.operators.stuck')}><ul class="plain now-list">{state!.stuck!.map((s) => <li key={s.number?.id} class="row wrap"><Icon name="warning" /><Link to={`/dashboard/numbers/${s.number?.id}`}>{s.number?.name}</Link><span class="soft small wrap-any grow">{s.fault}</span><span class="small">{t('dashboard.message.tries', { n: s.tries })}</span></li>)}</ul></Card>
          )}
        </div>
        <div class="aside"><Card title={t('dashboard.trunks.settings')}>
          <Facts facts={[
            [t('dashboard.call.trunk'), o.trunk ? <Link to={`/dashboard/trunks/${o.trunk.id}`}>{o.trunk.name}</Link> : ''], [t('dashboard.trunks.domain'), o.domain], [t('dashboard.trunks.country'), o.country],
            [t('dashboard.operators.esims'), String(o.subscribers)], [t('dashboard.operators.off'), state ? String(state.handsets_off) : ''], [t('dashboard.operators.cards'), o.cards ? t('dashboard.operators.cards_n', { free: o.cards_free, all: o.cards }) : ''],
            [t('dashboard.operators.breakout'), t(`dashboard.operators.breakout_${o.breakout}`)], [t('dashboard.operators.short_codes'), (o.short_codes ?? []).join(', ')], [t('dashboard.operators.no_reply'), o.no_reply_seconds ? `${o.no_reply_seconds} s` : ''],
            [t('dashboard.operators.confirm'), tMaybe(`dashboard.operators.confirm_${o.confirm}`, o.confirm)], [t('dashboard.operators.proven'), yes(o.proven_clean)], [t('dashboard.operators.platform'), o.platform?.url ?? ''], [t('dashboard.operators.platform_said'), state?.platform ? state.platform.detail || state.platform.status : ''],
          ]} />
        </Card></div>
      </div>
      {editing && <OperatorForm operator={o} onClose={() => setEditing(false)} onDone={() => { setEditing(false); again(); toast(t('core.saved'), 'good'); }} />}
      {criteria && <Criteria operator={o} onClose={() => setCriteria(false)} />}
    </>
  );
}

function Heard({ state }: { state: Schemas['OperatorState'] | undefined }) {
  if (!state) return null;
  const h = state.heard;
  const rows: [string, number][] = [
    [t('dashboard.operators.heard_originating'), h?.originating ?? 0], [t('dashboard.operators.heard_terminating'), h?.terminating ?? 0], [t('dashboard.operators.heard_unregistered'), h?.terminating_unregistered ?? 0], [t('dashboard.operators.heard_registrations'), h?.registrations ?? 0],
    [t('dashboard.operators.deflections'), state.deflections],
  ];
  return (
    <Card title={t('dashboard.operators.heard')}>
      <p class="soft">{t('dashboard.operators.heard_text')}</p>
      <ul class="plain now-list">{rows.map(([name, n]) => <li key={name} class="row between"><span>{name}</span><strong class="num">{n}</strong></li>)}</ul>
      {state.returned_stripped > 0 && <p class="warn small"><Icon name="warning" size={14} /> {t('dashboard.operators.stripped', { n: state.returned_stripped })}</p>}
    </Card>
  );
}

/** The initial filter criteria for the operator's HSS: which number, and where our server is. */
function Criteria({ operator: o, onClose }: { operator: Operator; onClose: () => void }) {
  const [number, setNumber] = useState('');
  const [server, setServer] = useState('');
  const query = new URLSearchParams();
  if (number.trim()) query.set('number', number.replace(/[ .-]/g, ''));
  if (server.trim()) query.set('server', server.trim());
  return (
    <FormDialog title={t('dashboard.operators.criteria')} submit={t('dashboard.operators.criteria_get')} onClose={onClose}
      onSubmit={() => {
        const a = document.createElement('a');
        a.href = `/api/v1/operators/${o.id}/filter-criteria${query.size ? `?${query.toString()}` : ''}`;
        a.download = `filter-criteria-${o.name}.xml`;
        a.click();
        onClose();
      }}>
      <p class="soft">{t('dashboard.operators.criteria_text')}</p>
      <TextField label={t('dashboard.operators.criteria_number')} hint={t('dashboard.operators.criteria_number_hint')} value={number} onValue={setNumber} placeholder="+33…" />
      <TextField label={t('dashboard.operators.criteria_server')} hint={t('dashboard.operators.criteria_server_hint')} value={server} onValue={setServer} placeholder="sip:as.example.net:5060;transport=tcp" spellcheck={false} />
    </FormDialog>
  );
}
