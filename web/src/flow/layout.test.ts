import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layout, type Direction, type Spot } from './layout';
import type { FlowDocument, FlowNode } from './model';
import { neighbour } from './neighbours';

const doc = (nodes: FlowNode[], start = nodes[0]!.id): FlowDocument => ({ schema: 'flow/v1', name: '', start, nodes });
const say = (id: string, to?: string): FlowNode => ({ id, type: 'audio_message', next: to ? { done: to } : {} });
const menu = (id: string, ...to: string[]): FlowNode => ({
  id, type: 'ivr', config: { options: to.slice(1).map((_, i) => ({ id: `k${i}`, key: String(i) })) }, next: Object.fromEntries(to.map((x, i) => [i < to.length - 1 ? `k${i}` : 'no_or_wrong_input', x])),
});

/** A tree of about so many nodes, each menu with three ways. */
function large(size: number): FlowDocument {
  const nodes: FlowNode[] = [];
  for (let i = 0; i < size; i++) {
    const kids = [1, 2, 3].map((k) => `n${3 * i + k}`).filter((id) => Number(id.slice(1)) < size);
    nodes.push(kids.length === 3 ? menu(`n${i}`, ...kids) : kids.length > 0 ? say(`n${i}`, kids[0]) : say(`n${i}`));
  }
  return doc(nodes);
}

const overlap = (a: Spot, b: Spot) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

function collisions(spots: Map<string, Spot>): string[] {
  const all = [...spots];
  return all.flatMap(([id, a], i) => all.slice(i + 1).filter(([, b]) => overlap(a, b)).map(([other]) => `${id} ${other}`));
}

for (const direction of ['right', 'down'] as Direction[]) {
  test(`no two nodes lie on each other, reading ${direction}`, () => {
    assert.deepEqual(collisions(layout(large(300), direction)), []);
    assert.deepEqual(collisions(layout(doc([menu('m', 'a', 'b', 'c'), say('a', 'z'), say('b', 'c'), say('c', 'z'), say('z', 'm'), say('lost', 'gone'), say('gone')]), direction)), []);
  });

  test(`each node comes after those that lead to it, reading ${direction}`, () => {
    const spots = layout(doc([menu('m', 'a', 'z'), say('a', 'b'), say('b', 'z'), say('z')]), direction);
    const at = (id: string) => (direction === 'right' ? spots.get(id)!.x : spots.get(id)!.y);
    assert.ok(at('m') < at('a') && at('a') < at('b') && at('b') < at('z'));
  });
}

test('a flow that goes round, or has no beginning, is drawn too', () => {
  assert.equal(layout(doc([say('a', 'b'), say('b', 'a')]), 'right').size, 2);
  assert.equal(layout(doc([say('a', 'b'), say('b', 'a')], ''), 'right').size, 2);
  assert.equal(layout(doc([say('a', 'a')]), 'down').size, 1);
});

test('a chain is a straight line', () => {
  const spots = layout(doc([say('a', 'b'), say('b', 'c'), say('c')]), 'right');
  assert.equal(new Set([...spots.values()].map((s) => s.y)).size, 1);
});

test('a flow of 1000 nodes is laid out at once', () => {
  const chain = doc(Array.from({ length: 1000 }, (_, i) => say(`n${i}`, i < 999 ? `n${i + 1}` : undefined)));
  assert.equal(layout(chain, 'right').size, 1000);
  assert.deepEqual(collisions(layout(large(1000), 'right')), []);
});

test('arrows lead along the edges and to what is beside (F17)', () => {
  const d = doc([say('a', 'm'), menu('m', 'x', 'y', 'z'), say('x'), say('y'), say('z')]);
  const spots = layout(d, 'right');
  const go = (id: string, ...keys: string[]) => keys.reduce((at, k) => neighbour(d, spots, at, `Arrow${k}`, 'right') || at, id);
  assert.equal(go('a', 'Right', 'Right'), 'x');
  assert.equal(go('a', 'Right', 'Right', 'Down'), 'y');
  assert.equal(go('a', 'Right', 'Right', 'Down', 'Down', 'Up'), 'y');
  assert.equal(go('z', 'Left', 'Left'), 'a');
  assert.equal(neighbour(d, spots, 'z', 'Home', 'right'), 'a');
  const loop = doc([say('a', 'm'), menu('m', 'x', 'y'), say('x', 'm'), say('y')]);
  assert.equal(neighbour(loop, layout(loop, 'right'), 'm', 'ArrowLeft', 'right'), 'a', 'not to what leads back');
  const down = layout(d, 'down');
  assert.equal(neighbour(d, down, 'm', 'ArrowDown', 'down'), 'x');
  assert.equal(neighbour(d, down, 'x', 'ArrowRight', 'down'), 'y');
});
