// A user, as the tabs ask for them.
import { api, type Schemas } from '../../../api/client';
import { refresh, useQuery } from '../../../api/query';

export type User = Schemas['UserObject'];
export type Availability = Schemas['AvailabilityObject'];
/** A user with the version that a change is made against. */
export interface Held { user: User; etag: string | null }

/** The roles, the one that may most first. */
export const roles: User['role'][] = ['owner', 'admin', 'supervisor', 'agent', 'readonly', 'carrier'];

/** Events after which somebody may be doing something else. */
export const statusEvents = ['user.availability_changed', 'user.connected', 'user.disconnected', 'user.wrap_up_started', 'user.wrap_up_ended', 'call.ringing_on_agent', 'call.answered', 'call.hungup', 'call.ended'];

export function useUser(id: string) {
  return useQuery(`user:${id}`, async (signal) => {
    const { data, etag } = await api.versioned('get', '/api/v1/users/{id}', { path: { id }, query: { expand: ['teams', 'numbers', 'devices'] }, signal });
    return { user: data, etag } satisfies Held;
  }, ['user.updated', 'user.deleted', 'device.*', 'number.*', 'team.*']);
}

/** What everybody is doing now, by user. */
export function useAvailabilities(): Map<string, Availability> {
  const asked = useQuery('availabilities', (signal) => api.get('/api/v1/users/availabilities', { signal }), [...statusEvents, 'user.created', 'user.deleted']);
  return new Map((asked.data?.data ?? []).map((a) => [a.user_id, a]));
}

/** Changes a user, and shows them as they are then. */
export async function change(id: string, what: () => Promise<unknown>): Promise<void> {
  try {
    await what();
  } finally {
    refresh(`user:${id}`);
  }
}

/** Changes fields of a user. */
export const patchUser = ({ user, etag }: Held, body: Schemas['UserPatch']) => change(user.id, () => api.patch('/api/v1/users/{id}', { path: { id: user.id }, body, ifMatch: etag }));
