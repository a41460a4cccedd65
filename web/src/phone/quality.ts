// How a call sounds, from what the browser counts (RTCPeerConnection.getStats).
import type { Quality } from './types';

/** What is counted of one direction since the call began. */
export interface Counts { received: number; lost: number; jitter: number; roundTrip: number }

/** Judges an interval: loss is a share of its packets, jitter and roundTrip are in seconds. */
export function judge(before: Counts, now: Counts): Quality | null {
  const received = now.received - before.received;
  const lost = Math.max(0, now.lost - before.lost);
  if (received + lost === 0) return null; // nothing came: on hold, or the network is gone, which is told otherwise
  const loss = lost / (received + lost);
  if (loss > 0.05 || now.jitter > 0.06 || now.roundTrip > 0.6) return 'poor';
  if (loss > 0.015 || now.jitter > 0.03 || now.roundTrip > 0.3) return 'fair';
  return 'good';
}

/** Reads the counts of a connection. */
export async function countsOf(pc: RTCPeerConnection): Promise<Counts> {
  const out: Counts = { received: 0, lost: 0, jitter: 0, roundTrip: 0 };
  (await pc.getStats()).forEach((r: Record<string, unknown>) => {
    if (r['type'] === 'inbound-rtp' && r['kind'] === 'audio') {
      out.received += Number(r['packetsReceived'] ?? 0);
      out.lost += Number(r['packetsLost'] ?? 0);
      out.jitter = Math.max(out.jitter, Number(r['jitter'] ?? 0));
    } else if (r['type'] === 'remote-inbound-rtp') out.roundTrip = Math.max(out.roundTrip, Number(r['roundTripTime'] ?? 0));
    else if (r['type'] === 'candidate-pair' && r['nominated'] === true) out.roundTrip = Math.max(out.roundTrip, Number(r['currentRoundTripTime'] ?? 0));
  });
  return out;
}

/** Judges a call every four seconds, until what it returns is called. */
export function watchQuality(pc: RTCPeerConnection, tell: (q: Quality | null) => void): () => void {
  let before: Counts | null = null;
  const timer = setInterval(() => {
    void countsOf(pc).then((now) => {
      if (before) tell(judge(before, now));
      before = now;
    }).catch(() => undefined);
  }, 4000);
  return () => clearInterval(timer);
}
