// What a conversion to a direct number does to a flow, for people to read before they publish it (SPEC D6).

/** As much of a flow/v1 document as is needed here. */
export interface Node { id: string; type: string; title?: string; config?: Record<string, unknown> }
export interface Document { nodes: Node[] }

/** Whom a Ring-to rings. */
export interface Target { user?: string; team?: string }
export interface Reassigned { node: Node; from: Target; to: Target }
export interface Change { kept: Node[]; reassigned: Reassigned[]; same: Node[] }

/** Reads a document that came as any JSON. */
export function documentOf(json: unknown): Document {
  const nodes = (json as { nodes?: unknown } | null | undefined)?.nodes;
  return { nodes: Array.isArray(nodes) ? (nodes as Node[]).filter((n) => typeof n?.id === 'string' && typeof n.type === 'string') : [] };
}

const targetOf = (n: Node | undefined): Target => (n?.config?.['target'] as Target | undefined) ?? {};

/** Compares the flow that callers follow now with that of the direct number: Ring-to widgets whose target is another one, those that rang the user already or are new, and every other widget. */
export function changeOf(before: Document, after: Document): Change {
  const old = new Map(before.nodes.map((n) => [n.id, n]));
  const out: Change = { kept: [], reassigned: [], same: [] };
  for (const node of after.nodes) {
    if (node.type !== 'ring_to') {
      out.kept.push(node);
      continue;
    }
    const was = old.get(node.id), from = targetOf(was), to = targetOf(node);
    if (!was || from.user === to.user && from.team === to.team) out.same.push(node);
    else out.reassigned.push({ node, from, to });
  }
  return out;
}
