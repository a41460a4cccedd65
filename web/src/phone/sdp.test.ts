import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enough, preferPCMA } from './sdp';

const offer = (types: string, ...more: string[]) => [
  'v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0', `m=audio 9 UDP/TLS/RTP/SAVPF ${types}`, 'c=IN IP4 0.0.0.0', 'a=mid:0', ...more, '',
].join('\r\n');
const typesOf = (sdp: string) => /^m=audio \d+ \S+ (.*)$/m.exec(sdp)![1]!.trim();

test('what Chromium offers begins with PCMA, then PCMU; the others keep their order', () => {
  const sdp = offer('111 63 9 0 8 13 110 126', 'a=rtpmap:111 opus/48000/2', 'a=rtpmap:63 red/48000/2', 'a=rtpmap:9 G722/8000', 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:8 PCMA/8000', 'a=rtpmap:110 telephone-event/48000');
  const out = preferPCMA(sdp);
  assert.equal(typesOf(out), '8 0 111 63 9 13 110 126');
  assert.equal(out.replace(/^m=audio.*$/m, ''), sdp.replace(/^m=audio.*$/m, ''), 'nothing else changes');
});

test('the fixed types need no rtpmap, and others are known by their names, however they are written', () => {
  assert.equal(typesOf(preferPCMA(offer('111 0 8', 'a=rtpmap:111 opus/48000/2'))), '8 0 111');
  assert.equal(typesOf(preferPCMA(offer('111 96', 'a=rtpmap:111 opus/48000/2', 'a=rtpmap:96 pcma/8000'))), '96 111');
});

test('without PCMA, or without audio, an offer stays as it is', () => {
  const opus = offer('111 110', 'a=rtpmap:111 opus/48000/2', 'a=rtpmap:110 telephone-event/48000');
  assert.equal(preferPCMA(opus), opus);
  const video = offer('111').replace('m=audio', 'm=video');
  assert.equal(preferPCMA(video), video);
  assert.equal(preferPCMA(''), '');
});

test('one candidate of our own, or as the server sees us, is enough; a relay alone is waited beyond', () => {
  for (const type of ['host', 'srflx', 'prflx']) assert.equal(enough(`candidate:1 1 udp 2122260223 192.0.2.1 5000 typ ${type} generation 0`), true, type);
  assert.equal(enough('candidate:1 1 udp 1 192.0.2.1 5000 typ host'), true, 'at the end of the line');
  assert.equal(enough('candidate:1 1 udp 1 192.0.2.1 5000 typ relay raddr 0.0.0.0'), false);
  assert.equal(enough(''), false);
});
