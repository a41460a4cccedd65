// Where the nodes of a flow are drawn: in layers, each node one layer after the last of those that lead to it. Flows are near-trees, so each node hangs
// on one of the nodes that lead to it, and siblings are put as close as their outlines allow.
import { idlePorts, ports, type FlowDocument, type FlowNode } from './model';

export type Direction = 'right' | 'down';
export interface Spot { x: number; y: number; width: number; height: number }

export const sizes = { width: 232, head: 60, row: 30, add: 30, portWidth: 128, layerGap: 76, gap: 28 } as const;

/** Whether a node shows its ports one by one: a node with one way on does not need to. */
export function manyPorts(n: FlowNode): boolean {
  return ports(n).length > 1 || ['ivr', 'time_rule', 'caller_rule', 'split'].includes(n.type);
}

/** How large a node is drawn; editable ones with branches have a line to add one. */
export function sizeOf(n: FlowNode, direction: Direction): { width: number; height: number } {
  const rows = manyPorts(n) ? ports(n).length : 0;
  if (direction === 'down') return { width: Math.max(sizes.width, rows * sizes.portWidth), height: sizes.head + (rows ? sizes.row : 0) };
  return { width: sizes.width, height: sizes.head + rows * sizes.row };
}

/** Where, across the direction of reading, a port leaves its node; from the node's beginning. */
export function portAt(n: FlowNode, port: string, direction: Direction): number {
  const i = ports(n).indexOf(port);
  if (direction === 'down') return manyPorts(n) && i >= 0 ? (sizeOf(n, direction).width / ports(n).length) * (i + 0.5) : sizeOf(n, direction).width / 2;
  return manyPorts(n) && i >= 0 ? sizes.head + i * sizes.row + sizes.row / 2 : sizes.head / 2;
}

interface Way { port: string; to: string }

/** The layers by the longest way from the start, over edges that do not lead back. */
function layers(doc: FlowDocument, ways: Map<string, Way[]>, roots: string[]): { layer: Map<string, number>; back: Set<string> } {
  const state = new Map<string, 'open' | 'done'>();
  const back = new Set<string>();
  const order: string[] = [];
  for (const root of roots) {
    const stack: { id: string; next: number }[] = [{ id: root, next: 0 }];
    if (state.has(root)) continue;
    state.set(root, 'open');
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const way = ways.get(top.id)![top.next++];
      if (!way) {
        state.set(top.id, 'done');
        order.push(top.id);
        stack.pop();
      } else if (state.get(way.to) === 'open') back.add(`${top.id} ${way.port}`);
      else if (!state.has(way.to)) {
        state.set(way.to, 'open');
        stack.push({ id: way.to, next: 0 });
      }
    }
  }
  const layer = new Map(doc.nodes.map((n) => [n.id, 0]));
  for (const id of order.reverse()) for (const w of ways.get(id)!) if (!back.has(`${id} ${w.port}`)) layer.set(w.to, Math.max(layer.get(w.to)!, layer.get(id)! + 1));
  return { layer, back };
}

/** A part of the drawing: where its nodes are across the direction, and how far it reaches in each layer. */
interface Part { at: Map<string, number>; low: Map<number, number>; high: Map<number, number> }

function shift(part: Part, by: number): void {
  for (const m of [part.at, part.low, part.high]) for (const [k, v] of m as Map<unknown, number>) m.set(k as never, v + by);
}

function join(into: Part, part: Part): void {
  for (const [id, v] of part.at) into.at.set(id, v);
  for (const [l, v] of part.low) into.low.set(l, Math.min(v, into.low.get(l) ?? Infinity));
  for (const [l, v] of part.high) into.high.set(l, Math.max(v, into.high.get(l) ?? -Infinity));
}

/** How far a part must be shifted so as not to touch what is there already. */
function clearance(there: Part, part: Part): number {
  let by = 0;
  for (const [l, low] of part.low) {
    const high = there.high.get(l);
    if (high !== undefined) by = Math.max(by, high + sizes.gap - low);
  }
  return by;
}

/** The places of all nodes, by their id. Places that people chose are not looked at here. */
export function layout(doc: FlowDocument, direction: Direction): Map<string, Spot> {
  const byID = new Map(doc.nodes.map((n) => [n.id, n]));
  const ways = new Map(doc.nodes.map((n) => [n.id, [...ports(n), ...idlePorts(n)].map((port) => ({ port, to: n.next?.[port] ?? '' })).filter((w) => byID.has(w.to))]));
  const led = new Set([...ways.values()].flat().map((w) => w.to));
  const roots = [...new Set([...(byID.has(doc.start) ? [doc.start] : []), ...doc.nodes.filter((n) => !led.has(n.id)).map((n) => n.id), ...doc.nodes.map((n) => n.id)])];
  const { layer, back } = layers(doc, ways, roots);
  const across = (n: FlowNode) => { const s = sizeOf(n, direction); return direction === 'right' ? s.height : s.width; };
  const entry = (n: FlowNode) => (direction === 'right' ? sizes.head / 2 : across(n) / 2);
  const hung = new Set<string>();
  const build = (id: string): Part => {
    const n = byID.get(id)!;
    const l = layer.get(id)!;
    const part: Part = { at: new Map([[id, 0]]), low: new Map([[l, 0]]), high: new Map([[l, across(n)]]) };
    const below: Part = { at: new Map(), low: new Map(), high: new Map() };
    for (const w of ways.get(id)!) {
      if (hung.has(w.to) || back.has(`${id} ${w.port}`) || layer.get(w.to) !== l + 1) continue;
      hung.add(w.to);
      const child = build(w.to);
      shift(child, portAt(n, w.port, direction) - entry(byID.get(w.to)!));
      shift(child, clearance(below, child));
      join(below, child);
    }
    join(part, below);
    return part;
  };
  const whole: Part = { at: new Map(), low: new Map(), high: new Map() };
  for (const root of roots) {
    if (hung.has(root) || (led.has(root) && root !== doc.start && layer.get(root)! > 0)) continue;
    hung.add(root);
    const part = build(root);
    shift(part, clearance(whole, part));
    join(whole, part);
  }
  return spots(doc, direction, layer, whole.at);
}

function spots(doc: FlowDocument, direction: Direction, layer: Map<string, number>, at: Map<string, number>): Map<string, Spot> {
  const thick: number[] = [];
  for (const n of doc.nodes) {
    const s = sizeOf(n, direction);
    const l = layer.get(n.id)!;
    thick[l] = Math.max(thick[l] ?? 0, direction === 'right' ? s.width : s.height);
  }
  const begin: number[] = [];
  for (let l = 0, from = 0; l < thick.length; l++) {
    begin[l] = from;
    from += (thick[l] ?? 0) + sizes.layerGap;
  }
  return new Map(doc.nodes.map((n) => {
    const along = begin[layer.get(n.id)!]!, cross = at.get(n.id) ?? 0;
    return [n.id, { ...sizeOf(n, direction), ...(direction === 'right' ? { x: along, y: cross } : { x: cross, y: along }) }];
  }));
}
