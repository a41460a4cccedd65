import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figuresOf, foldCounted, hoursIn, midnight, type Counted } from './figures';

const call = (some: Partial<Counted>): Counted => ({ id: 'call_1', direction: 'inbound', status: 'ended', outcome: 'answered', missed_reason: null, started_at: '2026-07-01T08:30:00Z', wait_seconds: 4, talk_seconds: 60, answered_at: '2026-07-01T08:30:04Z', ...some });

test('a day is counted: answered, missed, given up, made', () => {
  const f = figuresOf([
    call({}), call({ id: 'call_2', wait_seconds: 8, talk_seconds: 20 }), call({ id: 'call_3', answered_at: null, outcome: 'missed', missed_reason: 'agents_did_not_answer' }), call({ id: 'call_4', answered_at: null, outcome: 'abandoned', missed_reason: 'abandoned_in_ivr' }),
    call({ id: 'call_5', answered_at: null, status: 'ringing', outcome: null }), call({ id: 'call_6', direction: 'outbound', answered_at: null, outcome: 'busy' }),
  ], hoursIn('Europe/Paris'));
  assert.deepEqual([f.inbound, f.answered, f.missed, f.abandoned, f.outbound, f.wait, f.talk], [5, 2, 2, 1, 1, 6, 40]);
  assert.deepEqual(f.hours[10], { hour: 10, answered: 2, missed: 2, out: 1 });
});

test('a day begins at its own midnight, also where the clock changes', () => {
  assert.equal(midnight(new Date('2026-07-01T22:30:00Z'), 'Europe/Paris').toISOString(), '2026-07-01T22:00:00.000Z');
  assert.equal(midnight(new Date('2026-10-25T12:00:00Z'), 'Europe/Paris').toISOString(), '2026-10-24T22:00:00.000Z');
  assert.equal(midnight(new Date('2026-10-26T12:00:00Z'), 'Europe/Paris', 1).toISOString(), '2026-10-24T22:00:00.000Z');
  assert.equal(midnight(new Date('2026-03-29T12:00:00Z'), 'Europe/Paris').toISOString(), '2026-03-28T23:00:00.000Z');
});

test('an event brings a call up to date, and what is none of a call changes nothing', () => {
  const was = new Map([['call_1', call({ status: 'ringing', answered_at: null, outcome: null })]]);
  const event = (type: string, data: object) => ({ type, id: 'e', subject: '', seq: 1, timestamp: '', data: data as Record<string, unknown> });
  assert.equal(foldCounted(was, event('call.ended', call({}))).get('call_1')?.outcome, 'answered');
  assert.equal(foldCounted(was, event('call.hold', call({}))), was);
  assert.equal(foldCounted(was, event('call.ended', {})), was);
});
