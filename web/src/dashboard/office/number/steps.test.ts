import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, marksOf } from './steps';

test('the stepper shows how far an eSIM is (E2)', () => {
  const marks = (state: string) => marksOf(state).map((m) => m.mark).join(' ');
  assert.equal(marks('requested'), 'now next next next next');
  assert.equal(marks('released'), 'done done now next next');
  assert.equal(marks('enabled'), 'done done done done done');
  assert.equal(marks('suspended'), 'done done done done done');
  assert.equal(marks('failed'), 'next next next next next');
});

test('bytes are told as packages are sold', () => {
  assert.equal(bytes(0, 'en'), '0\u00a0B');
  assert.equal(bytes(190_000_000, 'en'), '190\u00a0MB');
  assert.equal(bytes(19_810_000_000, 'fr'), '20\u00a0Go');
  assert.equal(bytes(1_500_000_000, 'fr'), '1,5\u00a0Go');
});
