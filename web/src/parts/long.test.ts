import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idOf, longFrom, rejoin, spanOf } from './long';

const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => ({ id: `r${from + i}` }));

test('a short list is shown whole', () => {
  assert.deepEqual(spanOf(3, 74, 0, 600), { from: 0, to: 3 });
  assert.deepEqual(spanOf(longFrom - 1, 74, 9000, 600), { from: 0, to: longFrom - 1 });
  assert.deepEqual(spanOf(10_000, 0, 0, 0), { from: 0, to: longFrom }, 'nothing is measured yet');
});

test('of ten thousand rows those are shown that are in sight, and some beside them', () => {
  for (const top of [0, 1, 740, 7_400, 74 * 5_000 + 13, 74 * 9_999]) {
    const s = spanOf(10_000, 74, top, 600);
    const first = Math.floor(top / 74), last = Math.min(9_999, Math.floor((top + 600) / 74));
    assert.ok(s.from <= first && last < s.to, `${top}: ${s.from} to ${s.to}, in sight ${first} to ${last}`);
    assert.ok(s.to - s.from <= 2 * longFrom, `${s.to - s.from} rows`);
  }
});

test('a high window shows more', () => {
  const s = spanOf(10_000, 20, 20 * 4_000, 8_000);
  assert.ok(s.from <= 4_000 && s.to >= 4_401);
});

test('what was read again takes the place of the beginning, and the rest stays', () => {
  const old = rows(0, 500);
  const fresh = [{ id: 'new' }, ...rows(0, 199)];
  const all = rejoin(fresh, old, idOf)!;
  assert.equal(all.length, 501);
  assert.deepEqual(all.slice(0, 2).map(idOf), ['new', 'r0']);
  assert.equal(new Set(all.map(idOf)).size, 501, 'nothing twice');
});

test('a row that came up from below is there once, and one that went is gone', () => {
  const fresh = [{ id: 'r400' }, ...rows(0, 50), ...rows(51, 200)];
  const all = rejoin(fresh, rows(0, 500), idOf)!.map(idOf);
  assert.equal(all.filter((x) => x === 'r400').length, 1);
  assert.equal(all[0], 'r400');
  assert.ok(!all.includes('r50'));
  assert.equal(all.length, 499);
});

test('where nothing fits together more is to be read', () => {
  assert.equal(rejoin(rows(900, 1000), rows(0, 100), idOf), null);
  assert.equal(rejoin([], rows(0, 100), idOf), null);
});

test('a row of a thread is named for what it holds', () => {
  assert.equal(idOf({ message: { id: 'msg_1' } }), 'msg_1');
  assert.equal(idOf({ call: { id: 'call_1' } }), 'call_1');
  assert.equal(idOf(null), '');
});
