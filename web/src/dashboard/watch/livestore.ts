// The calls in progress and what everybody is doing, as the events tell it.
import { api, type Schemas } from '../../api/client';
import type { Happening } from '../../api/events';
import { useFollowed } from './follow';
import { liveState, type Call, type LiveState } from './says';

type Ref = Schemas['Reference'];
export type Availability = Schemas['AvailabilityObject'];

/** What an event of a call makes of the calls in progress: it comes, changes or goes. An event tells less than the list, so what it leaves out stays. */
export function foldCall(calls: Call[], e: Happening): Call[] {
  const told = e.data as unknown as Call & { change?: { user?: Ref | null } };
  if (!e.type.startsWith('call.') || !told.id) return calls;
  const was = calls.find((c) => c.id === told.id);
  if (told.status === 'ended' || e.type === 'call.ended') return was ? calls.filter((c) => c.id !== told.id) : calls;
  const rung = e.type === 'call.ringing_on_agent' ? told.change?.user : null;
  const users = e.type === 'call.answered' && told.user ? [told.user] : [...(was?.users ?? [])];
  if (rung && !users.some((u) => u?.id === rung.id)) users.push(rung);
  const now: Call = { ...was, ...told, users: told.users?.length ? told.users : users, legs: told.legs?.length ? told.legs : (was?.legs ?? []) };
  return was ? calls.map((c) => (c.id === now.id ? now : c)) : [now, ...calls];
}

/** What an event makes of what everybody is doing. */
export function foldStatus(all: Availability[], e: Happening): Availability[] {
  const { user_id, status } = e.data as Partial<Availability>;
  if (e.type !== 'user.availability_changed' || !user_id || !status) return all;
  return all.map((a) => (a.user_id === user_id ? { ...a, status, idle_since: e.timestamp } : a));
}

/** How many calls are in each state, and since when the one that waits longest does. */
export function tally(calls: Call[]): { by: Record<LiveState, number>; longest: string | null } {
  const by: Record<LiveState, number> = { ivr: 0, queue: 0, ringing: 0, call: 0 };
  let longest: string | null = null;
  for (const c of calls) {
    const s = liveState(c);
    by[s]++;
    const since = waitsSince(c);
    if (since && (longest === null || since < longest)) longest = since;
  }
  return { by, longest };
}

/** Since when a caller waits for a person: null where nobody waits. */
export function waitsSince(c: Call): string | null {
  const s = liveState(c);
  return c.direction === 'inbound' && (s === 'queue' || s === 'ringing') ? (c.queued_at ?? c.started_at) : null;
}

export interface NumberNow { id: string; name: string; calls: number; waiting: number; longest: string | null }

/** The calls in progress by number, the busiest first. */
export function byNumber(calls: Call[]): NumberNow[] {
  const all = new Map<string, NumberNow>();
  for (const c of calls) {
    if (!c.number) continue;
    let n = all.get(c.number.id);
    if (!n) all.set(c.number.id, (n = { id: c.number.id, name: c.number.name, calls: 0, waiting: 0, longest: null }));
    n.calls++;
    const since = waitsSince(c);
    if (!since) continue;
    n.waiting++;
    if (n.longest === null || since < n.longest) n.longest = since;
  }
  return [...all.values()].sort((a, b) => b.waiting - a.waiting || b.calls - a.calls || a.name.localeCompare(b.name));
}

/** The calls in progress, by events. */
export const useLiveCalls = () => useFollowed<Call[]>(async (signal) => (await api.get('/api/v1/calls/live', { signal })).data ?? [], ['call.*'], foldCall);

/** What everybody is doing, by events. */
export const useStatuses = () => useFollowed<Availability[]>(
  async (signal) => (await api.get('/api/v1/users/availabilities', { signal })).data ?? [],
  ['user.availability_changed', 'user.created', 'user.deleted', 'user.wrap_up_started', 'user.wrap_up_ended'], foldStatus);
