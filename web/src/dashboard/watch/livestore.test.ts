import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byNumber, foldCall, tally } from './livestore';
import { liveState, type Call } from './says';

const call = (some: object) => ({ id: 'call_1', direction: 'inbound', status: 'in_flow', started_at: '2026-11-22T10:00:00Z', queued_at: null, answered_at: null, number: { id: 'num_1', name: 'Support' }, user: null, users: [], legs: [], ...some }) as unknown as Call;
const event = (type: string, data: object) => ({ type, id: 'e', subject: '', seq: 1, timestamp: '', data: data as Record<string, unknown> });

test('a call that comes in is in the IVR, the queue, ringing or in call (N8); one that goes out rings or is in call (N9)', () => {
  const states = (direction: string) => ['initiated', 'in_flow', 'queued', 'ringing', 'answered', 'held'].map((status) => liveState({ direction, status })).join(' ');
  assert.equal(states('inbound'), 'ivr ivr queue ringing call call');
  assert.equal(states('outbound'), 'ringing ringing ringing ringing call call');
});

test('events make the list: a call comes, rings somebody, is answered, goes', () => {
  let all = foldCall([], event('call.created', call({})));
  assert.equal(all.length, 1);
  all = foldCall(all, event('call.ringing_on_agent', call({ status: 'ringing', change: { user: { id: 'u1', name: 'Alice' } } })));
  all = foldCall(all, event('call.ringing_on_agent', call({ status: 'ringing', change: { user: { id: 'u2', name: 'Bruno' } } })));
  assert.deepEqual(all[0]?.users?.map((u) => u?.name), ['Alice', 'Bruno']);
  all = foldCall(all, event('call.answered', call({ status: 'answered', user: { id: 'u2', name: 'Bruno' } })));
  assert.deepEqual(all[0]?.users?.map((u) => u?.name), ['Bruno']);
  assert.deepEqual(foldCall(all, event('call.ended', call({ status: 'ended' }))), []);
  assert.equal(foldCall(all, event('call.tagged', {})), all);
});

test('whoever waits longest is named, and numbers are counted', () => {
  const all = [call({ status: 'queued', queued_at: '2026-11-22T10:00:20Z' }), call({ id: 'call_2', status: 'ringing', queued_at: '2026-11-22T10:00:05Z' }), call({ id: 'call_3', status: 'answered', number: { id: 'num_2', name: 'Sales' } })];
  assert.deepEqual(tally(all), { by: { ivr: 0, queue: 1, ringing: 1, call: 1 }, longest: '2026-11-22T10:00:05Z' });
  assert.deepEqual(byNumber(all).map((n) => [n.name, n.calls, n.waiting]), [['Support', 2, 2], ['Sales', 1, 0]]);
});
