import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../api/client';
import { isFinal } from './socket';

test('a refusal ends the phone only where asking again would be answered the same', () => {
  for (const status of [400, 401, 403, 404, 422]) assert.equal(isFinal(new Problem(status, {})), true, String(status));
  for (const status of [408, 409, 429, 500, 503]) assert.equal(isFinal(new Problem(status, {})), false, String(status));
  assert.equal(isFinal(new TypeError('no network')), false);
});
