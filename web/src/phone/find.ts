// Which call of the API a call of the phone is: the leg of that Call-ID among the calls that live.
import { effect, type Signal } from '@preact/signals';
import { api, type Schemas } from '../api/client';
import { hear } from '../api/events';
import { pageTime } from '../api/time';
import type { PhoneCall } from './types';

/** What a live call says of a call of the phone; null: it is another one. */
export function matching(c: PhoneCall, all: Schemas['CallObject'][]): Partial<PhoneCall> | null {
  for (const call of all) {
    const leg = (call.legs ?? []).find((l) => (c.sipID !== '' && l.sip_call_id === c.sipID) || l.id === c.legID);
    if (!leg) continue;
    const mine = c.direction === 'inbound' && call.direction !== 'outbound'; // somebody called us
    const found: Partial<PhoneCall> = { callID: call.id, legID: leg.id };
    if (leg.answered_at && c.resuming) found.answeredAt = pageTime(leg.answered_at);
    if (!c.name && call.contact?.name) found.name = call.contact.name;
    if (!c.number) found.number = (mine ? call.from : call.to) ?? '';
    return found;
  }
  return null;
}

/** Goes on finding the calls that are not found yet, when they begin and on each event of calls. It returns what ends it. */
export function findCalls(calls: Signal<PhoneCall[]>, wanted: () => boolean, change: (id: string, part: Partial<PhoneCall>) => void): () => void {
  let asking = false, again = false;
  const open = () => calls.value.filter((c) => c.state !== 'ended' && (!c.callID || !c.legID || (c.resuming && c.answeredAt === null)));
  const ask = async () => {
    if (!wanted() || open().length === 0) return;
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      const live = await api.get('/api/v1/calls/live');
      for (const c of open()) {
        const part = matching(c, live.data ?? []);
        if (part) change(c.id, part);
      }
    } catch { /* the next event asks again */ }
    asking = false;
    if (again) {
      again = false;
      void ask();
    }
  };
  const off = hear(['call.*'], () => void ask());
  let known = '';
  const stop = effect(() => {
    const ids = calls.value.map((c) => c.id + c.sipID).join();
    if (ids === known) return;
    known = ids;
    setTimeout(() => void ask(), 120);
  });
  return () => { off(); stop(); };
}
