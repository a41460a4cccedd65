import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addBranch, copyNode, insert, lead, move, moveBranch, place, remove, removeBranch } from './edits';
import { begin, did, redone, undone } from './history';
import { afterEnd, branches, follow, nodeOf, reached, type FlowDocument } from './model';
import { outline } from './outline';

/** A welcome, a menu with two options, a team and a voicemail. */
const sample = (): FlowDocument => ({
  schema: 'flow/v1', name: 'Support', start: 'a', layout: { a: [0, 0], m: [10, 10] },
  nodes: [
    { id: 'a', type: 'audio_message', config: { audio: 'welcome' }, next: { done: 'm' } },
    { id: 'm', type: 'ivr', title: 'Menu', config: { audio: 'menu', options: [{ id: 'k1', key: '1', title: 'Sales' }, { id: 'k2', key: '2', title: 'Support' }] }, next: { k1: 'r', k2: 'v', no_or_wrong_input: 'v' } },
    { id: 'r', type: 'ring_to', config: { target: { team: 'team_1' } }, next: { unanswered: 'v' } },
    { id: 'v', type: 'voicemail', config: {}, next: {} },
  ],
});

test('a node goes on an edge, and leads to where the edge led (F4)', () => {
  const doc = sample();
  const { doc: after, id } = insert(doc, { from: 'a', port: 'done' }, { type: 'time_rule', config: { branches: [{ id: 'open', slots: [] }] } });
  assert.equal(follow(after, { from: 'a', port: 'done' }), id);
  assert.deepEqual(nodeOf(after, id)!.next, { open: 'm', otherwise: 'm' });
  assert.equal(follow(doc, { from: 'a', port: 'done' }), 'm', 'the old document is as it was');
});

test('before the first node too', () => {
  const { doc, id } = insert(sample(), { from: '', port: 'start' }, { type: 'set', config: { priority: 1 } });
  assert.equal(doc.start, id);
  assert.equal(nodeOf(doc, id)!.next!['done'], 'a');
});

test('what comes after a terminal node is kept, and never run (F3)', () => {
  const { doc, id } = insert(sample(), { from: 'a', port: 'done' }, { type: 'redirect', config: { external: '+33199001234' } });
  assert.deepEqual([...reached(doc)].sort(), ['a', id].sort());
  assert.equal(afterEnd(doc).get('m'), id);
  assert.deepEqual([...new Set(outline(doc).filter((l) => l.faded).map((l) => l.node!.id))].sort(), ['m', 'r', 'v']);
});

test('a node that is taken away leaves its way', () => {
  const doc = remove(sample(), 'm');
  assert.equal(follow(doc, { from: 'a', port: 'done' }), 'r');
  assert.deepEqual(doc.layout, { a: [0, 0] });
  const first = remove(sample(), 'a');
  assert.equal(first.start, 'm');
  const loop = lead(sample(), { from: 'a', port: 'done' }, 'a');
  assert.equal(remove(loop, 'a').start, '', 'what led only to itself leads nowhere');
});

test('a node moves to another edge with its branches', () => {
  const doc = move(sample(), 'r', { from: 'm', port: 'k2' });
  assert.equal(follow(doc, { from: 'm', port: 'k2' }), 'r');
  assert.equal(follow(doc, { from: 'm', port: 'k1' }), 'v');
  assert.equal(follow(doc, { from: 'r', port: 'unanswered' }), 'v');
  const same = sample();
  assert.equal(move(same, 'm', { from: 'm', port: 'k1' }), same, 'not onto itself');
});

test('a further branch has a key of its own and leads where the rest goes (F5)', () => {
  const added = addBranch(sample(), 'm', 'Press')!;
  const all = branches(nodeOf(added.doc, 'm')!);
  assert.deepEqual(all.map((b) => b['key']), ['1', '2', '3']);
  assert.equal(follow(added.doc, { from: 'm', port: added.branch }), 'v');
  assert.equal(addBranch(sample(), 'r'), null, 'a ring-to has no branches');
  let doc = sample();
  for (let i = 0; i < 10; i++) doc = addBranch(doc, 'm')!.doc;
  assert.equal(addBranch(doc, 'm'), null, 'a telephone has twelve keys');
});

test('branches of a split share 100 % between them', () => {
  let doc = insert(sample(), { from: 'a', port: 'done' }, { id: 's', type: 'split', config: { branches: [{ id: 'b1', percent: 50 }, { id: 'b2', percent: 50 }] } }).doc;
  doc = addBranch(doc, 's')!.doc;
  const sum = () => branches(nodeOf(doc, 's')!).reduce((n, b) => n + Number(b['percent']), 0);
  assert.equal(branches(nodeOf(doc, 's')!).length, 3);
  assert.ok(Math.abs(sum() - 100) < 1e-9);
  doc = removeBranch(removeBranch(doc, 's', 'b1'), 's', 'b2');
  assert.equal(sum(), 100);
  assert.equal(branches(nodeOf(removeBranch(doc, 's', 'b3'), 's')!).length, 1, 'the last one stays');
});

test('a branch that goes takes its edge along, and order can be changed (T6)', () => {
  const gone = removeBranch(sample(), 'm', 'k1');
  assert.equal(nodeOf(gone, 'm')!.next!['k1'], undefined);
  assert.equal(reached(gone).has('r'), false);
  assert.deepEqual(branches(nodeOf(moveBranch(sample(), 'm', 'k2', -1), 'm')!).map((b) => b.id), ['k2', 'k1']);
});

test('a copy stands behind its original', () => {
  const { doc, id } = copyNode(sample(), 'r', 'Again');
  assert.equal(follow(doc, { from: 'r', port: 'unanswered' }), id);
  assert.equal(follow(doc, { from: id, port: 'unanswered' }), 'v');
  assert.equal(nodeOf(doc, id)!.title, 'Again');
});

test('places by hand are kept, and forgotten when tidied', () => {
  const doc = place(sample(), { id: 'v', x: 10.4, y: -3.6 });
  assert.deepEqual(doc.layout!['v'], [10, -4]);
  assert.equal(place(doc, null).layout, undefined);
});

test('the outline tells each node once, ways of several as blocks (F18)', () => {
  const lines = outline(sample()).map((l) => `${' '.repeat(l.depth)}${l.node?.id ?? '-'}${l.again ? '*' : ''}`);
  assert.deepEqual(lines, ['a', 'm', ' r', ' v', ' v*', ' v*']);
  const open = lead(sample(), { from: 'r', port: 'unanswered' }, '');
  assert.deepEqual(outline(open).map((l) => l.node?.id ?? '-'), ['a', 'm', 'r', '-', 'v', 'v']);
});

test('changes are undone one by one, typing in one field at once', () => {
  let h = begin('');
  for (const text of ['S', 'Su', 'Sup']) h = did(h, text, 'title');
  h = did(h, 'Sup!');
  assert.equal(undone(h).now, 'Sup');
  assert.equal(undone(undone(h)).now, '');
  assert.equal(redone(undone(h)).now, 'Sup!');
  assert.equal(did(undone(h), 'other').future.length, 0);
});
