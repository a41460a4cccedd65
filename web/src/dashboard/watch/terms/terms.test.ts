import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blankHeader, blankPrefix, moved, parts, refusedOf, setOf, termsBody, termsPatch, termsTyped, tlsPatch, tlsTyped, tried, withoutBlanks } from './terms';

test('what was not touched is not sent, however the usual was written', () => {
  const was = termsTyped({ digits_in: 'auto', redirection: 'both', full_status: 503, codecs: ['G722'], prefix_in: [{ match: '00', put: '+' }] });
  assert.equal(was.digits_in, '');
  assert.equal(was.full_status, '');
  assert.equal(termsPatch(was, { ...was }), undefined);
  assert.deepEqual(termsPatch(was, { ...was, digits_in: 'info', codecs: [] }), { digits_in: 'info', codecs: [] });
  assert.deepEqual(termsPatch(was, { ...was, ptime: '30', prefix_in: [] }), { ptime: 30, prefix_in: [] });
});

test('a rule sends what its act knows', () => {
  const v = { ...termsTyped(null), headers_out: [{ ...blankHeader(), header: 'X-A', value: '1', to: 'X-B' }, { ...blankHeader(), do: 'copy', header: 'X-A', value: '1', to: 'X-B' }, { ...blankHeader(), do: 'remove', header: 'Subject', to: 'X-B' }] };
  assert.deepEqual(termsBody(v).headers_out, [{ do: 'set', header: 'X-A', value: '1' }, { do: 'copy', header: 'X-A', to: 'X-B' }, { do: 'remove', header: 'Subject' }]);
});

test('blank rows are not sent, and half a rule is: the server says what is missing', () => {
  const v = withoutBlanks({ ...termsTyped(null), prefix_out: [blankPrefix(), { ...blankPrefix(), put: '00' }], headers_in: [blankHeader()] });
  assert.deepEqual(termsBody(v).prefix_out, [{ match: '', put: '00' }]);
  assert.deepEqual(v.headers_in, []);
});

test('a number is tried on the rules that are begun, each with its place', () => {
  const r = tried({ ...termsTyped({ from_format: '00' }), prefix_in: [blankPrefix(), { ...blankPrefix(), match: '0', put: '+33', length: '10' }] });
  assert.deepEqual(r.in, [1]);
  assert.deepEqual(r.terms, { prefix_in: [{ match: '0', put: '+33', length: 10 }], prefix_out: [], from_format: '00', asserted_format: '' });
});

test('TLS goes whole; digests are taken as tools write them', () => {
  const was = tlsTyped({ name: 'sbc.example.net', media: 'required', min_version: '1.2' });
  assert.equal(tlsPatch(was, { ...was }), undefined);
  assert.deepEqual(tlsPatch(was, { ...was, pins: 'AB:CD\n\nef', media: 'off' }), { name: 'sbc.example.net', authority: '', pins: ['abcd', 'ef'], certificate: '', min_version: '', callers: [], media: 'off' });
});

test('one of a list moves by a place, and no further', () => {
  assert.deepEqual(moved(['a', 'b', 'c'], 2, -1), ['a', 'c', 'b']);
  assert.deepEqual(moved(['a', 'b', 'c'], 0, -1), ['a', 'b', 'c']);
  assert.deepEqual(moved(['a', 'b', 'c'], 0, 2), ['b', 'c', 'a']);
});

test('a part knows what is set in it and what was refused of it', () => {
  const v = { max_calls: '0', priority: '2', trust_pai: true, terms: termsTyped({ codecs: ['G722'], weight: 5 }), tls: tlsTyped({ media: 'off' }) };
  assert.deepEqual(Object.entries(parts).map(([name, fields]) => `${name} ${setOf(v, fields)}`), ['numbers 0', 'voice 1', 'identity 1', 'headers 0', 'limits 2', 'security 1']);
  assert.equal(refusedOf([{ location: 'body.terms.prefix_in[1].match' }, { location: 'body.terms.prefix_inner' }, { location: 'body.tls.pins[0]' }], parts.numbers), 1);
});
