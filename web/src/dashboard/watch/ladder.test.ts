import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutRaw, layOut, wordsOf, type Item } from './ladder';

const us = '192.0.2.1:5060', carrier = '198.51.100.7:5060', phone = '203.0.113.9:40000';
const item = (from: string, to: string, leg: string, first: string, more = ''): Item => ({ at: '2026-11-22T10:00:00.000Z', from, to, leg, network: 'UDP', first, raw: `${first}\r\nCSeq: 1 INVITE\r\n${more}\r\n` });
const legs = [
  { id: 'l0', kind: 'trunk', trunk: { id: 't', name: 'Carrier' }, user: null },
  { id: 'l1', kind: 'sip', device: 'sip_phone', trunk: null, user: { id: 'u', name: 'Alice' } },
] as never;

test('the carrier stands left, we in the middle, devices right', () => {
  const l = layOut([
    item(us, phone, 'l1', 'INVITE sip:alice SIP/2.0', 'Content-Length: 4\r\n\r\nv=0'), item(phone, us, 'l1', 'SIP/2.0 180 Ringing'), item(carrier, us, 'l0', 'INVITE sip:+33 SIP/2.0'), item(us, carrier, 'l0', 'SIP/2.0 486 Busy Here'),
  ], legs, { us: 'Tandem', device: () => 'phone' });
  assert.deepEqual(l.lanes.map((x) => x.name), ['Carrier', 'Tandem', 'Alice']);
  assert.deepEqual(l.rungs.map((r) => [r.from, r.to, r.tone, r.sdp]), [[1, 2, 'request', true], [2, 1, 'soft', false], [0, 1, 'request', false], [1, 0, 'bad', false]]);
});

test('nothing on the wire is an empty ladder', () => assert.deepEqual(layOut([], [], { us: 'Tandem', device: String }).lanes, []));

test('a response says what it answers', () => {
  assert.equal(wordsOf({ first: 'SIP/2.0 200 OK', raw: 'SIP/2.0 200 OK\r\ncseq : 2 BYE\r\n\r\n' }), '200 OK · BYE');
  assert.equal(wordsOf({ first: 'SIP/2.0 200 OK', raw: 'SIP/2.0 200 OK\r\n\r\n' }), '200 OK');
});

test('a request is cut into headers and body', () => {
  const c = cutRaw('BYE sip:a SIP/2.0\r\nTo: <sip:b@c>\r\nodd\r\n\r\nv=0\r\n');
  assert.deepEqual(c, { first: 'BYE sip:a SIP/2.0', headers: [{ name: 'To', value: '<sip:b@c>' }, { name: '', value: 'odd' }], body: 'v=0' });
});
