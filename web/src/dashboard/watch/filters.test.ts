import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callQuery, readFilters, searchOf, writeFilters } from './filters';

test('filters go into the address and come back', () => {
  const f = { direction: 'inbound', outcome: 'missed', period: '7', tag: 'tag_1' };
  assert.deepEqual(readFilters(new URLSearchParams(writeFilters(f).split('?')[1])), f);
  assert.deepEqual(readFilters(new URLSearchParams('theme=dark&created_after=2026-11-22T00:00:00Z')), { created_after: '2026-11-22T00:00:00Z', period: 'dates' });
  assert.equal(writeFilters({}), '/dashboard/calls');
});

test('a number is found as people write it', () => {
  assert.equal(searchOf('01 99 00-12'), '1990012');
  assert.equal(searchOf('+33 1 99'), '+33199');
  assert.equal(searchOf('0033 199'), '33199');
  assert.equal(searchOf('205'), '205');
  assert.equal(searchOf('Dupont'), undefined);
});

test('a period is two moments of the company', () => {
  const q = callQuery({ period: 'yesterday', missed_reason: 'no_available_agent', search: '06 39' }, new Date('2026-11-22T10:00:00Z'), 'Europe/Paris');
  assert.deepEqual(q, { created_after: '2026-11-20T23:00:00.000Z', created_before: '2026-11-21T23:00:00.000Z', missed_reason: 'no_available_agent', search: '639' });
  assert.deepEqual(callQuery({ period: 'dates', created_after: 'rubbish' }, new Date(), undefined), {});
});
