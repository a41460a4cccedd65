import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as utils from 'jssip/lib/Utils'; // First of all, as JsSIP itself loads it: it and what follows want each other.
import * as uri from 'jssip/lib/URI';
import generated from 'jssip/lib/Grammar';
import { parse } from './grammar';

// JsSIP's own grammar, which the phone of the pages does without, is the witness.
const witness = (input: string, rule: string) => (generated as unknown as { parse(input: string, rule: string): unknown }).parse(input, rule);

const uris = [
  'sip:alice@example.com', 'sips:alice@example.com:5061', 'sip:example.com', 'sip:+33639980101@127.0.0.1:5060;user=phone;transport=WS',
  'sip:a%20b@[::1]:5060;lr', 'sip:201@bakery.example;ob', 'sip:kv7r2p@x9.invalid;transport=ws', 'sip:alice@host?Replaces=1%3Bto-tag%3D2&x=y',
  'sip:a;b=c@host', 'sip:alice:secret@host', 'sip:*72@host', 'SIP:Alice@Example.COM',
];

const addresses = [
  ...uris.map((u) => `<${u}>`), 'sip:alice@x;tag=1', '"Zoé \\"la\\" Martin" <sip:a@b>;tag=xyz', 'Bob Smith <sip:b@c>', '<sip:a@b>;tag=1;q=0.5;flag',
  '"" <sip:a@b>', '"+33 6 39 98 01 01" <sip:+33639980101@h;user=phone>;tag=a.b-c_d',
];

const well: Record<string, string[]> = {
  Request_Response: [
    'SIP/2.0 200 OK', 'SIP/2.0 180 ', 'SIP/2.0 486 Busy Here', 'SIP/2.0 403 Numéro interdit', 'OPTIONS tel:+33123 SIP/2.0',
    ...uris.map((u) => `INVITE ${u} SIP/2.0`), 'BYE sip:a@b;x=y SIP/2.0',
  ],
  Status_Line: ['SIP/2.0 200 OK', 'SIP/2.0 100 Trying'],
  SIP_URI: uris,
  Name_Addr_Header: addresses.filter((a) => a.includes('<')),
  From: addresses,
  To: addresses,
  Refer_To: addresses.slice(0, 12),
  Via: [
    'SIP/2.0/WS 127.0.0.1:80;branch=z9hG4bK1', 'SIP/2.0/WSS 10.0.0.9;branch=z9hG4bK1;received=1.2.3.4', 'SIP/2.0/UDP [::1]:5060;branch=z9hG4bK.a;x=y',
    'SIP/2.0/TCP host.example ;branch=z9hG4bK1', 'SIP / 2.0 / TLS host.example:5061;branch=z9hG4bKa;alias=1',
  ],
  Contact: [
    '<sip:a@b;ob>;expires=60;q=0.1;+sip.instance="<urn:uuid:1>", <sip:c@d>', '<sip:a@b>', 'sip:a@b', '"A, B" <sip:a@b>;x=1,<sip:e@f>',
    '<sip:ab@c.invalid;transport=ws>;reg-id=1;expires=300',
  ],
  Record_Route: ['<sip:a@b;lr>', '<sip:a@b;lr>,<sip:c@d;lr>;x=1', '<sip:127.0.0.1:5060;transport=tcp;lr>'],
  CSeq: ['1 INVITE', '4294967295 ACK', '12 OPTIONS', '7 NOTIFY'],
  Call_ID: ['abc@def', '0b1c-2d', 'a.b.c'],
  Content_Length: ['0', '123'],
  Max_Forwards: ['70', '0'],
  Expires: ['60'],
  Min_Expires: ['60'],
  Content_Type: ['application/sdp', 'application/sdp;charset=utf-8', 'message/sipfrag;version=2.0', 'text/plain'],
  Session_Expires: ['90', '1800;refresher=uac', '90;refresher=uas'],
  Replaces: ['a@b;to-tag=1;from-tag=2', 'a@b;to-tag=1;from-tag=2;early-only'],
  Event: ['refer', 'refer;id=93', 'message-summary', 'dialog;sla=1'],
  Subscription_State: ['active;expires=60', 'terminated;reason=noresource', 'pending'],
  Reason: ['Q.850;cause=16;text="Normal call clearing"', 'SIP;cause=200;text="Call completed elsewhere"', 'SIP;cause=487'],
  WWW_Authenticate: [
    'Digest realm="x",nonce="y"', 'Digest realm="tandem", nonce="a/b+c=", qop="auth,auth-int", algorithm=SHA-256, stale=TRUE, opaque="o"',
    'Digest realm="x", nonce="y", algorithm=MD5, qop="auth", stale=false',
  ],
  host: ['example.com', '1.2.3.4', '[::1]', 'localhost', 'x9.invalid'],
  uuid: ['f81d4fae-7dec-11d0-a765-00a0c91e6bf6'],
};

const ill: Record<string, string[]> = {
  Request_Response: ['', 'SIP/2.0', 'INVITE', 'INVITE sip:a@b', 'SIP/2.0 20 OK', 'INVITE sip: SIP/2.0', 'INVITE  SIP/2.0', '<script>'],
  SIP_URI: ['', 'sip:', 'alice', 'sip:@', 'sip:a@', 'sip:a b@c', 'sip:a@b:x', '<sip:a@b>'],
  Name_Addr_Header: ['', '<>', 'sip:a@b;tag=1', '<sip:a@b', '"a <sip:a@b>', 'sip:a@b>'],
  Via: ['', 'SIP/2.0', 'SIP/2.0/WS', 'SIP/2.0/WS ;branch=1'],
  Contact: ['', ',', '<sip:a@b>,', '<sip:a@b> <sip:c@d>'],
  CSeq: ['', 'INVITE', '1', 'a INVITE'],
  Content_Length: ['', 'a', '1a'],
  Session_Expires: ['', 'uac'],
  WWW_Authenticate: ['', 'Digest'],
  uuid: ['', 'f81d4fae'],
  host: ['', 'a b'],
};

// Plain leaves out what is not set, and what the witness forgot to clear away: it has nothing that the URI beside it has not.
const left = ['uri_headers', 'password'];
const plain = (v: unknown) => JSON.parse(JSON.stringify(v, (key, value: unknown) => (left.includes(key) ? undefined : value))) as unknown;

test('every header that a phone reads means the same to both grammars', () => {
  for (const [rule, inputs] of Object.entries(well)) {
    for (const input of inputs) {
      const want = witness(input, rule);
      assert.notEqual(want, -1, `${rule}: the witness refuses ${input}`);
      const got = parse(input, rule);
      if (rule === 'Contact' || rule === 'Record_Route') {
        const parsed = (list: unknown) => (list as { parsed: unknown }[]).map((one) => one.parsed);
        const text = (list: unknown) => (list as { possition: number; offset: number }[]).map((one) => input.substring(one.possition, one.offset).trim());
        assert.deepEqual(text(got), text(want), `${rule}: ${input}`);
        assert.deepEqual(plain(parsed(got)), plain(parsed(want)), `${rule}: ${input}`);
        continue;
      }
      assert.deepEqual(plain(got), plain(want), `${rule}: ${input}`);
    }
  }
});

test('what is ill-formed is so to both', () => {
  for (const [rule, inputs] of Object.entries(ill)) {
    for (const input of inputs) {
      assert.equal(witness(input, rule), -1, `${rule}: the witness takes ${input}`);
      assert.equal(parse(input, rule), -1, `${rule}: ${input}`);
    }
  }
});

test('the address of a socket', () => {
  assert.deepEqual(plain(parse('wss://office.example:8443/sip?ticket=a-b', 'absoluteURI')), { scheme: 'wss', host: 'office.example', port: 8443 });
  assert.deepEqual(plain(parse('ws://[::1]/sip', 'absoluteURI')), { scheme: 'ws', host: '[::1]' });
  assert.equal(parse('office.example', 'absoluteURI'), -1);
});

test('JsSIP stands on it', () => {
  const { default: URI } = uri as unknown as { default: { parse(s: string): { user: string } | undefined } };
  const { normalizeTarget } = utils as unknown as { normalizeTarget(target: string, domain: string): unknown };
  assert.equal(URI.parse('sip:201@office.example')?.user, '201');
  assert.equal(URI.parse('sip:'), undefined);
  assert.equal(String(normalizeTarget('+33-639-98-01-01', 'office.example')), 'sip:+33639980101@office.example');
});

test('nothing that arrives makes it throw', () => {
  const bits = ['"', '<', '>', ';', ',', '=', '\\', '%', '%zz', ' ', '\t', '\0', 'é', '😀', '[', ']', ':', '@', '?', '&', '9'.repeat(40), 'a'.repeat(2000)];
  let seed = 7;
  const next = (n: number) => (seed = (seed * 48271) % 2147483647) % n;
  for (const [rule, inputs] of Object.entries(well)) {
    for (const input of inputs) {
      for (let i = 0; i < 40; i++) {
        const at = next(input.length + 1);
        const bent = input.slice(0, at) + bits[next(bits.length)] + input.slice(at + next(4));
        assert.doesNotThrow(() => parse(bent, rule), bent);
      }
    }
  }
});
