import assert from 'node:assert/strict';
import { test } from 'node:test';
import { difference } from './diff';
import { readDocument } from './files';
import { clockOf, minutes, pieces } from './forms/week';
import { freshConfig, kinds, type FlowDocument, type FlowNode } from './model';
import { unfinished } from './unfinished';

const words = { open: 'Open', option: 'Sales', half: ['A', 'B'], text: 'Thanks' };
const alone = (n: Omit<FlowNode, 'id'>): FlowDocument => ({ schema: 'flow/v1', name: '', start: 'n', nodes: [{ id: 'n', ...n }] });

test('a fresh node asks for what only people can know, and for nothing else', () => {
  const asks = Object.fromEntries(kinds.map((type) => [type, unfinished(alone({ type, config: freshConfig(type, words) }))[0]?.hole]).filter(([, hole]) => hole));
  assert.deepEqual(asks, { ring_to: 'target', redirect: 'redirect', ring_to_api: 'url', date_rule: 'date' });
});

test('what is missing in a node is found', () => {
  const hole = (type: FlowNode['type'], config: FlowNode['config']) => unfinished(alone({ type, config }))[0]?.hole;
  assert.equal(hole('redirect', { external: '0199001234' }), 'redirect');
  assert.equal(hole('redirect', { external: '+33199001234' }), undefined);
  assert.equal(hole('redirect', { sip: 'sip:a@example.com' }), undefined);
  assert.equal(hole('input', { audio: 'menu', attempts: 2 }), 'retry');
  assert.equal(hole('input', { audio: 'menu', end_key: 'none' }), 'length');
  assert.equal(hole('split', { branches: [{ id: 'a', percent: 30 }, { id: 'b', percent: 60 }] }), 'percent');
  assert.equal(hole('set', { variables: {} }), 'set');
  assert.equal(hole('set', { priority: 0 }), undefined);
  assert.equal(hole('send_sms', { text: 'hello', to: '12' }), 'text');
});

test('a slot over midnight goes on in the next day (T4)', () => {
  assert.deepEqual(pieces([{ days: ['sun'], from: '22:00', to: '06:00' }]), [{ day: 6, from: 1320, to: 1440 }, { day: 0, from: 0, to: 360 }]);
  assert.deepEqual(pieces([{ days: ['mon'], from: '09:00', to: '24:00' }]), [{ day: 0, from: 540, to: 1440 }]);
  assert.equal(clockOf(minutes('09:30')), '09:30');
});

test('the difference of two documents names what changed (F9, F21)', () => {
  const before = alone({ type: 'ring_to', title: 'Team', config: { target: { team: 'a' }, ring_for_seconds: 30 }, next: {} });
  const after: FlowDocument = { ...before, nodes: [{ ...before.nodes[0]!, config: { target: { team: 'b' }, ring_for_seconds: 60 }, next: { unanswered: 'v' } }, { id: 'v', type: 'voicemail', config: {}, next: {} }] };
  const d = difference(before, after);
  assert.deepEqual(d.added, ['v']);
  assert.deepEqual(d.changed![0]!.fields!.map((f) => f.path), ['config.target.team', 'config.ring_for_seconds']);
  assert.deepEqual(d.edges, [{ from: 'n', port: 'unanswered', before: '', after: 'v' }]);
  const none = difference(after, structuredClone(after));
  assert.equal((none.added!.length + none.changed!.length + none.edges!.length), 0);
});

test('only a flow is read from a file (F13)', () => {
  const doc = alone({ type: 'hangup' });
  assert.deepEqual(readDocument(JSON.stringify(doc)), doc);
  for (const bad of ['', '[]', 'null', '{"schema":"flow/v2"}', '{']) assert.equal(readDocument(bad), null);
});
