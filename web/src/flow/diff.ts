// What lies between two documents of a flow, in the form that the API gives for two versions: for what is not on the server yet.
import type { Schemas } from '../api/client';
import { idlePorts, ports, type FlowDocument, type FlowNode } from './model';

export type Difference = Schemas['FlowDifference'];
type Field = Schemas['FlowField'];

const plain = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v);

function fields(before: unknown, after: unknown, path: string, out: Field[]): void {
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  if (plain(before) && plain(after)) {
    for (const k of new Set([...Object.keys(before), ...Object.keys(after)])) fields(before[k], after[k], path ? `${path}.${k}` : k, out);
    return;
  }
  if (Array.isArray(before) && Array.isArray(after) && [...before, ...after].every(plain)) {
    for (let i = 0; i < Math.max(before.length, after.length); i++) fields(before[i], after[i], `${path}[${i}]`, out);
    return;
  }
  out.push({ path, before: before ?? null, after: after ?? null });
}

const ways = (n: FlowNode) => [...ports(n), ...idlePorts(n)];

/** Says what was done between two documents. */
export function difference(from: FlowDocument, to: FlowDocument): Difference {
  const old = new Map(from.nodes.map((n) => [n.id, n]));
  const now = new Map(to.nodes.map((n) => [n.id, n]));
  const out = { from: '', to: '', fields: [] as Field[], added: [] as string[], removed: [] as string[], changed: [] as Schemas['NodeDifference'][], edges: [] as Schemas['EdgeDifference'][] };
  for (const k of ['name', 'language', 'timezone'] as const) fields(from[k], to[k], k, out.fields);
  if (from.start !== to.start) out.edges.push({ from: '', port: 'start', before: from.start, after: to.start });
  for (const n of to.nodes) if (!old.has(n.id)) out.added.push(n.id);
  for (const n of from.nodes) {
    const m = now.get(n.id);
    if (!m) {
      out.removed.push(n.id);
      continue;
    }
    const changed: Field[] = [];
    for (const k of ['type', 'title'] as const) fields(n[k], m[k], k, changed);
    fields(n.config ?? {}, m.config ?? {}, 'config', changed);
    if (changed.length > 0) out.changed.push({ node: n.id, title: m.title ?? '', fields: changed });
    for (const p of new Set([...ways(n), ...ways(m)])) {
      const before = n.next?.[p] ?? '', after = m.next?.[p] ?? '';
      if (before !== after) out.edges.push({ from: n.id, port: p, before, after });
    }
  }
  return out as Difference;
}
