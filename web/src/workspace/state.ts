// What several screens of the Workspace ask of the server: one question each, answered again on its events.
import { api, type Schemas } from '../api/client';
import { useQuery } from '../api/query';
import { session } from '../entry/signed';

export type User = Schemas['UserObject'];
export type Availability = Schemas['AvailabilityObject'];
export type Call = Schemas['CallObject'];
export type CallEntry = Schemas['CallEntry'];
export type Message = Schemas['MessageEntry'];
export type Conversation = Schemas['ConversationObject'];
export type Contact = Schemas['ContactObject'];
export type Notice = Schemas['NotificationObject'];

/** The id of who is signed in. */
export const myID = () => session.value?.user?.id ?? '';

const presence = ['user.availability_changed', 'user.wrap_up_started', 'user.wrap_up_ended', 'user.connected', 'user.disconnected', 'call.answered', 'call.ringing_on_agent', 'call.hungup', 'call.ended', 'device.*'];

/** The signed-in person, with their numbers and account. */
export const useMe = () => useQuery('me', (signal) => api.get('/api/v1/me', { signal }), ['user.updated', 'number.updated', 'number.converted_to_direct', 'team.updated', 'account.updated']);

/** Their own status. */
export const useStatus = () => useQuery('status', (signal) => api.get('/api/v1/users/{id}/availability', { path: { id: myID() }, signal }), presence);

/** Everybody of the account, with their status by id. */
export function useColleagues(): { users: User[]; status: Map<string, Availability>; problem: ReturnType<typeof useQuery>['problem']; loading: boolean; refresh: () => void } {
  const users = useQuery('colleagues', async (signal) => {
    const all: User[] = [];
    let cursor: string | undefined;
    do {
      const page = await api.get('/api/v1/users', { query: { limit: 200, ...(cursor ? { cursor } : {}) }, signal });
      all.push(...(page.data ?? []));
      cursor = page.next_cursor ?? undefined;
    } while (cursor && all.length < 2000);
    return all.sort((a, b) => a.name.localeCompare(b.name));
  }, ['user.created', 'user.updated', 'user.deleted']);
  const states = useQuery('statuses', (signal) => api.get('/api/v1/users/availabilities', { signal }), presence);
  return {
    users: users.data ?? [], status: new Map((states.data?.data ?? []).map((a) => [a.user_id, a])), problem: users.problem, loading: users.loading && !users.data,
    refresh: () => { users.refresh(); states.refresh(); },
  };
}

/** Missed calls of mine that nobody has called back. */
export const useMissed = () => useQuery('missed', async (signal) => {
  const page = await api.get('/api/v1/me/notifications', { query: { open: true, limit: 50, count: true }, signal });
  return { all: page.data ?? [], count: page.total_count ?? (page.data ?? []).length };
}, ['notification.*', 'call.missed']);

/** The counters of the inbox, which the rail shows too (SPEC L14). */
export const useInboxCounts = () => useQuery('inbox-counts', (signal) => api.get('/api/v1/me/inbox', { signal }), ['message.*', 'conversation.*', 'notification.*', 'call.missed']);

export const useTags = () => useQuery('tags', (signal) => api.get('/api/v1/tags', { query: { limit: 200 }, signal }), ['tag.*']);
export const useReasons = () => useQuery('reasons', (signal) => api.get('/api/v1/availability-reasons', { query: { limit: 200 }, signal }), ['availability_reason.*']);
export const useTeams = () => useQuery('teams', (signal) => api.get('/api/v1/teams', { query: { limit: 200 }, signal }), ['team.*']);

/** A call as it is now. */
export const useCall = (id: string) => useQuery(`call:${id}`, (signal) => api.get('/api/v1/calls/{id}', { path: { id }, signal }), ['call.*', 'voicemail.*', 'notification.handled'], id);

/** What one wants to know of a call before one answers it. */
export const useCard = (id: string) => useQuery(`card:${id}`, async (signal) => (id ? api.get('/api/v1/calls/{id}/card', { path: { id }, signal }) : null), ['contact.*', 'call.queued', 'call.ivr_option_selected', 'call.input_collected', 'call.extension_dialed'], id);

/** A number as people read it, and whose it is; nothing while it is asked. */
export const useNumber = (number: string) => useQuery(`number:${number}`, async (signal) => (number ? api.get('/api/v1/format', { query: { number }, signal }) : null), ['contact.*']).data ?? null;
