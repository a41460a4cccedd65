// What was published, by whom and when; what lies between any two versions, and the way back (SPEC F9, F10).
import { useState } from 'preact/hooks';
import { api, type Problem, type Schemas } from '../api/client';
import { useQuery } from '../api/query';
import { t, when } from '../i18n/words';
import { Badge, Button, Empty, Refusal, Spinner } from '../parts/basic';
import { SelectField } from '../parts/fields';
import { confirm, Dialog, toast } from '../parts/over';
import { useDesk } from './desk';
import type { Difference } from './diff';
import { DifferenceView } from './differenceview';
import { asProblem } from './draft';
import type { FlowDocument } from './model';

type Version = Schemas['VersionObject'];

async function documentOf(id: string, version: string): Promise<FlowDocument> {
  if (version === 'draft') return (await api.get('/api/v1/flows/{id}/draft', { path: { id } })).document as unknown as FlowDocument;
  if (version === '0') return { schema: 'flow/v1', name: '', start: '', nodes: [] };
  return (await api.get('/api/v1/flows/{id}/versions/{version}', { path: { id, version: Number(version) } })).document as unknown as FlowDocument;
}

function Compare({ id, from, to, versions, onClose }: { id: string; from: string; to: string; versions: Version[]; onClose: () => void }) {
  const [a, setA] = useState(from);
  const [b, setB] = useState(to);
  const asked = useQuery(`flow-diff ${id} ${a} ${b}`, async (signal) => {
    const [d, before, after] = await Promise.all([api.get('/api/v1/flows/{id}/diff', { path: { id }, query: { from: a, to: b }, signal }), documentOf(id, a), documentOf(id, b)]);
    return { d: d as Difference, before, after };
  }, ['flow.updated']);
  const choices = [{ value: 'draft', label: t('flow.versions.draft') }, ...versions.map((v) => ({ value: String(v.version), label: t('flow.versions.n_of', { n: v.version, at: when(v.published_at) }) }))];
  return (
    <Dialog title={t('flow.versions.compare')} onClose={onClose} wide>
      <div class="stack">
        <div class="flow-two"><SelectField label={t('flow.versions.from')} value={a} onValue={setA} choices={choices.filter((c) => c.value !== 'draft').concat(versions.length === 0 ? [{ value: '0', label: t('flow.diff.nothing') }] : [])} /><SelectField label={t('flow.versions.to')} value={b} onValue={setB} choices={choices} /></div>
        <Refusal problem={asked.problem} retry={asked.refresh} />
        {asked.loading && !asked.data && <Spinner />}
        {asked.data && <DifferenceView {...asked.data} />}
      </div>
    </Dialog>
  );
}

/** The panel of versions. */
export function Versions() {
  const { draft } = useDesk();
  const id = draft.id;
  const [compare, setCompare] = useState<[string, string] | null>(null);
  const [problem, setProblem] = useState<Problem>();
  const list = useQuery(`flow-versions ${id}`, (signal) => api.get('/api/v1/flows/{id}/versions', { path: { id }, signal }), ['flow.published', 'flow.updated']);
  const versions = list.data?.data ?? [];
  const live = versions.find((v) => v.live)?.version;
  const restore = async (v: Version) => {
    if (!(await confirm(t('flow.versions.restore_title', { n: v.version }), <p>{t('flow.versions.restore_text', { n: (live ?? 0) + 1 })}</p>, t('flow.versions.restore'), 'plain'))) return;
    setProblem(undefined);
    try {
      const { data, etag } = await api.versioned('post', '/api/v1/flows/{id}/restore', { path: { id }, body: { version: v.version, base: live } });
      draft.replace(data, etag);
      list.refresh();
      toast(t('flow.versions.restored', { n: v.version }), 'good');
    } catch (e) {
      setProblem(asProblem(e));
    }
  };
  const open = async (from: string, to: string) => {
    await draft.flush();
    setCompare([from, to]);
  };
  return (
    <div class="stack">
      <header class="flow-panel-head"><h2>{t('flow.versions.title')}</h2></header>
      <Refusal problem={problem ?? list.problem} retry={list.refresh} />
      {list.loading && !list.data && <Spinner />}
      {list.data && versions.length === 0 && <Empty icon="history" title={t('flow.versions.none')}>{t('flow.versions.none_text')}</Empty>}
      <ol class="plain flow-versions">
        {(draft.isDraft.value || draft.dirty) && (
          <li class="draft"><div class="row between"><b>{t('flow.versions.draft')}</b><Badge tone="warn">{t('flow.versions.not_live')}</Badge></div>
            {live !== undefined && <div class="row"><Button small icon="search" onClick={() => void open(String(live), 'draft')}>{t('flow.versions.what_changed')}</Button></div>}</li>
        )}
        {versions.map((v, i) => (
          <li key={v.version}>
            <div class="row between"><b>{t('flow.versions.n', { n: v.version })}</b>{v.live && <Badge tone="good" icon="check">{t('flow.versions.live')}</Badge>}</div>
            <p class="soft small">{when(v.published_at)} · {v.published_by.name || t('flow.versions.program')}</p>
            <div class="row wrap">
              <Button small icon="search" onClick={() => void open(String(versions[i + 1]?.version ?? 0), String(v.version))}>{t('flow.versions.what_changed')}</Button>
              {!v.live && <Button small icon="history" why={draft.writable ? undefined : t('flow.readonly')} onClick={() => void restore(v)}>{t('flow.versions.restore')}</Button>}
            </div>
          </li>
        ))}
      </ol>
      {compare && <Compare id={id} from={compare[0]} to={compare[1]} versions={versions} onClose={() => setCompare(null)} />}
    </div>
  );
}
