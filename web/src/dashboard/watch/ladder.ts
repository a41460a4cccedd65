// The SIP ladder of a call: who the lanes are, and where each arrow goes.
import type { Schemas } from '../../api/client';

export type Item = Schemas['LadderItem'];
type Leg = Schemas['LegObject'];

/** A lane: an address on the wire, and who that is. */
export interface Lane { address: string; kind: 'us' | 'carrier' | 'device'; name: string; detail: string }
export interface Rung { n: number; from: number; to: number; at: number; words: string; tone: 'request' | 'good' | 'bad' | 'soft'; sdp: boolean; item: Item }
export interface Ladder { lanes: Lane[]; rungs: Rung[]; start: string }

/** The method of CSeq (RFC 3261 section 20.16). */
function methodOf(raw: string): string {
  return /^CSeq[ \t]*:[ \t]*\d+[ \t]+(\S+)/im.exec(raw)?.[1] ?? '';
}

const isResponse = (first: string) => first.startsWith('SIP/2.0 ');

/** A request or response in a few words: "INVITE", "200 OK · INVITE". */
export function wordsOf(i: Pick<Item, 'first' | 'raw'>): string {
  if (!isResponse(i.first)) return i.first.split(' ')[0] ?? '';
  const method = methodOf(i.raw);
  return method ? `${i.first.slice(8)} · ${method}` : i.first.slice(8);
}

function toneOf(i: Item): Rung['tone'] {
  if (!isResponse(i.first)) return 'request';
  const code = Number(i.first.slice(8, 11));
  if (code < 200) return 'soft';
  return code < 300 ? 'good' : 'bad';
}

/** Our own address on the wire: the one that is at an end of the most requests and responses. */
function ours(items: Item[]): Set<string> {
  const ends = new Map<string, number>();
  for (const i of items) for (const a of [i.from, i.to]) ends.set(a, (ends.get(a) ?? 0) + 1);
  const out = new Set<string>();
  let left = items;
  while (left.length > 0) { // with several listeners each of them is ours: take the busiest until every item has an end that is
    let best = '';
    for (const [a] of ends) if (!out.has(a) && left.some((i) => i.from === a || i.to === a) && (best === '' || count(left, a) > count(left, best))) best = a;
    if (best === '') break;
    out.add(best);
    left = left.filter((i) => !out.has(i.from) && !out.has(i.to));
  }
  return out;
}

const count = (items: Item[], a: string) => items.filter((i) => i.from === a || i.to === a).length;

interface Words { us: string; device: (kind: string) => string }

function laneFor(address: string, us: Set<string>, items: Item[], legs: Leg[], words: Words): Lane {
  if (us.has(address)) return { address, kind: 'us', name: words.us, detail: address };
  const touching = new Set(items.filter((i) => i.from === address || i.to === address).map((i) => i.leg));
  const mine = legs.filter((l) => touching.has(l.id));
  const trunk = mine.find((l) => l.trunk);
  if (trunk?.trunk && trunk.kind !== 'native') return { address, kind: 'carrier', name: trunk.trunk.name, detail: address };
  const users = [...new Set(mine.map((l) => l.user?.name).filter(Boolean))].join(', ');
  const device = [...new Set(mine.map((l) => l.device).filter((d): d is string => Boolean(d)))].map(words.device).join(', ');
  return { address, kind: 'device', name: users || device || address, detail: users && device ? `${device} · ${address}` : address };
}

/** Lays a call's SIP out: the carrier on the left, then us, then devices as they appear. */
export function layOut(items: Item[], legs: Leg[], words: Words): Ladder {
  const us = ours(items);
  const addresses = [...new Set(items.flatMap((i) => [i.from, i.to]))];
  const all = addresses.map((a) => laneFor(a, us, items, legs, words));
  const rank = { carrier: 0, us: 1, device: 2 } as const;
  const lanes = all.map((lane, i) => ({ lane, i })).sort((a, b) => rank[a.lane.kind] - rank[b.lane.kind] || a.i - b.i).map((x) => x.lane);
  const place = new Map(lanes.map((l, i) => [l.address, i]));
  const start = items[0]?.at ?? '';
  const zero = new Date(start).getTime();
  const rungs = items.map((item, n): Rung => ({
    n, item, from: place.get(item.from) ?? 0, to: place.get(item.to) ?? 0, at: (new Date(item.at).getTime() - zero) / 1000, words: wordsOf(item), tone: toneOf(item), sdp: /\r?\nv=0/.test(item.raw),
  }));
  return { lanes, rungs, start };
}

/** The head and the body of a request or response. */
export function cutRaw(raw: string): { first: string; headers: { name: string; value: string }[]; body: string } {
  const text = raw.replace(/\r\n/g, '\n');
  const gap = text.indexOf('\n\n');
  const head = (gap < 0 ? text : text.slice(0, gap)).split('\n');
  const headers = head.slice(1).filter(Boolean).map((line) => {
    const colon = line.indexOf(':');
    return colon < 0 ? { name: '', value: line } : { name: line.slice(0, colon), value: line.slice(colon + 1).trim() };
  });
  return { first: head[0] ?? '', headers, body: gap < 0 ? '' : text.slice(gap + 2).trimEnd() };
}
