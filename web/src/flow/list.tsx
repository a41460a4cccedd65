// The call flows of the office: what each serves, and whether callers hear what is written in it.
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../api/client';
import { may } from '../entry/signed';
import { t } from '../i18n/words';
import { ScreenHead } from '../dashboard/head';
import { Badge, Button, Empty, IconButton, Refusal, Spinner } from '../parts/basic';
import { TextField } from '../parts/fields';
import { More, Table, usePages, type Column } from '../parts/lists';
import { confirm, FormDialog, Menu, toast } from '../parts/over';
import { navigate } from '../parts/router';
import { BeginFlow } from './begin';
import { asProblem } from './draft';
import { download } from './files';
import { useNames } from './names';
import { useFlowStyle } from './style';

type Flow = Schemas['FlowObject'];

/** Says whether callers hear a flow as it is. */
export function FlowState({ flow }: { flow: Flow }) {
  if (flow.for_number) return <Badge tone="info" icon="sim">{t('flow.state.conversion')}</Badge>;
  if (flow.version === 0) return <Badge tone="warn" icon="edit">{t('flow.state.never')}</Badge>;
  if (flow.has_draft) return <Badge tone="warn" icon="edit">{t('flow.state.changed')}</Badge>;
  return <Badge tone="good" icon="check">{t('flow.state.live')}</Badge>;
}

function Rename({ flow, onClose }: { flow: Flow; onClose: () => void }) {
  const [name, setName] = useState(flow.name);
  const [error, setError] = useState<string>();
  const save = async () => {
    try {
      await api.patch('/api/v1/flows/{id}', { path: { id: flow.id }, body: { name } });
      onClose();
    } catch (e) {
      const p = asProblem(e);
      setError(p.about('name') ?? p.message);
    }
  };
  return (
    <FormDialog title={t('flow.list.rename')} onClose={onClose} onSubmit={save} submit={t('core.save')}>
      <TextField label={t('flow.list.name')} value={name} onValue={setName} error={error} maxLength={100} autofocus />
    </FormDialog>
  );
}

/** Writes a flow to a file (SPEC F13): the draft, or what is published. */
export async function exportFlow(flow: Flow): Promise<void> {
  const d = await api.get('/api/v1/flows/{id}/draft', { path: { id: flow.id } });
  download(`${flow.name || 'flow'}.json`, JSON.stringify(d.document, null, 2));
}

async function duplicate(flow: Flow): Promise<void> {
  try {
    const d = await api.post('/api/v1/flows/{id}/duplicate', { path: { id: flow.id }, body: {} });
    navigate(`/dashboard/flows/${d.flow.id}`);
  } catch (e) {
    toast(asProblem(e).message, 'bad');
  }
}

async function drop(flow: Flow): Promise<void> {
  if (!(await confirm(t('flow.list.delete_title', { name: flow.name }), <p>{t('flow.list.delete_text')}</p>, t('core.delete')))) return;
  try {
    await api.delete('/api/v1/flows/{id}', { path: { id: flow.id } });
    toast(t('flow.list.deleted', { name: flow.name }), 'good');
  } catch (e) {
    toast(asProblem(e).message, 'bad');
  }
}

/** The list of flows. */
export function Flows() {
  const styled = useFlowStyle();
  const [q, setQ] = useState('');
  const [beginning, setBeginning] = useState(false);
  const [renaming, setRenaming] = useState<Flow | null>(null);
  const pages = usePages<Flow>(`flows?q=${q}`, async (cursor, signal) => {
    const p = await api.get('/api/v1/flows', { query: { q, cursor, limit: 50 }, signal });
    return { data: p.data ?? [], next_cursor: p.next_cursor };
  }, ['flow.*', 'number.*']);
  const names = useNames();
  const write = may('flows:write');
  const servedBy = (f: Flow) => (f.numbers ?? []).map((n) => names.e164(n.name));
  const columns: Column<Flow>[] = [
    { name: t('flow.list.name'), cell: (f) => <><span class="flow-name" title={f.name}>{names.e164(f.name) || t('flow.untitled')}</span><span class="flow-narrow"><FlowState flow={f} /></span></> },
    { name: t('flow.list.state'), wide: true, cell: (f) => <FlowState flow={f} /> },
    { name: t('flow.list.numbers'), wide: true, cell: (f) => {
      const all = servedBy(f);
      if (all.length === 0) return <span class="soft">{f.for_number ? names.e164(f.for_number.name) : t('flow.list.no_number')}</span>;
      return <span class="num" title={all.join(', ')}>{all.slice(0, 2).join(', ')}{all.length > 2 && ` +${all.length - 2}`}</span>;
    } },
    { name: t('flow.list.version'), num: true, wide: true, cell: (f) => (f.version > 0 ? f.version : '–') },
    { name: t('flow.list.actions'), cell: (f) => (
      <Menu label={t('flow.list.actions_of', { name: f.name })} button={(p) => <IconButton {...p} icon="more" label={t('flow.list.actions_of', { name: f.name })} small />} items={[
        { label: t('core.edit'), icon: 'edit', onPick: () => navigate(`/dashboard/flows/${f.id}`) },
        { label: t('flow.list.rename'), icon: 'note', onPick: () => setRenaming(f), why: write ? undefined : t('flow.readonly') },
        { label: t('flow.list.duplicate'), icon: 'copy', onPick: () => void duplicate(f), why: write ? undefined : t('flow.readonly') },
        { label: t('flow.list.export'), icon: 'download', onPick: () => void exportFlow(f).catch((e: unknown) => toast(asProblem(e).message, 'bad')) },
        null,
        { label: t('core.delete'), icon: 'trash', danger: true, onPick: () => void drop(f), why: !write ? t('flow.readonly') : (f.numbers ?? []).length > 0 ? t('flow.list.in_use') : undefined },
      ]} />
    ) },
  ];
  if (!styled) return <Spinner />;
  const nothing = pages.rows.length === 0 && !pages.loading && !pages.problem;
  return (
    <div class="stack loose">
      <ScreenHead title={t('flow.list.title')} sub={t('flow.list.sub')} actions={<Button kind="primary" icon="plus" why={write ? undefined : t('flow.readonly')} onClick={() => setBeginning(true)}>{t('flow.list.new')}</Button>} />
      <div class="flow-search"><TextField type="search" label={t('core.search')} hideLabel placeholder={t('flow.list.search')} value={q} onValue={setQ} /></div>
      {pages.problem && pages.rows.length === 0 && <Refusal problem={pages.problem} retry={pages.refresh} />}
      {nothing && (q
        ? <Empty icon="search" title={t('core.nothing_found')}>{t('flow.list.none_found', { q })}</Empty>
        : <Empty icon="flow" title={t('flow.list.empty')} action={<Button kind="primary" icon="plus" why={write ? undefined : t('flow.readonly')} onClick={() => setBeginning(true)}>{t('flow.list.new')}</Button>}>{t('flow.list.empty_text')}</Empty>)}
      {pages.rows.length > 0 && <Table label={t('flow.list.title')} columns={columns} rows={pages.rows} open={pages.more !== null} id={(f) => f.id} href={(f) => `/dashboard/flows/${f.id}`} />}
      {!nothing && !(pages.problem && pages.rows.length === 0) && <More pages={pages} />}
      {beginning && <BeginFlow onClose={() => setBeginning(false)} />}
      {renaming && <Rename flow={renaming} onClose={() => setRenaming(null)} />}
    </div>
  );
}
