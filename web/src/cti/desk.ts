// What happens to the calls of the phone, as events: told from two states of its store.
import { effect } from '@preact/signals';
import { calls, type PhoneCall } from '../phone/phone';

export type Turn = 'dialling' | 'ringing' | 'answered' | 'held' | 'unheld' | 'muted' | 'unmuted' | 'suspended' | 'resumed' | 'quality' | 'known' | 'ended';
export interface Change { turn: Turn; call: PhoneCall; before: PhoneCall | null }

function turnsOf(before: PhoneCall, now: PhoneCall): Turn[] {
  const out: Turn[] = [];
  if (!before.callID && now.callID) out.push('known');
  if (before.state !== now.state) {
    if (now.state === 'in_call') out.push(before.state === 'suspended' ? 'resumed' : 'answered');
    else if (now.state === 'suspended') out.push('suspended');
    else if (now.state === 'ended') out.push('ended');
  }
  if (now.state === 'ended') return out;
  if (before.held !== now.held) out.push(now.held ? 'held' : 'unheld');
  if (before.muted !== now.muted) out.push(now.muted ? 'muted' : 'unmuted');
  if (before.quality !== now.quality && now.quality) out.push('quality');
  return out;
}

/** What happened between two states. A call that is gone without an end went to another tab, which tells of it. */
export function changes(before: PhoneCall[], now: PhoneCall[]): Change[] {
  const out: Change[] = [];
  for (const call of now) {
    const was = before.find((c) => c.id === call.id) ?? null;
    if (was) out.push(...turnsOf(was, call).map((turn) => ({ turn, call, before: was })));
    else if (call.state !== 'ended') {
      const turn = call.state === 'in_call' || call.state === 'suspended' ? null : call.direction === 'inbound' ? 'ringing' : 'dialling';
      if (turn) out.push({ turn, call, before: null });
    }
  }
  return out;
}

/** Tells of each change from now on. It returns what ends it. */
export function watchCalls(tell: (c: Change) => void): () => void {
  let before: PhoneCall[] = [];
  return effect(() => {
    const now = calls.value;
    const all = changes(before, now);
    before = now;
    if (all.length > 0) queueMicrotask(() => all.forEach(tell));
  });
}
