// One number, as its tabs ask for it.
import { api, type Schemas } from '../../../api/client';
import { refresh, useQuery } from '../../../api/query';

export type NumberObject = Schemas['NumberObject'];
/** A number with the version that a change is made against. */
export interface Held { number: NumberObject; etag: string | null }

export const numberEvents = ['number.*', 'esim.*', 'flow.published', 'flow.updated', 'flow.deleted', 'user.deleted', 'user.updated', 'team.*'];

export function useNumber(id: string) {
  return useQuery(`number:${id}`, async (signal) => {
    const { data, etag } = await api.versioned('get', '/api/v1/numbers/{id}', { path: { id }, signal });
    return { number: data, etag } satisfies Held;
  }, numberEvents);
}

/** Asks again for everything that is shown of a number. */
export const refreshNumber = (id: string) => refresh(`number:${id}`);

/** Asks for something that a number does: it is shown as it is then. */
export async function act(id: string, what: () => Promise<unknown>): Promise<void> {
  try {
    await what();
  } finally {
    refreshNumber(id);
  }
}

/** A French mobile number: the only kind that can be direct (SPEC D2). The server says so by its refusal; nothing is computed here. */
export const isMobile = (n: NumberObject) => n.kind === 'unconfigured' || n.kind === 'direct' || n.can_convert;
