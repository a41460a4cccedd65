// What the server knows of a call of the phone: its number among calls, who it is with, in E.164.
import { effect } from '@preact/signals';
import { api, type Schemas } from '../api/client';
import { calls, type PhoneCall } from '../phone/phone';

export type Facts = Schemas['CallObject'];

const waits = 6000; // milliseconds until a call is given up that the server does not know
const kept = new Map<string, Promise<Facts | null>>();

/** Waits until the phone knows which call of the server one of its calls is. */
function callID(call: PhoneCall): Promise<string | null> {
  if (call.callID) return Promise.resolve(call.callID);
  return new Promise((done) => {
    let stop = () => {};
    const timer = setTimeout(() => finish(null), waits);
    const finish = (id: string | null) => {
      clearTimeout(timer);
      queueMicrotask(() => stop());
      done(id);
    };
    stop = effect(() => {
      const id = calls.value.find((c) => c.id === call.id)?.callID;
      if (id) finish(id);
    });
  });
}

/** What the server knows of a call; null: nothing, in time. It is asked once for each call. */
export function factsOf(call: PhoneCall): Promise<Facts | null> {
  let one = kept.get(call.id);
  if (!one) {
    one = callID(call).then((id) => (id ? api.get('/api/v1/calls/{id}', { path: { id } }) : null)).catch(() => null);
    kept.set(call.id, one);
    void one.then((f) => { if (!f) kept.delete(call.id); });
    if (kept.size > 50) kept.delete(kept.keys().next().value!);
  }
  return one;
}

/** Forgets what was known: somebody else signs in. */
export function forgetFacts(): void {
  kept.clear();
}
