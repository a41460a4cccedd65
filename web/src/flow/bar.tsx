// The bar of the editor: what is open, whether it is kept, and what can be done with it.
import { useState } from 'preact/hooks';
import { api, type Problem } from '../api/client';
import { t } from '../i18n/words';
import { Badge, Button, Icon, IconButton, Link } from '../parts/basic';
import { Segments } from '../parts/fields';
import { confirm, Menu, toast } from '../parts/over';
import { navigate } from '../parts/router';
import { Stale } from './clash';
import { useDesk } from './desk';
import { asProblem, type Saving } from './draft';
import { place } from './edits';
import type { Direction } from './layout';
import { exportFlow, FlowState } from './list';
import type { Overlay } from './overlay';

export type View = 'canvas' | 'outline';

function Kept() {
  const { draft, show } = useDesk();
  if (!draft.writable) return <Badge icon="lock">{t('flow.readonly_short')}</Badge>;
  const words: Record<Saving, [string, 'soft' | 'warn' | 'bad']> = {
    kept: [draft.isDraft.value ? t('flow.saving.kept') : '', 'soft'], waiting: [t('flow.saving.saving'), 'soft'], saving: [t('flow.saving.saving'), 'soft'], unfinished: [t('flow.saving.unfinished'), 'warn'],
    refused: [t('flow.saving.refused'), 'bad'], lost: [t('flow.saving.lost'), 'bad'], clash: [t('flow.saving.clash'), 'bad'],
  };
  const [text, tone] = words[draft.saving.value];
  return (
    <span class={`flow-kept small ${tone}`} role="status">
      {tone !== 'soft' && <Icon name="warning" size={14} />}{text}
      {(draft.saving.value === 'refused' || draft.saving.value === 'unfinished') && <button type="button" class="as-link" onClick={() => show('issues')}>{t('flow.saving.why')}</button>}
    </span>
  );
}

function usePublish(): { publish: () => void; busy: boolean; stale: Problem | null; settle: (base: number | null) => void } {
  const { draft, show, names } = useDesk();
  const [busy, setBusy] = useState(false);
  const [stale, setStale] = useState<Problem | null>(null);
  const go = async (base?: number) => {
    setBusy(true);
    try {
      await draft.publish(base);
      if (!draft.dirty) toast(t('flow.publish.done', { n: draft.flow.value?.version ?? 0 }), 'good');
      else show('issues');
    } catch (e) {
      const p = asProblem(e);
      if (p.code === 'flow_base_stale') setStale(p);
      else {
        draft.refusal.value = p;
        show('issues');
        toast(p.title || p.message, 'bad');
      }
    }
    setBusy(false);
  };
  const publish = async () => {
    const number = draft.flow.value?.for_number;
    if (number && !(await confirm(t('flow.publish.convert_title', { number: names.e164(number.name) }), <p>{t('flow.publish.convert_text')}</p>, t('flow.publish.convert_yes')))) return;
    await go();
  };
  return { publish: () => void publish(), busy, stale, settle: (base) => { setStale(null); if (base !== null) void go(base); } };
}

export function EditorBar({ view, setView, direction, setDirection, overlay, setOverlay, help }: { view: View; setView: (v: View) => void; direction: Direction; setDirection: (d: Direction) => void; overlay: Overlay; setOverlay: (o: Overlay) => void; help: () => void }) {
  const { draft, names, panel, show } = useDesk();
  const flow = draft.flow.value!;
  const doc = draft.doc.value!;
  const pub = usePublish();
  const errors = draft.issues.value.filter((p) => p.severity === 'error').length + draft.open.value.length;
  const warnings = draft.issues.value.length - draft.issues.value.filter((p) => p.severity === 'error').length;
  const nothing = !draft.isDraft.value && !draft.dirty;
  const why = !draft.writable ? t('flow.readonly') : errors > 0 ? t('flow.publish.errors', { n: errors }) : draft.saving.value === 'refused' ? t('flow.saving.refused') : nothing ? t('flow.publish.nothing') : undefined;
  const toggle = (p: 'issues' | 'simulate' | 'versions') => show(panel === p ? 'none' : p);
  const drop = async () => {
    if (!(await confirm(t('flow.drop.title'), <p>{t('flow.drop.text', { n: flow.version })}</p>, t('flow.drop.yes')))) return;
    try {
      await draft.drop();
    } catch (e) {
      toast(asProblem(e).message, 'bad');
    }
  };
  const duplicate = async () => {
    try {
      await draft.flush();
      const d = await api.post('/api/v1/flows/{id}/duplicate', { path: { id: flow.id }, body: {} });
      navigate(`/dashboard/flows/${d.flow.id}`);
    } catch (e) {
      toast(asProblem(e).message, 'bad');
    }
  };
  const only = draft.writable ? undefined : t('flow.readonly');
  return (
    <header class="flow-bar">
      <div class="row flow-bar-name">
        <Link to="/dashboard/flows" class="btn quiet icon-only small" aria-label={t('flow.list.title')} title={t('flow.list.title')}><Icon name="left" /></Link>
        <h1 class="cut" title={flow.name}>{names.e164(flow.name) || t('flow.untitled')}</h1>
        <FlowState flow={{ ...flow, has_draft: draft.isDraft.value || draft.dirty }} />
        <Kept />
      </div>
      <div class="row flow-bar-acts">
        <span class="row flow-tight">
          <IconButton icon="undo" small label={t('flow.undo')} why={draft.canUndo.value && draft.writable ? undefined : t('flow.nothing_to_undo')} onClick={() => draft.undo()} />
          <IconButton icon="redo" small label={t('flow.redo')} why={draft.canRedo.value && draft.writable ? undefined : t('flow.nothing_to_redo')} onClick={() => draft.redo()} />
        </span>
        <Menu label={t('flow.more')} button={(p) => <IconButton {...p} small icon="more" label={t('flow.more')} />} items={[
          { label: t('flow.inspect.flow'), icon: 'settings', onPick: () => { draft.selected.value = ''; show('node'); } },
          { label: t('flow.view.right'), icon: 'right', checked: direction === 'right', onPick: () => setDirection('right') },
          { label: t('flow.view.down'), icon: 'down', checked: direction === 'down', onPick: () => setDirection('down') },
          { label: t('flow.view.tidy'), icon: 'flow', onPick: () => draft.change((d) => place(d, null)), why: only ?? (doc.layout && Object.keys(doc.layout).length > 0 ? undefined : t('flow.view.tidy_already')) },
          null,
          { label: t('flow.list.duplicate'), icon: 'copy', onPick: () => void duplicate(), why: only },
          { label: t('flow.list.export'), icon: 'download', onPick: () => void draft.flush().then(() => exportFlow(flow)).catch((e: unknown) => toast(asProblem(e).message, 'bad')) },
          { label: t('flow.keys.title'), icon: 'keypad', onPick: help },
          null,
          { label: t('flow.drop.go'), icon: 'trash', danger: true, onPick: () => void drop(), why: only ?? (flow.version === 0 ? t('flow.drop.never') : nothing ? t('flow.publish.nothing') : undefined) },
        ]} />
        <Button kind="primary" small icon="upload" busy={pub.busy} why={why} onClick={pub.publish}>{t('flow.publish.go')}</Button>
      </div>
      <div class="row wrap flow-bar-tools">
        <Segments label={t('flow.view.label')} value={view} onValue={(v) => setView(v as View)} choices={[{ value: 'canvas', label: t('flow.view.canvas') }, { value: 'outline', label: t('flow.view.outline') }]} />
        <Button small icon={errors + warnings > 0 ? 'warning' : 'check'} class={errors > 0 ? 'flow-wrong' : ''} aria-pressed={panel === 'issues'} onClick={() => toggle('issues')}>{errors > 0 ? t('flow.issues.errors', { n: errors }) : warnings > 0 ? t('flow.issues.warnings', { n: warnings }) : t('flow.issues.none_short')}</Button>
        <Button small icon="play" aria-pressed={panel === 'simulate'} onClick={() => toggle('simulate')}>{t('flow.simulate.go_short')}</Button>
        <Button small icon="history" aria-pressed={panel === 'versions'} onClick={() => toggle('versions')}>{t('flow.versions.title')}</Button>
        <Menu label={t('flow.overlay.label')} button={(p) => <Button {...p} small icon={overlay === 'live' ? 'live' : 'chart'} aria-pressed={overlay !== 'none'}>{overlay === 'live' ? t('flow.overlay.live') : overlay === 'week' ? t('flow.overlay.days') : t('flow.overlay.label')}</Button>} items={[
          { label: t('flow.overlay.none'), checked: overlay === 'none', onPick: () => setOverlay('none') },
          { label: t('flow.overlay.live'), icon: 'live', checked: overlay === 'live', onPick: () => setOverlay('live') },
          { label: t('flow.overlay.days'), icon: 'chart', checked: overlay === 'week', onPick: () => setOverlay('week') },
        ]} />
      </div>
      {pub.stale && <Stale problem={pub.stale} onSettle={pub.settle} />}
    </header>
  );
}
