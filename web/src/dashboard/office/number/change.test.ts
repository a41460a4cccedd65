import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeOf, documentOf } from './change';

test('every Ring-to is reassigned and every other widget is kept (D6)', () => {
  const before = documentOf({ nodes: [
    { id: 'hello', type: 'audio_message' },
    { id: 'team', type: 'ring_to', config: { target: { team: 'team_1' } } },
    { id: 'alice', type: 'ring_to', config: { target: { user: 'usr_a' } } },
    { id: 'vm', type: 'voicemail' },
  ] });
  const after = documentOf({ nodes: before.nodes.map((n) => (n.type === 'ring_to' ? { ...n, config: { target: { user: 'usr_a' } } } : n)) });
  const change = changeOf(before, after);
  assert.deepEqual(change.kept.map((n) => n.id), ['hello', 'vm']);
  assert.deepEqual(change.reassigned.map((r) => [r.node.id, r.from.team, r.to.user]), [['team', 'team_1', 'usr_a']]);
  assert.deepEqual(change.same.map((n) => n.id), ['alice']);
});

test('a number without a flow gets the template: nothing of it is reassigned', () => {
  const change = changeOf(documentOf(null), documentOf({ nodes: [{ id: 'ring', type: 'ring_to', config: { target: { user: 'usr_a' } } }] }));
  assert.deepEqual([change.reassigned.length, change.same.length], [0, 1]);
});

test('what is no document has no widgets', () => {
  for (const odd of [null, undefined, 1, {}, { nodes: 'x' }, { nodes: [null, { id: 3 }] }]) assert.deepEqual(documentOf(odd).nodes, []);
});
