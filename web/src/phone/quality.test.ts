import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { countsOf, judge, watchQuality, type Counts } from './quality';
import type { Quality } from './types';

const counts = (part: Partial<Counts> = {}): Counts => ({ received: 0, lost: 0, jitter: 0, roundTrip: 0, ...part });

test('loss is judged over the interval, and not since the call began', () => {
  const before = counts({ received: 1000, lost: 500 });
  assert.equal(judge(before, counts({ received: 1200, lost: 500 })), 'good');
  assert.equal(judge(before, counts({ received: 1196, lost: 504 })), 'fair');
  assert.equal(judge(before, counts({ received: 1180, lost: 520 })), 'poor');
});

test('jitter and the round trip tell by themselves', () => {
  const now = (part: Partial<Counts>) => judge(counts(), counts({ received: 200, ...part }));
  assert.equal(now({ jitter: 0.03, roundTrip: 0.3 }), 'good');
  assert.equal(now({ jitter: 0.031 }), 'fair');
  assert.equal(now({ roundTrip: 0.31 }), 'fair');
  assert.equal(now({ jitter: 0.061 }), 'poor');
  assert.equal(now({ roundTrip: 0.61 }), 'poor');
});

test('where no packet came nothing is said, and packets that were counted as lost and came late are no loss', () => {
  const before = counts({ received: 100, lost: 3 });
  assert.equal(judge(before, before), null);
  assert.equal(judge(before, counts({ received: 200, lost: 1 })), 'good');
  assert.equal(judge(before, counts({ received: 100, lost: 10 })), 'poor', 'all of them lost');
});

/** A connection that counts what it is told. */
function connection(...reports: Record<string, unknown>[][]): RTCPeerConnection {
  let turn = 0;
  return { getStats: () => Promise.resolve(new Map((reports[Math.min(turn++, reports.length - 1)] ?? []).map((r, i) => [String(i), r]))) } as unknown as RTCPeerConnection;
}

const inbound = (packetsReceived: number, packetsLost = 0) => ({ type: 'inbound-rtp', kind: 'audio', packetsReceived, packetsLost, jitter: 0.01 });

test('audio alone is counted, and the longer round trip is taken', async () => {
  const found = await countsOf(connection([
    inbound(100, 2), { type: 'inbound-rtp', kind: 'video', packetsReceived: 900, packetsLost: 90, jitter: 9 }, { type: 'remote-inbound-rtp', roundTripTime: 0.2 },
    { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.25 }, { type: 'candidate-pair', nominated: false, currentRoundTripTime: 8 },
  ]));
  assert.deepEqual(found, { received: 100, lost: 2, jitter: 0.01, roundTrip: 0.25 });
  assert.deepEqual(await countsOf(connection([])), counts());
});

test('a call is judged every four seconds until one has enough', async () => {
  mock.timers.enable({ apis: ['setInterval'] });
  const told: (Quality | null)[] = [];
  const stop = watchQuality(connection([inbound(100)], [inbound(300)], [inbound(400, 100)], [inbound(400, 100)]), (q) => told.push(q));
  const four = async () => {
    mock.timers.tick(4000);
    await new Promise(setImmediate);
  };
  await four();
  assert.deepEqual(told, [], 'one count says nothing');
  await four();
  await four();
  await four();
  assert.deepEqual(told, ['good', 'poor', null]);
  stop();
  await four();
  assert.equal(told.length, 3);
  mock.timers.reset();
});
