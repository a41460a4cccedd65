// A flow as lines that are read from top to bottom (SPEC F18): a node with one way on is followed by the next at the same depth; under a node with
// several, each way is a block one deeper. The same lines as the API's outline.
import { idlePorts, nodeOf, ports, reached, startEdge, terminal, type Edge, type FlowDocument, type FlowNode } from './model';

export interface Line {
  depth: number;
  /** What leads here: where an insertion before this line goes; null for a node that nothing leads to. */
  edge: Edge | null;
  /** The way of its parent that this line begins, where the parent has several. */
  way: boolean;
  /** Undefined: the edge leads nowhere yet. */
  node: FlowNode | undefined;
  /** The node was told above, with all that follows it. */
  again: boolean;
  faded: boolean;
}

/** Lists a flow as lines. */
export function outline(doc: FlowDocument): Line[] {
  const lines: Line[] = [];
  const told = new Set<string>();
  const met = reached(doc);
  const follow = (edge: Edge | null, to: string, depth: number, way: boolean, idle: boolean): void => {
    for (;;) {
      const n = nodeOf(doc, to);
      if (!n) {
        if (edge && !idle) lines.push({ depth, edge, way, node: undefined, again: false, faded: false });
        return;
      }
      const again = told.has(n.id);
      lines.push({ depth, edge, way, node: n, again, faded: !met.has(n.id) });
      if (again) return;
      told.add(n.id);
      const out = ports(n);
      if (out.length > 1) {
        for (const p of out) follow({ from: n.id, port: p }, n.next?.[p] ?? '', depth + 1, true, false);
        return;
      }
      const port = terminal(n.type) ? idlePorts(n)[0]! : out[0];
      if (port === undefined) return;
      edge = { from: n.id, port };
      to = n.next?.[port] ?? '';
      way = false;
      idle = terminal(n.type);
    }
  };
  follow(startEdge, doc.start, 0, false, false);
  for (const n of doc.nodes) if (!told.has(n.id)) follow(null, n.id, 0, false, false);
  return lines;
}
