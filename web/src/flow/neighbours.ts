// Which node an arrow key leads to (SPEC F17): forth and back along the edges, sideways to what is drawn beside.
import type { Direction, Spot } from './layout';
import { edgesTo, follow, idlePorts, nodeOf, ports, type FlowDocument } from './model';

type Arrow = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown';
const isArrow = (key: string): key is Arrow => /^Arrow(Left|Right|Up|Down)$/.test(key);

/** The node that a key leads to from another one; empty where it leads nowhere. */
export function neighbour(doc: FlowDocument, spots: Map<string, Spot>, id: string, key: string, direction: Direction): string {
  if (key === 'Home') return doc.start;
  if (!isArrow(key)) return '';
  const n = nodeOf(doc, id);
  if (!n) return doc.start;
  const forth: Arrow = direction === 'right' ? 'ArrowRight' : 'ArrowDown';
  const back: Arrow = direction === 'right' ? 'ArrowLeft' : 'ArrowUp';
  if (key === forth) {
    for (const port of [...ports(n), ...idlePorts(n)]) {
      const to = follow(doc, { from: id, port });
      if (to) return to;
    }
    return '';
  }
  if (key === back) { // what stands before comes first: an edge may also come back from behind
    const from = edgesTo(doc, id).map((e) => e.from).filter((f) => f !== '' && f !== id);
    const along = (f: string) => { const s = spots.get(f), here = spots.get(id); return s && here && (direction === 'right' ? s.x < here.x : s.y < here.y) ? 0 : 1; };
    return from.sort((a, b) => along(a) - along(b) || distance(spots, id, a) - distance(spots, id, b))[0] ?? '';
  }
  return beside(spots, id, key, direction);
}

const middle = (s: Spot) => ({ x: s.x + s.width / 2, y: s.y + s.height / 2 });

function distance(spots: Map<string, Spot>, a: string, b: string): number {
  const p = spots.get(a), q = spots.get(b);
  if (!p || !q) return Infinity;
  const m = middle(p), o = middle(q);
  return Math.hypot(m.x - o.x, m.y - o.y);
}

/** The nearest node on one side; what stands in the same layer comes before what is only near. */
function beside(spots: Map<string, Spot>, id: string, key: Arrow, direction: Direction): string {
  const here = spots.get(id);
  if (!here) return '';
  const m = middle(here);
  let best = '', least = Infinity;
  for (const [other, spot] of spots) {
    if (other === id) continue;
    const o = middle(spot);
    const cross = direction === 'right' ? o.y - m.y : o.x - m.x, along = direction === 'right' ? o.x - m.x : o.y - m.y;
    const forward = key === 'ArrowDown' || key === 'ArrowRight' ? cross : -cross;
    if (forward <= 4) continue;
    const far = forward + Math.abs(along) * 3;
    if (far < least) [best, least] = [other, far];
  }
  return best;
}
