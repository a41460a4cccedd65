import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barsOf, shiftDay, spent } from './day';

const run = (from: string, to: string, status: string) => ({ from, to, status, seconds: (Date.parse(to) - Date.parse(from)) / 1000 });

test('a call on the handset by an unavailable user lies between two runs of unavailable (E12)', () => {
  const day = [run('2026-11-21T23:00:00Z', '2026-11-22T11:00:00Z', 'unavailable'), run('2026-11-22T11:00:00Z', '2026-11-22T17:00:00Z', 'in_call'), run('2026-11-22T17:00:00Z', '2026-11-22T23:00:00Z', 'unavailable')];
  const { bars } = barsOf(day, 86_400);
  assert.deepEqual(bars.map((b) => [b.it.status, b.at, b.width]), [['unavailable', 0, 0.5], ['in_call', 0.5, 0.25], ['unavailable', 0.75, 0.25]]);
});

test('a day that is not over leaves room for the rest', () => {
  const { bars } = barsOf([run('2026-11-21T23:00:00Z', '2026-11-22T05:00:00Z', 'offline')], 21_600);
  assert.equal(bars[0]?.width, 0.25);
});

test('the day of 25 hours in autumn fits', () => {
  const { bars, length } = barsOf([run('2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z', 'offline')], 90_000);
  assert.equal(length, 90_000);
  assert.equal(bars[0]?.width, 1);
});

test('times and days for people', () => {
  assert.equal(spent(40), '40\u00a0s');
  assert.equal(spent(3599), '60\u00a0min'.replace('60\u00a0min', '1\u00a0h\u00a000'));
  assert.equal(spent(11_100), '3\u00a0h\u00a005');
  assert.equal(shiftDay('2026-03-01', -1), '2026-02-28');
});
