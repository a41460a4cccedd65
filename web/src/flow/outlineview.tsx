// The flow as an ordered list (SPEC F18): the same nodes, to read and to edit from top to bottom, by keyboard and on a narrow screen.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { t } from '../i18n/words';
import { Badge, Icon, IconButton } from '../parts/basic';
import { edgeAfter, removeNode, useDesk } from './desk';
import { addBranch, move } from './edits';
import { branchField, nodeOf, ports, type Edge } from './model';
import { outline, type Line } from './outline';
import { familyOf, holeText, kindIcons, kindName, nodeName, portName, summary } from './tell';

/** Where a node goes that moves one line up or down: an edge, or null where it can go no further. */
export function stepEdge(lines: Line[], i: number, by: -1 | 1): Edge | null {
  const here = lines[i];
  if (!here?.node || here.again) return null;
  if (by === -1) {
    for (let j = i - 1; j >= 0; j--) if (lines[j]!.edge && lines[j]!.node && lines[j]!.node!.id !== here.node.id) return lines[j]!.edge;
    return null;
  }
  const inside = (j: number) => lines[j]!.depth > here.depth;
  for (let j = i + 1; j < lines.length; j++) {
    if (inside(j)) continue; // its own branches move with it
    const next = lines[j]!;
    if (!next.node) return next.edge && next.edge.from !== here.node.id ? next.edge : null;
    const port = ports(next.node)[0];
    return port !== undefined && !next.again ? { from: next.node.id, port } : next.edge && next.edge.from !== here.node.id ? next.edge : null;
  }
  return null;
}

/** The outline. It is a tree for screen readers: arrows move, Enter opens, + inserts, Alt with arrows moves the node, Delete removes it. */
export function OutlineView() {
  const desk = useDesk();
  const { draft, names } = desk;
  const doc = draft.doc.value!;
  const lines = useMemo(() => outline(doc), [doc]);
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const wish = useRef('');
  const holes = new Map(draft.open.value.map((u) => [u.node, holeText(u.hole)]));
  const worst = new Map<string, 'bad' | 'warn'>();
  for (const p of draft.issues.value) if (p.node && worst.get(p.node) !== 'bad') worst.set(p.node, p.severity === 'error' ? 'bad' : 'warn');
  const steps = new Map<string, string>();
  (desk.course?.path ?? []).forEach((v, i) => steps.set(v.node, steps.has(v.node) ? `${steps.get(v.node)}, ${i + 1}` : String(i + 1)));
  const here = Math.min(at, lines.length - 1);
  const items = () => [...(list.current?.querySelectorAll<HTMLElement>('[data-line]') ?? [])];
  const go = (i: number) => {
    const to = Math.max(0, Math.min(lines.length - 1, i));
    setAt(to);
    items()[to]?.focus();
  };
  useEffect(() => { // after an edit the focus stays with the node that it was about
    if (!wish.current) return;
    const i = lines.findIndex((l) => l.node?.id === wish.current && !l.again);
    wish.current = '';
    if (i >= 0) { setAt(i); requestAnimationFrame(() => items()[i]?.focus()); }
  }, [lines]);
  useEffect(() => {
    const i = lines.findIndex((l) => l.node?.id === draft.selected.value && !l.again);
    if (i >= 0) setAt(i);
  }, [draft.selected.value]);
  const step = (i: number, by: -1 | 1) => {
    const edge = stepEdge(lines, i, by);
    const n = lines[i]?.node;
    if (!edge || !n || !draft.writable) return;
    wish.current = n.id;
    draft.change((d) => move(d, n.id, edge));
  };
  const open = (l: Line) => {
    if (l.node) {
      draft.selected.value = l.node.id;
      desk.show('node');
    } else if (l.edge && draft.writable) desk.add(l.edge);
  };
  const addAfter = (l: Line) => {
    const edge = l.node ? edgeAfter(draft, l.node.id) : l.edge;
    if (edge && draft.writable) desk.add(edge);
  };
  const keys = (e: KeyboardEvent) => {
    const l = lines[here];
    if (!l || (e.ctrlKey || e.metaKey)) return;
    const parent = () => { let j = here - 1; while (j >= 0 && lines[j]!.depth >= l.depth) j--; return Math.max(0, j); };
    const act: Record<string, () => void> = e.altKey ? { ArrowUp: () => step(here, -1), ArrowDown: () => step(here, 1) } : {
      ArrowDown: () => go(here + 1), ArrowUp: () => go(here - 1), Home: () => go(0), End: () => go(lines.length - 1), ArrowLeft: () => go(parent()), ArrowRight: () => { if ((lines[here + 1]?.depth ?? 0) > l.depth) go(here + 1); },
      Enter: () => open(l), ' ': () => open(l), Insert: () => addAfter(l), '+': () => addAfter(l),
      Delete: () => { if (l.node && !l.again) { wish.current = lines[here - 1]?.node?.id ?? lines[here + 1]?.node?.id ?? ''; removeNode(draft, l.node.id); } },
      b: () => { if (l.node && branchField(l.node.type)) draft.change((d) => addBranch(d, l.node!.id)?.doc ?? d); },
    };
    const does = act[e.key];
    if (!does || (e.target as HTMLElement).dataset['line'] === undefined) return;
    e.preventDefault();
    e.stopPropagation();
    does();
  };
  return (
    <div class="fl-outline">
      <ul ref={list} role="tree" aria-label={t('flow.outline.label')} class="plain" onKeyDown={keys}>
        {lines.map((l, i) => {
          const from = l.edge?.from ? nodeOf(doc, l.edge.from) : undefined;
          const way = l.way && from ? portName(from, l.edge!.port) : '';
          const tone = l.node ? worst.get(l.node.id) : 'bad';
          const hole = l.node ? holes.get(l.node.id) : undefined;
          const line = l.node && !l.again ? hole ?? summary(l.node, names) : '';
          const step_ = l.node && !l.again ? steps.get(l.node.id) : undefined;
          const traffic = l.node && !l.again ? desk.traffic?.get(l.node.id) : undefined;
          return (
            <li key={`${l.edge?.from ?? ''} ${l.edge?.port ?? ''} ${l.node?.id ?? ''} ${i}`} role="none" style={{ '--depth': Math.min(l.depth, 8) }} class={`${l.faded ? 'faded' : ''} ${l.node && l.node.id === draft.selected.value && !l.again ? 'on' : ''} ${step_ ? 'walked' : ''}`}>
              {way && <p class="fl-outline-way"><Icon name="redirect" size={14} /> <span class="cut">{way}</span></p>}
              <div>
                <div role="treeitem" aria-level={l.depth + 1} aria-selected={i === here} tabIndex={i === here ? 0 : -1} data-line={i} class={`fl-outline-item ${l.node ? familyOf(l.node.type) : 'none'}`} onClick={() => { setAt(i); open(l); }} onFocus={() => setAt(i)}>
                  {l.node ? <span class="fl-icon"><Icon name={l.again ? 'up' : kindIcons[l.node.type]} size={16} /></span> : <span class="fl-icon"><Icon name="plus" size={16} /></span>}
                  <span class="fl-text">
                    <span class="cut strong">{way && <span class="sr">{way}: </span>}{l.again ? t('flow.outline.again', { name: nodeName(l.node) }) : l.node ? nodeName(l.node) : t('flow.outline.nothing')}</span>
                    <span class={`cut small ${hole ? 'bad' : 'soft'}`}>{l.node && !l.again ? [l.node.title ? kindName(l.node.type) : '', line, l.faded ? t('flow.never_run') : ''].filter(Boolean).join(' · ') : ''}</span>
                  </span>
                  {step_ && <b class="fl-step">{step_}</b>}
                  {traffic && <Badge tone={traffic.tone === 'live' ? 'brand' : traffic.tone}>{traffic.text}</Badge>}
                  {tone && !l.again && <i class={`fl-mark ${tone}`} title={tone === 'bad' ? t('flow.issues.error') : t('flow.issues.warning')}><Icon name="warning" size={14} /></i>}
                  {draft.writable && l.node && !l.again && (
                    <span class="row flow-tight fl-outline-acts" onClick={(e) => e.stopPropagation()}>
                      <IconButton small icon="up" tabIndex={-1} label={t('flow.outline.up', { name: nodeName(l.node) })} why={stepEdge(lines, i, -1) ? undefined : t('flow.outline.no_further')} onClick={() => step(i, -1)} />
                      <IconButton small icon="down" tabIndex={-1} label={t('flow.outline.down', { name: nodeName(l.node) })} why={stepEdge(lines, i, 1) ? undefined : t('flow.outline.no_further')} onClick={() => step(i, 1)} />
                      <IconButton small icon="plus" tabIndex={-1} label={t('flow.add_after', { name: nodeName(l.node) })} onClick={() => addAfter(l)} />
                      <IconButton small icon="trash" tabIndex={-1} label={t('flow.inspect.remove_name', { name: nodeName(l.node) })} onClick={() => removeNode(draft, l.node!.id)} />
                    </span>
                  )}
                </div>
              </div>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
