// The flow editor: canvas or outline, the panel beside it, and what is done to the flow as a whole.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { api } from '../api/client';
import { useQuery } from '../api/query';
import { may } from '../entry/signed';
import { t } from '../i18n/words';
import { Banner, Button, Empty, Icon, IconButton, Link, Refusal, Spinner } from '../parts/basic';
import { leaving } from '../parts/router';
import { Canvas } from './canvas';
import { Clash } from './clash';
import { DeskContext, type Course, type Desk, type Panel } from './desk';
import { Draft } from './draft';
import { EditorBar, type View } from './bar';
import { Inspector } from './inspector';
import { Issues } from './issues';
import { KeysHelp } from './keys';
import type { Direction } from './layout';
import type { Edge } from './model';
import { useNames } from './names';
import { OutlineView } from './outlineview';
import { useTraffic, type Overlay } from './overlay';
import { Palette } from './palette';
import { Simulate } from './simulate';
import { useFlowStyle } from './style';
import { Versions } from './versions';

const narrow = () => matchMedia('(max-width: 45rem)').matches;
const kept = (key: string, fallback: string) => { try { return localStorage.getItem(key) ?? fallback; } catch { return fallback; } };
const keep = (key: string, value: string) => { try { localStorage.setItem(key, value); } catch { /* a page without storage forgets */ } };

function usePageKeys(draft: Draft, help: () => void): void {
  useEffect(() => {
    const keys = (e: KeyboardEvent) => {
      const typing = (e.target as HTMLElement).closest('input:not([type=checkbox], [type=radio]), textarea, select, dialog');
      const mod = e.ctrlKey || e.metaKey;
      if (mod && !typing && (e.key === 'z' || e.key === 'Z')) {
        e.preventDefault();
        if (e.shiftKey) draft.redo();
        else draft.undo();
      } else if (mod && !typing && e.key === 'y') {
        e.preventDefault();
        draft.redo();
      } else if (mod && e.key === 's') {
        e.preventDefault();
        void draft.flush();
      } else if (e.key === '?' && !typing && !mod) {
        e.preventDefault();
        help();
      }
    };
    addEventListener('keydown', keys);
    return () => removeEventListener('keydown', keys);
  }, [draft]);
}

/** Nobody leaves with something that is not kept without knowing. */
function useLeaving(draft: Draft): void {
  useEffect(() => {
    const ask = () => draft.saving.value === 'unfinished' || draft.saving.value === 'refused' || draft.saving.value === 'lost' || draft.saving.value === 'clash';
    const unload = (e: BeforeUnloadEvent) => { if (draft.dirty) { void draft.flush(); e.preventDefault(); } };
    leaving.ask = () => !draft.dirty || !ask() || window.confirm(t('flow.leave'));
    addEventListener('beforeunload', unload);
    return () => {
      leaving.ask = null;
      removeEventListener('beforeunload', unload);
    };
  }, [draft]);
}

function Side({ desk }: { desk: Desk }) {
  const close = () => {
    const id = desk.draft.selected.value;
    desk.show('none');
    requestAnimationFrame(() => document.querySelector<HTMLElement>(id ? `[data-node="${CSS.escape(id)}"], .fl-outline [tabindex="0"]` : '.fl-outline [tabindex="0"]')?.focus());
  };
  const titles: Record<Panel, string> = { node: t('flow.panel.node'), issues: t('flow.issues.title'), simulate: t('flow.simulate.title'), versions: t('flow.versions.title'), none: '' };
  return (
    <aside class="flow-side" aria-label={titles[desk.panel]} onKeyDown={(e) => { if (e.key === 'Escape' && !e.defaultPrevented) close(); }}>
      <IconButton class="flow-side-close" icon="close" small label={t('flow.panel.close')} onClick={close} />
      <div class="flow-side-in" tabIndex={-1}>
        {desk.panel === 'node' && <Inspector />}
        {desk.panel === 'issues' && <Issues />}
        {desk.panel === 'simulate' && <Simulate />}
        {desk.panel === 'versions' && <Versions />}
      </div>
    </aside>
  );
}

function Open({ draft }: { draft: Draft }) {
  const names = useNames();
  const id = draft.id;
  const palette = useQuery(`flow-palette ${id} ${draft.flow.value?.restricted}`, (signal) => api.get('/api/v1/flows/{id}/palette', { path: { id }, signal }), ['number.*']);
  const [panel, show] = useState<Panel>('none');
  const [view, setView] = useState<View>(() => (narrow() ? 'outline' : (kept('flow.view', 'canvas') as View)));
  const [direction, setDirection] = useState<Direction>(() => kept('flow.direction', 'right') as Direction);
  const [overlay, setOverlay] = useState<Overlay>('none');
  const [opened, setOpened] = useState(0);
  const [adding, add] = useState<Edge | null>(null);
  const [course, setCourse] = useState<Course | null>(null);
  const [help, setHelp] = useState(false);
  const { traffic, told } = useTraffic(id, overlay);
  usePageKeys(draft, () => setHelp(true));
  useLeaving(draft);
  const flow = draft.flow.value!;
  useEffect(() => { document.title = `${flow.name} · ${t('flow.list.title')}`; }, [flow.name]);
  const desk: Desk = {
    draft, names, palette: palette.data?.data ?? [], panel, add, course, setCourse, traffic,
    show: (p) => { show(p); setOpened(opened + 1); },
  };
  useEffect(() => { // after whatever lay over the page has given the focus back
    if (opened > 0 && panel !== 'none') document.querySelector<HTMLElement>('.flow-side-in')?.focus({ preventScroll: true });
  }, [opened]);
  const set = (v: View) => { setView(v); keep('flow.view', v); };
  const turn = (d: Direction) => { setDirection(d); keep('flow.direction', d); };
  return (
    <DeskContext.Provider value={desk}>
      <div class="flow-editor">
        <EditorBar view={view} setView={set} direction={direction} setDirection={turn} overlay={overlay} setOverlay={setOverlay} help={() => setHelp(true)} />
        {!draft.writable && <Banner>{t('flow.readonly_text')}</Banner>}
        {flow.restricted && draft.writable && <Banner>{flow.for_number ? t('flow.restricted.conversion', { number: names.e164(flow.for_number.name), user: (flow.direct_users ?? [])[0]?.name ?? '' }) : t('flow.restricted.direct', { user: (flow.direct_users ?? [])[0]?.name ?? t('flow.restricted.waits') })}</Banner>}
        {(overlay !== 'none' || course) && <div class="flow-over row wrap" role="status">
          {overlay !== 'none' && <span class="row"><Icon name={overlay === 'live' ? 'live' : 'chart'} size={16} /> {told}</span>}
          {course && <span class="row"><Icon name="play" size={16} /> {t('flow.simulate.shown')} <Button small kind="quiet" icon="close" onClick={() => setCourse(null)}>{t('flow.simulate.hide')}</Button></span>}
        </div>}
        <div class={`flow-work ${panel === 'none' ? '' : 'with-side'}`}>
          <section class="flow-main" aria-label={view === 'canvas' ? t('flow.canvas') : t('flow.outline.label')}>{view === 'canvas' ? <Canvas direction={direction} /> : <OutlineView />}</section>
          {panel !== 'none' && <Side desk={desk} />}
        </div>
        {adding && <Palette edge={adding} onClose={() => add(null)} />}
        {help && <KeysHelp onClose={() => setHelp(false)} />}
        <Clash />
      </div>
    </DeskContext.Provider>
  );
}

/** The editor of one flow. */
export function Editor({ args }: { args: Record<string, string> }) {
  const styled = useFlowStyle();
  const id = args['id']!;
  const draft = useMemo(() => new Draft(id, may('flows:write')), [id]);
  useEffect(() => draft.start(), [draft]);
  const p = draft.problem.value;
  if (p && (p.status === 404 || p.code === 'gone')) return <Empty icon="flow" title={t('flow.gone')} action={<Link class="btn" to="/dashboard/flows">{t('flow.list.title')}</Link>}>{t('flow.gone_text')}</Empty>;
  if (p && !draft.doc.value) return <Refusal problem={p} retry={() => void draft.load()} />;
  if (!styled || !draft.doc.value) return <Spinner />;
  return <Open draft={draft} />;
}
