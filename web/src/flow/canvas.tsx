// The drawing of a flow, on React Flow: nodes where layout.ts puts them or where a hand put them, an edge for each way, the whole of it by keyboard too.
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Background, BackgroundVariant, BaseEdge, Controls, MarkerType, MiniMap, ReactFlow, ReactFlowProvider, getSmoothStepPath, useReactFlow, type Connection, type Edge as Line, type EdgeProps, type Node, type NodeChange } from '@xyflow/react';
import { t } from '../i18n/words';
import { Card, StartCard, type CardData } from './card';
import { edgeAfter, removeNode, useDesk, type Desk } from './desk';
import { addBranch, lead, place } from './edits';
import { layout, portAt, sizes, type Direction, type Spot } from './layout';
import { branchField, idlePorts, nodeOf, ports, type FlowDocument, type FlowNode } from './model';
import { neighbour } from './neighbours';
import { holeText, summary } from './tell';

const startID = '·start';
const startSize = { width: 176, height: 36 };

/** An edge; one that leads back goes round what lies between. */
function WayLine({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, markerEnd, style, data }: EdgeProps) {
  const round = (data ?? {}) as { centerX?: number; centerY?: number };
  const [path] = getSmoothStepPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, borderRadius: 14, offset: 34, ...round });
  return <BaseEdge path={path} markerEnd={markerEnd as string} style={style as never} />;
}

const nodeTypes = { card: Card, start: StartCard } as never;
const edgeTypes = { way: WayLine } as never;

/** Where the nodes are: as laid out, and as moved by hand (when reading from left to right). */
export function placed(doc: FlowDocument, direction: Direction): Map<string, Spot> {
  const spots = layout(doc, direction);
  if (direction === 'right') for (const [id, at] of Object.entries(doc.layout ?? {})) {
    const spot = spots.get(id);
    if (spot) spots.set(id, { ...spot, x: at[0], y: at[1] });
  }
  return spots;
}

function handles(n: FlowNode, spot: Spot, direction: Direction) {
  const right = direction === 'right';
  const out = [...ports(n), ...idlePorts(n).filter((p) => n.next?.[p])].map((p) => ({
    id: p, type: 'source' as const, position: (right ? 'right' : 'bottom') as never, width: 2, height: 2,
    x: right ? spot.width - 1 : portAt(n, p, direction) - 1, y: right ? portAt(n, p, direction) - 1 : spot.height - 1,
  }));
  return [...out, { id: null, type: 'target' as const, position: (right ? 'left' : 'top') as never, width: 2, height: 2, x: right ? -1 : spot.width / 2 - 1, y: right ? sizes.head / 2 - 1 : -1 }];
}

/** What each card shows. */
function cards(desk: Desk, doc: FlowDocument, direction: Direction, selected: string): Map<string, CardData> {
  const { draft, names, course, traffic } = desk;
  const runs = draft.runs.value;
  const open = new Map(draft.open.value.map((u) => [u.node, holeText(u.hole)]));
  const errors = new Map<string, number>(), warnings = new Map<string, number>();
  for (const p of draft.issues.value) {
    const m = p.severity === 'error' ? errors : warnings;
    m.set(p.node, (m.get(p.node) ?? 0) + 1);
  }
  const steps = new Map<string, { step: string; reason: string }>();
  (course?.path ?? []).forEach((v, i) => {
    const was = steps.get(v.node);
    steps.set(v.node, { step: was ? `${was.step}, ${i + 1}` : String(i + 1), reason: v.reason ?? was?.reason ?? '' });
  });
  const first = selected || doc.start || doc.nodes[0]?.id;
  return new Map(doc.nodes.map((node) => [node.id, {
    node, direction, line: summary(node, names), faded: !runs.has(node.id), errors: errors.get(node.id) ?? 0, warnings: warnings.get(node.id) ?? 0, open: open.get(node.id) ?? '',
    step: steps.get(node.id)?.step ?? '', reason: steps.get(node.id)?.reason ?? '', traffic: traffic?.get(node.id), focusable: node.id === first, writable: draft.writable,
  }]));
}

const same = (a: Record<string, unknown>, b: Record<string, unknown>) => Object.keys(a).every((k) => a[k] === b[k]);

/** Nodes as React Flow takes them; what did not change is the same object, and is not drawn again. */
function useNodes(desk: Desk, doc: FlowDocument, spots: Map<string, Spot>, direction: Direction, drag: { id: string; x: number; y: number } | null): Node[] {
  const selected = desk.draft.selected.value;
  const last = useRef(new Map<string, Node>());
  const data = cards(desk, doc, direction, selected);
  const flow = desk.draft.flow.value;
  const numbers = [...(flow?.numbers ?? []), ...(flow?.for_number ? [flow.for_number] : [])].map((n) => desk.names.e164(n.name)).join(', ');
  const next = new Map<string, Node>();
  const start = spots.get(doc.start);
  const at = direction === 'right' ? { x: (start?.x ?? 0) - startSize.width - 64, y: (start?.y ?? 0) + sizes.head / 2 - startSize.height / 2 }
    : { x: (start ? start.x + start.width / 2 : 0) - startSize.width / 2, y: (start?.y ?? 0) - startSize.height - 56 };
  const put = (id: string, fresh: Node) => {
    const old = last.current.get(id);
    const keep = old && same(old.data, fresh.data) && old.position.x === fresh.position.x && old.position.y === fresh.position.y && old.selected === fresh.selected && old.width === fresh.width && old.height === fresh.height && old.draggable === fresh.draggable;
    next.set(id, keep ? old : fresh);
  };
  const right = direction === 'right';
  put(startID, {
    id: startID, type: 'start', position: at, data: { direction, writable: desk.draft.writable, numbers }, ...startSize, draggable: false, selectable: false, focusable: false,
    handles: [{ id: 'start', type: 'source', position: (right ? 'right' : 'bottom') as never, width: 2, height: 2, x: right ? startSize.width - 1 : startSize.width / 2 - 1, y: right ? startSize.height / 2 - 1 : startSize.height - 1 }],
  });
  for (const n of doc.nodes) {
    const spot = spots.get(n.id)!;
    put(n.id, {
      id: n.id, type: 'card', data: data.get(n.id)!, position: drag?.id === n.id ? { x: drag.x, y: drag.y } : { x: spot.x, y: spot.y }, width: spot.width, height: spot.height,
      selected: n.id === selected, focusable: false, draggable: desk.draft.writable && right, handles: handles(n, spot, direction),
    });
  }
  last.current = next;
  return [...next.values()];
}

/** Where an edge that leads back passes: beyond all that lies between its ends. */
function roundabout(spots: Map<string, Spot>, source: string, target: string, direction: Direction): { centerX?: number; centerY?: number } {
  const a = spots.get(source), b = spots.get(target);
  if (!a || !b) return {};
  const right = direction === 'right';
  const begin = (s: Spot) => (right ? s.x : s.y), end = (s: Spot) => (right ? s.x + s.width : s.y + s.height), edge = (s: Spot) => (right ? s.y + s.height : s.x + s.width);
  if (begin(b) > end(a)) return {};
  let beyond = Math.max(edge(a), edge(b));
  for (const s of spots.values()) if (begin(s) <= end(a) && end(s) >= begin(b)) beyond = Math.max(beyond, edge(s));
  return right ? { centerY: beyond + 34 } : { centerX: beyond + 34 };
}

/** An edge for each way that leads somewhere; those that the simulated call took stand out. */
function useLines(desk: Desk, doc: FlowDocument, spots: Map<string, Spot>, direction: Direction): Line[] {
  const { course } = desk;
  const runs = desk.draft.runs.value;
  return useMemo(() => {
    const taken = new Set<string>();
    (course?.path ?? []).forEach((v, i, all) => {
      const n = nodeOf(doc, v.node);
      const to = all[i + 1]?.node;
      if (i === 0) taken.add(`${startID} start`);
      const port = v.branch || (n ? ports(n).find((p) => n.next?.[p] === to) : undefined);
      if (to !== undefined && port) taken.add(`${v.node} ${port}`);
    });
    const line = (source: string, port: string, target: string, faded: boolean): Line => ({
      id: `${source} ${port}`, source, sourceHandle: port, target, type: 'way', data: roundabout(spots, source, target, direction), focusable: false, selectable: false, interactionWidth: 0,
      className: `${faded ? 'faded' : ''} ${taken.has(`${source} ${port}`) ? 'walked' : ''}`, 
      markerEnd: { type: MarkerType.ArrowClosed, width: 18, height: 18, markerUnits: 'userSpaceOnUse', color: taken.has(`${source} ${port}`) ? 'var(--brand)' : 'var(--strong-line)' },
    });
    const lines = nodeOf(doc, doc.start) ? [line(startID, 'start', doc.start, false)] : [];
    const ids = new Set(doc.nodes.map((n) => n.id));
    for (const n of doc.nodes) for (const p of [...ports(n), ...idlePorts(n)]) {
      const to = n.next?.[p];
      if (to && ids.has(to)) lines.push(line(n.id, p, to, !runs.has(n.id) || idlePorts(n).includes(p)));
    }
    return lines.sort((a, b) => Number(taken.has(a.id)) - Number(taken.has(b.id))); // those that were walked are drawn over the others
  }, [doc, course, runs, spots, direction]);
}

/** The keys of the canvas (SPEC F17). It says whether the key was one. */
function canvasKey(desk: Desk, e: KeyboardEvent, doc: FlowDocument, spots: Map<string, Spot>, direction: Direction, focus: (id: string) => void): boolean {
  const { draft } = desk;
  const id = draft.selected.value || ((e.target as HTMLElement).dataset['node'] ?? ''); // the focus may be a moment behind
  if (e.ctrlKey || e.metaKey || e.altKey) return false;
  const to = neighbour(doc, spots, id, e.key, direction);
  if (to) {
    focus(to);
    return true;
  }
  if (/^(Arrow|Home)/.test(e.key)) return true;
  if (!draft.writable) return false;
  switch (e.key) {
    case 'Insert': case '+': {
      const edge = edgeAfter(draft, id) ?? { from: '', port: 'start' };
      desk.add(edge);
      return true;
    }
    case 'b': case 'B': {
      const n = nodeOf(doc, id);
      if (n && branchField(n.type)) draft.change((d) => addBranch(d, id)?.doc ?? d);
      return true;
    }
    case 'Delete': case 'Backspace': {
      const near = neighbour(doc, spots, id, direction === 'right' ? 'ArrowLeft' : 'ArrowUp', direction) || neighbour(doc, spots, id, direction === 'right' ? 'ArrowRight' : 'ArrowDown', direction);
      removeNode(draft, id);
      if (near) focus(near);
      return true;
    }
  }
  return false;
}

/** What is shown first: the whole flow where it can be read so; else its beginning. */
function firstView(spots: Map<string, Spot>, start: string, direction: Direction, box: { width: number; height: number }): { x: number; y: number; zoom: number } {
  const all = [...spots.values()];
  const margin = 48, lead = direction === 'right' ? { x: startSize.width + 64, y: 0 } : { x: 0, y: startSize.height + 56 };
  const left = Math.min(0, ...all.map((s) => s.x)) - lead.x, top = Math.min(0, ...all.map((s) => s.y)) - lead.y;
  const width = Math.max(1, ...all.map((s) => s.x + s.width)) - left, height = Math.max(1, ...all.map((s) => s.y + s.height)) - top;
  const zoom = Math.min((box.width - 2 * margin) / width, (box.height - 2 * margin) / height, 1);
  const readable = 0.72;
  if (zoom >= readable) return { x: (box.width - width * zoom) / 2 - left * zoom, y: (box.height - height * zoom) / 2 - top * zoom, zoom };
  const z = 0.85, first = spots.get(start) ?? { x: 0, y: 0, width: 0, height: 0 };
  const inside = (size: number, room: number, from: number, focus: number) => (size * z <= room - 2 * margin ? (room - size * z) / 2 - from * z : Math.min(room / 2 - focus * z, margin - from * z));
  return direction === 'right'
    ? { x: margin - left * z, y: inside(height, box.height, top, first.y + first.height / 2), zoom: z }
    : { x: inside(width, box.width, left, first.x + first.width / 2), y: margin - top * z, zoom: z };
}

function Drawing({ direction }: { direction: Direction }) {
  const desk = useDesk();
  const { draft } = desk;
  const doc = draft.doc.value!;
  const spots = useMemo(() => placed(doc, direction), [doc, direction]);
  const [drag, setDrag] = useState<{ id: string; x: number; y: number } | null>(null);
  const nodes = useNodes(desk, doc, spots, direction, drag);
  const lines = useLines(desk, doc, spots, direction);
  const frame = useRef<HTMLDivElement>(null);
  const rf = useReactFlow();
  const wanted = useRef('');

  const show = useCallback((id: string, smooth = true) => {
    const spot = spots.get(id), box = frame.current?.getBoundingClientRect();
    if (!spot || !box) return;
    const v = rf.getViewport();
    const left = spot.x * v.zoom + v.x, top = spot.y * v.zoom + v.y;
    if (left >= 8 && top >= 8 && left + spot.width * v.zoom <= box.width - 8 && top + spot.height * v.zoom <= box.height - 8) return;
    const calm = !smooth || matchMedia('(prefers-reduced-motion: reduce)').matches;
    void rf.setCenter(spot.x + spot.width / 2, spot.y + spot.height / 2, { zoom: Math.max(v.zoom, 0.6), duration: calm ? 0 : 200 });
  }, [spots, rf]);
  const focus = (id: string) => {
    draft.selected.value = id;
    const el = frame.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(id)}"]`);
    if (el) el.focus({ preventScroll: true });
    else wanted.current = id;
    show(id, false);
  };
  useEffect(() => { // the node may be drawn only now: it was out of sight
    if (!wanted.current) return;
    const el = frame.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(wanted.current)}"]`);
    if (el) {
      wanted.current = '';
      el.focus({ preventScroll: true });
    }
  });
  const selected = draft.selected.value;
  useEffect(() => {
    if (!selected) return;
    const soon = setTimeout(() => show(selected), 60); // the panel that opens takes some room
    return () => clearTimeout(soon);
  }, [selected, desk.panel === 'none']);
  const first = () => void rf.setViewport(firstView(spots, doc.start, direction, frame.current!.getBoundingClientRect()));
  useEffect(first, [direction]);

  const changed = (changes: NodeChange[]) => {
    for (const c of changes) if (c.type === 'position' && c.position && c.dragging) setDrag({ id: c.id, x: c.position.x, y: c.position.y });
  };
  const dropped = (_: unknown, node: Node) => {
    if (drag) draft.change((d) => place(d, { id: node.id, x: node.position.x, y: node.position.y }));
    setDrag(null);
  };
  const connect = (c: Connection) => draft.change((d) => lead(d, c.source === startID ? { from: '', port: 'start' } : { from: c.source, port: c.sourceHandle ?? 'done' }, c.target));
  return (
    <div ref={frame} class="fl-canvas" onKeyDown={(e) => { if (canvasKey(desk, e, doc, spots, direction, focus)) { e.preventDefault(); e.stopPropagation(); } }}>
      <ReactFlow nodes={nodes} edges={lines} nodeTypes={nodeTypes} edgeTypes={edgeTypes} onInit={first} onNodesChange={changed} onNodeDragStop={dropped as never} onConnect={connect}
        onPaneClick={() => { draft.selected.value = ''; }} minZoom={0.1} maxZoom={1.75} snapToGrid snapGrid={[10, 10]} nodesFocusable={false} edgesFocusable={false} disableKeyboardA11y
        onlyRenderVisibleElements={doc.nodes.length > 60} nodesConnectable={draft.writable} deleteKeyCode={null} selectionKeyCode={null} multiSelectionKeyCode={null} zoomOnDoubleClick={false}
        elevateNodesOnSelect={false} connectionRadius={30} aria-label={t('flow.canvas')} ariaLabelConfig={{ 'controls.zoomIn.ariaLabel': t('flow.zoom_in'), 'controls.zoomOut.ariaLabel': t('flow.zoom_out'), 'controls.fitView.ariaLabel': t('flow.fit'), 'controls.ariaLabel': t('flow.zoom'), 'minimap.ariaLabel': t('flow.minimap') }} fitViewOptions={{ padding: 0.12, maxZoom: 1 }}>
        <Background variant={BackgroundVariant.Dots} gap={20} size={1.2} />
        <Controls showInteractive={false} aria-label={t('flow.zoom')} />
        {doc.nodes.length > 8 && <MiniMap pannable zoomable ariaLabel={t('flow.minimap')} />}
      </ReactFlow>
    </div>
  );
}

/** The canvas of the open flow. */
export function Canvas({ direction }: { direction: Direction }) {
  return <ReactFlowProvider><Drawing direction={direction} /></ReactFlowProvider>;
}
