import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mono, wavOf } from './wav';

test('a recording is a WAV file that says what it holds', () => {
  const file = new DataView(wavOf(Float32Array.from([0, 1, -1, 2]), 16_000));
  const text = (at: number) => String.fromCharCode(...[0, 1, 2, 3].map((i) => file.getUint8(at + i)));
  assert.deepEqual([text(0), text(8), text(36)], ['RIFF', 'WAVE', 'data']);
  assert.equal(file.getUint32(24, true), 16_000);
  assert.equal(file.getUint32(40, true), 8);
  assert.deepEqual([0, 1, 2, 3].map((i) => file.getInt16(44 + i * 2, true)), [0, 32767, -32767, 32767]);
});

test('two channels become their mean', () => {
  assert.deepEqual([...mono([Float32Array.from([1, 0]), Float32Array.from([0, -1])])], [0.5, -0.5]);
});
