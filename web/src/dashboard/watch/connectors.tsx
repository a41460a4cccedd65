// The connectors: the ways that messages take. How each is, and the way to a new one.
import { useState } from 'preact/hooks';
import { api, Problem, type Schemas } from '../../api/client';
import { refresh, useQuery } from '../../api/query';
import { may } from '../../entry/signed';
import { t, when } from '../../i18n/words';
import { Badge, Banner, Button, Card, Empty, Facts, Link, Refusal, Spinner, type Tone } from '../../parts/basic';
import { Switch } from '../../parts/fields';
import { Table } from '../../parts/lists';
import { confirm, Menu, toast } from '../../parts/over';
import { navigate } from '../../parts/router';
import { ScreenHead } from '../head';
import { ConnectorForm, kinds, type Kind } from './connectorform';
import { everyPage } from './follow';
import { mayChange } from './form';
import { yes } from './trunk';

export type Connector = Schemas['ConnectorObject'];

function connectorLook(c: Connector): { tone: Tone; text: string; more: string } {
  if (c.disabled) return { tone: 'soft', text: t('dashboard.connectors.off'), more: '' };
  if (!c.status) return { tone: 'soft', text: t('dashboard.trunks.idle'), more: '' };
  if (!c.status.up) return { tone: 'bad', text: t('dashboard.trunks.down'), more: c.status.detail || (c.kind === 'smpp_server' ? t('dashboard.connectors.waits') : '') };
  return { tone: 'good', text: t('dashboard.trunks.up'), more: c.status.since ? t('dashboard.connectors.since', { time: when(c.status.since) }) : '' };
}

export function Connectors() {
  const q = useQuery('watch.connectors', () => everyPage((cursor) => api.get('/api/v1/connectors', { query: { limit: 200, ...(cursor ? { cursor } : {}) } })), ['connector.*', 'message.status_updated']);
  const [adding, setAdding] = useState<Kind | null>(null);
  const add = may('trunks:write') && <Menu label={t('dashboard.connectors.add')} items={kinds.map((k) => ({ label: t(`dashboard.connectors.kind_${k}`), onPick: () => setAdding(k) }))} button={(p) => <Button kind="primary" icon="plus" {...p}>{t('dashboard.connectors.add')}</Button>} />;
  return (
    <>
      <ScreenHead title={t('dashboard.connectors.title')} sub={<p>{t('dashboard.connectors.sub')}</p>} actions={add} />
      {q.problem && !q.data ? <Refusal problem={q.problem} retry={q.refresh} /> : !q.data ? <Spinner /> : q.data.length === 0
        ? <Empty icon="chat" title={t('dashboard.connectors.none')} action={add || undefined}>{t('dashboard.connectors.none_text')}</Empty>
        : <Table label={t('dashboard.connectors.title')} rows={q.data} id={(c) => c.id} href={(c) => `/dashboard/connectors/${c.id}`} columns={[
          { name: t('dashboard.trunks.name'), cell: (c) => <span class="cut cell" title={c.name}>{c.name}</span> },
          { name: t('dashboard.trunks.state'), cell: (c) => { const look = connectorLook(c); return <span class="stack tight outcome"><Badge tone={look.tone} icon={look.tone === 'bad' ? 'warning' : look.tone === 'good' ? 'check' : 'info'}>{look.text}</Badge>{look.more && <span class="small soft wrap-any">{look.more}</span>}</span>; } },
          { name: t('dashboard.connectors.kind'), wide: true, cell: (c) => t(`dashboard.connectors.kind_${c.kind}`) },
          { name: t('dashboard.connectors.role'), wide: true, cell: (c) => t(`dashboard.connectors.role_${c.role}`) },
          { name: t('dashboard.connectors.queue'), num: true, cell: (c) => c.status?.queue ?? 0 },
        ]} />}
      {adding && <ConnectorForm kind={adding} onClose={() => setAdding(null)} onDone={(id) => { setAdding(null); q.refresh(); navigate(`/dashboard/connectors/${id}`); }} />}
    </>
  );
}

export function ConnectorScreen({ args }: { args: Record<string, string> }) {
  const id = args['id'] ?? '';
  const q = useQuery(`watch.connector.${id}`, (signal) => api.get('/api/v1/connectors/{id}', { path: { id }, signal }), ['connector.*', 'message.status_updated']);
  const back = { to: '/dashboard/connectors', label: t('dashboard.connectors.title') };
  if (!q.data) return <><ScreenHead title={t('dashboard.connectors.one')} back={back} />{q.problem?.status === 404 ? <Empty icon="link" title={t('dashboard.connectors.gone')} /> : q.problem ? <Refusal problem={q.problem} retry={q.refresh} /> : <Spinner />}</>;
  return <Shown connector={q.data} back={back} again={q.refresh} />;
}

function Shown({ connector: c, back, again }: { connector: Connector; back: { to: string; label: string }; again: () => void }) {
  const [editing, setEditing] = useState(false);
  const look = connectorLook(c);
  const writes = mayChange('trunks:write', c);
  const act = async (go: () => Promise<unknown>) => {
    try {
      await go();
      again();
      return true;
    } catch (e) {
      toast(e instanceof Problem ? e.detail || e.title : String(e), 'bad');
      return false;
    }
  };
  const drop = async () => {
    if (!(await confirm(t('dashboard.connectors.delete_ask', { name: c.name }), t('dashboard.connectors.delete_text'), t('core.delete')))) return;
    if (await act(() => api.delete('/api/v1/connectors/{id}', { path: { id: c.id } }))) {
      refresh('watch.connectors');
      navigate('/dashboard/connectors');
    }
  };
  return (
    <>
      <ScreenHead title={c.name} back={back} sub={<p class="row wrap"><Badge tone={look.tone}>{look.text}</Badge><span>{t(`dashboard.connectors.kind_${c.kind}`)}</span></p>}
        actions={writes && <><Switch label={t('dashboard.connectors.on')} checked={!c.disabled} onValue={(on) => void act(() => api.patch('/api/v1/connectors/{id}', { path: { id: c.id }, body: { disabled: !on } }))} /><Button kind="primary" icon="edit" onClick={() => setEditing(true)}>{t('core.edit')}</Button></>} />
      {look.tone === 'bad' && <Banner tone="bad"><p class="strong">{look.more || t('dashboard.home.connector_down_text')}</p></Banner>}
      {!writes && may('trunks:write') && <Banner>{t('dashboard.trunks.shared')}</Banner>}
      <div class="two-columns">
        <Card title={t('dashboard.trunks.wire')}>
          <Facts facts={[
            [t('dashboard.trunks.state'), look.text], [t('dashboard.connectors.since_fact'), c.status?.since ? when(c.status.since, 'exact') : ''], [t('dashboard.connectors.binds'), c.smpp && c.status ? String(c.status.binds) : ''],
            [t('dashboard.connectors.queue'), String(c.status?.queue ?? 0)], [t('dashboard.connectors.rate_now'), c.status ? t('dashboard.connectors.per_second', { n: c.status.rate }) : ''], [t('dashboard.connectors.last_fault'), c.status?.detail ?? ''],
            [t('dashboard.connectors.address'), c.smpp?.address || c.http?.send?.url || ''], ['system_id', c.smpp?.system_id ?? ''], [t('dashboard.connectors.bind'), c.smpp?.bind ?? ''],
            [t('dashboard.connectors.inbound_at'), c.kind === 'http' ? <code class="wrap-any">{`${location.origin}/connectors/${c.id}/messages`}</code> : ''],
          ]} />
        </Card>
        <div class="stack loose aside">
          <Card title={t('dashboard.trunks.settings')}>
            <Facts facts={[
              [t('dashboard.connectors.role'), t(`dashboard.connectors.role_${c.role}`)], [t('dashboard.operators.one'), c.operator ? <Link to={`/dashboard/trunks/operators/${c.operator.id}`}>{c.operator.name}</Link> : ''], [t('dashboard.call.trunk'), c.trunk ? <Link to={`/dashboard/trunks/${c.trunk.id}`}>{c.trunk.name}</Link> : ''],
              [t('dashboard.nav.numbers'), (c.numbers ?? []).map((n) => n?.name).join(', ')], [t('dashboard.connectors.rate'), c.rate ? t('dashboard.connectors.per_second', { n: c.rate }) : t('dashboard.trunks.no_limit')], [t('dashboard.connectors.in_doubt'), t(`dashboard.connectors.in_doubt_${c.in_doubt}`)], [t('dashboard.trunks.emergency'), yes(c.emergency)],
            ]} />
          </Card>
          {writes && <p><Button small kind="quiet" icon="trash" class="bad-text" onClick={() => void drop()}>{t('dashboard.connectors.delete')}</Button></p>}
        </div>
      </div>
      {editing && <ConnectorForm kind={c.kind as Kind} connector={c} onClose={() => setEditing(false)} onDone={() => { setEditing(false); again(); toast(t('core.saved'), 'good'); }} />}
    </>
  );
}
