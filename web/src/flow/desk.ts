// What every part of the open editor reaches for: the draft, the names, the palette, and what lies over the canvas.
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Schemas } from '../api/client';
import { toast } from '../parts/over';
import { t } from '../i18n/words';
import type { Draft } from './draft';
import { copyNode, insert, remove } from './edits';
import { freshConfig, idlePorts, nodeOf, ports, terminal, type Config, type Edge, type Kind } from './model';
import type { Names } from './names';
import { kindName, nodeName } from './tell';

export type Panel = 'node' | 'issues' | 'simulate' | 'versions' | 'none';
export type Course = Schemas['Report'];
export interface Traffic { calls: number; text: string; tone: 'live' | 'good' | 'warn' | 'bad' | 'soft' }

export interface Desk {
  draft: Draft;
  names: Names;
  palette: Schemas['WidgetObject'][];
  panel: Panel;
  show: (p: Panel) => void;
  /** Opens the choice of what to put on an edge. */
  add: (e: Edge) => void;
  /** The walk of the last simulation, while it is shown. */
  course: Course | null;
  setCourse: (c: Course | null) => void;
  /** What lies over the nodes: calls now, or those of the last days. */
  traffic: Map<string, Traffic> | null;
}

export const DeskContext = createContext<Desk | null>(null);

/** The open editor. */
export function useDesk(): Desk {
  return useContext(DeskContext)!;
}

/** The edge after a node by which an insertion goes on: its first way, also the one after a terminal node. */
export function edgeAfter(draft: Draft, id: string): Edge | null {
  const n = draft.doc.value && nodeOf(draft.doc.value, id);
  if (!n) return null;
  const port = ports(n)[0] ?? idlePorts(n)[0];
  return port === undefined ? null : { from: id, port };
}

/** Takes a node away, and offers to take that back. */
export function removeNode(draft: Draft, id: string): void {
  const n = draft.doc.value && nodeOf(draft.doc.value, id);
  if (!n || !draft.writable) return;
  const before = draft.doc.value;
  draft.change((d) => remove(d, id));
  const after = draft.doc.value;
  if (after !== before) toast(t('flow.removed', { name: nodeName(n) }), 'info', { label: t('flow.undo'), go: () => { if (draft.doc.value === after) draft.undo(); else draft.change(() => before!); } });
}

/** Puts a new node of a type on an edge, and selects it. */
export function addNode(desk: Desk, e: Edge, kind: Kind): void {
  let made = '';
  desk.draft.change((d) => {
    const r = insert(d, e, { type: kind, title: '', config: beginning(desk, kind) });
    made = r.id;
    return r.doc;
  });
  if (made) {
    desk.draft.selected.value = made;
    desk.show('node');
  }
}

/** What a new node says at first; on a direct number a Ring-to rings its user. */
function beginning(desk: Desk, kind: Kind): Config {
  const words = { open: t('flow.new.open'), option: t('flow.new.option'), half: [t('flow.new.half_a'), t('flow.new.half_b')], text: t('flow.new.sms') };
  const config = freshConfig(kind, words);
  const f = desk.draft.flow.value;
  if (kind === 'ring_to' && f?.restricted) config['target'] = { users: (f.direct_users ?? []).map((u) => u.id) };
  if (kind === 'date_rule' && desk.names.dates.length === 1) config['date'] = desk.names.dates[0]!.id;
  return config;
}

/** Puts a copy of a node behind it, and selects that. */
export function duplicateNode(draft: Draft, id: string): void {
  const n = draft.doc.value && nodeOf(draft.doc.value, id);
  if (!n) return;
  let made = '';
  draft.change((d) => {
    const r = copyNode(d, id, t('flow.copy_of', { name: n.title || kindName(n.type) }));
    made = r.id;
    return r.doc;
  });
  draft.selected.value = made;
}

/** Whether what stands behind a node of this type would never be run. */
export const endsHere = terminal;
