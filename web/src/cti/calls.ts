// The call that is over and still to be written about, and who is told of it.
import { effect } from '@preact/signals';
import { api } from '../api/client';
import { calls } from '../phone/phone';
import { watchCalls } from './desk';
import { logCall } from './level2';
import { last } from './state';

/** Who is told that a note was saved: level 1. */
export const told = { note: (_callNumber: number, _comment: string) => {} };

const notes = new Map<string, string[]>(); // by call: what was written in this panel

/** Takes that a note was saved. */
export function saved(callID: string | null, text: string): void {
  if (!callID) return;
  notes.set(callID, [...(notes.get(callID) ?? []), text]);
  void api.get('/api/v1/calls/{id}', { path: { id: callID } }).then((c) => told.note(c.call_number, text), () => undefined);
}

/** Keeps the call that ended last, where somebody talked, until it is done or the next begins. */
export function keepLast(): void {
  watchCalls(({ turn, call }) => {
    if (turn === 'ended' && call.answeredAt !== null) last.value = { id: call.id, callID: call.callID, number: call.number, name: call.name, endedAt: Date.now() };
  });
  effect(() => { if (calls.value.some((c) => c.state !== 'ended')) void finish(); });
}

/** Ends writing about the last call: the page around us is told of all of it. */
export async function finish(): Promise<void> {
  const done = last.peek();
  last.value = null;
  if (!done?.callID) return;
  const c = await api.get('/api/v1/calls/{id}', { path: { id: done.callID } }).catch(() => null);
  if (!c) return;
  await logCall({
    id: c.id, call_number: c.call_number, direction: c.direction, from: c.from, to: c.to, outcome: c.outcome, started_at: c.started_at, answered_at: c.answered_at, ended_at: c.ended_at,
    talk_seconds: c.talk_seconds, tags: c.tags ?? [], notes: notes.get(done.callID) ?? [],
  }).catch(() => undefined);
  notes.delete(done.callID);
}
