// What people do to a flow, as pure functions: each gives a new document, and leaves the old one for undo. They are the rules of the API's draft
// actions (insert, remove, move, branch), so that a page which is offline for a moment goes on.
import { branchField, branches, follow, idlePorts, nodeOf, ports, restPort, terminal, type Branch, type Config, type Edge, type FlowDocument, type FlowNode } from './model';

const mostBranches = 100;
const keys = '1234567890*#';

/** Lets an edge lead to a node; to "" for nowhere. */
export function lead(doc: FlowDocument, e: Edge, to: string): FlowDocument {
  if (e.from === '') return { ...doc, start: to };
  return change(doc, e.from, (n) => {
    const next = { ...n.next };
    if (to) next[e.port] = to;
    else delete next[e.port];
    return { ...n, next };
  });
}

/** Changes one node. */
export function change(doc: FlowDocument, id: string, how: (n: FlowNode) => FlowNode): FlowDocument {
  return { ...doc, nodes: doc.nodes.map((n) => (n.id === id ? how(n) : n)) };
}

/** Changes fields of a node's config; undefined takes a field away. */
export function configure(doc: FlowDocument, id: string, fields: Config): FlowDocument {
  return change(doc, id, (n) => {
    const config: Config = { ...n.config, ...fields };
    for (const [k, v] of Object.entries(config)) if (v === undefined) delete config[k];
    return { ...n, config };
  });
}

function freeID(doc: FlowDocument): string {
  const taken = new Set(doc.nodes.map((n) => n.id));
  for (let i = doc.nodes.length + 1; ; i++) if (!taken.has(`n${i}`)) return `n${i}`;
}

/** Puts a node on an edge (SPEC F4): the edge leads to it, and each of its ports that leads nowhere leads to where the edge led. */
export function insert(doc: FlowDocument, e: Edge, node: Omit<FlowNode, 'id'> & { id?: string }): { doc: FlowDocument; id: string } {
  const after = follow(doc, e);
  const id = node.id || freeID(doc);
  const added: FlowNode = { ...node, id };
  const next = { ...node.next };
  for (const p of terminal(added.type) ? idlePorts(added) : ports(added)) if (!next[p] && after) next[p] = after;
  added.next = next;
  const at = doc.nodes.findIndex((n) => n.id === e.from) + 1;
  const nodes = [...doc.nodes.slice(0, at), added, ...doc.nodes.slice(at)];
  return { doc: lead({ ...doc, nodes }, e, id), id };
}

/** The port by which a walk goes on in the first place. */
const wayOn = (n: FlowNode) => [...ports(n), ...idlePorts(n)][0] ?? '';

/** Takes a node away: what led to it leads to where its first port led. */
export function remove(doc: FlowDocument, id: string): FlowDocument {
  const n = nodeOf(doc, id);
  if (!n) return doc;
  let after = n.next?.[wayOn(n)] ?? '';
  if (after === id) after = '';
  const nodes = doc.nodes.filter((o) => o.id !== id).map((o) => {
    if (!Object.values(o.next ?? {}).includes(id)) return o;
    const next: Record<string, string> = {};
    for (const [p, to] of Object.entries(o.next ?? {})) {
      if (to !== id) next[p] = to;
      else if (after) next[p] = after;
    }
    return { ...o, next };
  });
  const layout = { ...doc.layout };
  delete layout[id];
  return withLayout({ ...doc, nodes, start: doc.start === id ? after : doc.start }, layout);
}

function withLayout(doc: FlowDocument, layout: Record<string, [number, number]>): FlowDocument {
  const { layout: _, ...rest } = doc;
  return Object.keys(layout).length > 0 ? { ...rest, layout } : rest;
}

/** Puts a node in another place: taken out as remove does, and put on an edge as insert does. Its other branches stay its own. */
export function move(doc: FlowDocument, id: string, e: Edge): FlowDocument {
  const n = nodeOf(doc, id);
  if (!n || e.from === id) return doc;
  const next = { ...n.next };
  delete next[wayOn(n)];
  const { [id]: _, ...layout } = doc.layout ?? {}; // it stands elsewhere now
  return withLayout(insert(remove(doc, id), e, { ...n, next }).doc, layout);
}

/** Puts a copy of a node right after it, on its first way. */
export function copyNode(doc: FlowDocument, id: string, title: string): { doc: FlowDocument; id: string } {
  const n = nodeOf(doc, id)!;
  const { id: _, next: __, ...rest } = structuredClone(n);
  return insert(doc, { from: id, port: wayOn(n) }, { ...rest, title });
}

/** Gives a node one more branch (SPEC F5, T2), before index at or as the last; it leads to where calls that fit no branch go. Null: it can have no more. */
export function addBranch(doc: FlowDocument, id: string, title = '', at?: number): { doc: FlowDocument; branch: string } | null {
  const n = nodeOf(doc, id);
  const field = n ? branchField(n.type) : '';
  if (!n || !field) return null;
  const all = branches(n);
  const taken = new Set([...all.map((b) => b.id), 'otherwise', 'no_or_wrong_input']);
  let i = all.length + 1;
  while (taken.has(`b${i}`)) i++;
  const one: Branch = { id: `b${i}`, title };
  if (n.type === 'ivr') {
    const free = [...keys].find((k) => !all.some((b) => b['key'] === k));
    if (!free) return null;
    one['key'] = free;
  }
  if (all.length >= mostBranches) return null;
  if (n.type === 'time_rule') one['slots'] = [];
  if (n.type === 'caller_rule') one['match'] = {};
  const place = at ?? all.length;
  const more = [...all.slice(0, place), one, ...all.slice(place)];
  const rest = n.next?.[n.type === 'split' ? (all[0]?.id ?? '') : restPort(n.type)];
  const next = { ...n.next };
  if (rest) next[one.id] = rest;
  return { doc: change(doc, id, (o) => ({ ...o, next, config: { ...o.config, [field]: n.type === 'split' ? shared(more) : more } })), branch: one.id };
}

/** The same branches with equal shares; the last takes what rounding leaves. */
export function shared(all: Branch[]): Branch[] {
  const each = Math.floor(10000 / all.length) / 100;
  return all.map((b, i) => ({ ...b, percent: i < all.length - 1 ? each : Math.round((100 - each * (all.length - 1)) * 100) / 100 }));
}

/** Takes a branch away; what followed it stays, and may not be reached any more. A split keeps its last one. */
export function removeBranch(doc: FlowDocument, id: string, branch: string): FlowDocument {
  return change(doc, id, (n) => {
    const field = branchField(n.type);
    const left = branches(n).filter((b) => b.id !== branch);
    if (!field || (n.type === 'split' && left.length === 0)) return n;
    const next = { ...n.next };
    delete next[branch];
    return { ...n, next, config: { ...n.config, [field]: n.type === 'split' ? shared(left) : left } };
  });
}

/** Changes one branch of a node. */
export function changeBranch(doc: FlowDocument, id: string, branch: string, fields: Config): FlowDocument {
  return change(doc, id, (n) => ({ ...n, config: { ...n.config, [branchField(n.type)]: branches(n).map((b) => (b.id === branch ? { ...b, ...fields } : b)) } }));
}

/** Moves a branch by steps among its siblings: order matters, the first that fits wins (SPEC T6). */
export function moveBranch(doc: FlowDocument, id: string, branch: string, by: number): FlowDocument {
  return change(doc, id, (n) => {
    const all = [...branches(n)];
    const i = all.findIndex((b) => b.id === branch);
    const to = i + by;
    if (i < 0 || to < 0 || to >= all.length) return n;
    all.splice(to, 0, ...all.splice(i, 1));
    return { ...n, config: { ...n.config, [branchField(n.type)]: all } };
  });
}

/** Keeps where a node was put by hand; null forgets every such place. */
export function place(doc: FlowDocument, at: { id: string; x: number; y: number } | null): FlowDocument {
  if (!at) return withLayout(doc, {});
  return withLayout(doc, { ...doc.layout, [at.id]: [Math.round(at.x), Math.round(at.y)] });
}
