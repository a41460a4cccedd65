// Who and what the account has, as the editor names and offers it.
import { api, type Schemas } from '../api/client';
import { useQuery } from '../api/query';
import { t, tMaybe } from '../i18n/words';

export type User = Schemas['UserObject'];
export type Team = Schemas['TeamObject'];
export type NumberOf = Schemas['NumberObject'];
export type Sound = Schemas['AudioObject'];
export type SpecialDate = Schemas['SpecialDateObject'];
export type Tag = Schemas['TagObject'];

/** The sounds that come with the product. */
export const builtIn = ['welcome', 'menu', 'closed', 'music', 'voicemail_greeting', 'unavailable', 'wrong_key'] as const;

/** The records that a flow may name, and how they are called. What is not known (any more) is told as missing, never as its id. */
export interface Names {
  users: User[];
  teams: Team[];
  numbers: NumberOf[];
  sounds: Sound[];
  dates: SpecialDate[];
  tags: Tag[];
  ready: boolean;
  user: (id: string) => string;
  team: (id: string) => string;
  number: (id: string) => string;
  /** A phone number as people write it, where it is one of the account's; else as it is. */
  e164: (number: string) => string;
  audio: (id: string) => string;
  date: (id: string) => string;
  tag: (id: string) => string;
}

interface Page<T> { data: T[] | null; next_cursor?: string | null }

async function all<T>(page: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const out: T[] = [];
  let cursor: string | undefined;
  for (let i = 0; i < 60; i++) {
    const p = await page(cursor);
    out.push(...(p.data ?? []));
    if (!p.next_cursor) break;
    cursor = p.next_cursor;
  }
  return out;
}

/** Asks for what the editor names, and keeps it fresh. */
export function useNames(): Names {
  const limit = 200;
  const users = useQuery('users/all', (signal) => all((cursor) => api.get('/api/v1/users', { query: { limit, cursor }, signal })), ['user.created', 'user.updated', 'user.deleted']).data;
  const teams = useQuery('teams/all', (signal) => all((cursor) => api.get('/api/v1/teams', { query: { limit, cursor }, signal })), ['team.*']).data;
  const numbers = useQuery('numbers/all', (signal) => all((cursor) => api.get('/api/v1/numbers', { query: { limit, cursor }, signal })), ['number.*']).data;
  const sounds = useQuery('audio/all', (signal) => all((cursor) => api.get('/api/v1/audio', { query: { limit, cursor }, signal })), ['audio.*']).data;
  const dates = useQuery('special-dates/all', (signal) => all((cursor) => api.get('/api/v1/special-dates', { query: { limit, cursor }, signal })), ['special_date.*']).data;
  const tags = useQuery('tags/all', (signal) => all((cursor) => api.get('/api/v1/tags', { query: { limit, cursor }, signal })), ['tag.*']).data;
  const named = <T extends { id: string; name: string }>(list: T[] | undefined, id: string) => (id === '' ? '' : list ? (list.find((x) => x.id === id)?.name ?? t('flow.missing')) : '…');
  return {
    users: users ?? [], teams: teams ?? [], numbers: numbers ?? [], sounds: sounds ?? [], dates: dates ?? [], tags: tags ?? [],
    ready: Boolean(users && teams && numbers && sounds && dates && tags),
    user: (id) => named(users, id), team: (id) => named(teams, id), date: (id) => named(dates, id), tag: (id) => named(tags, id),
    number: (id) => (id === '' ? '' : numbers ? numbers.filter((n) => n.id === id).map((n) => [n.name, n.display].filter(Boolean).join(' · '))[0] ?? t('flow.missing') : '…'),
    e164: (number) => numbers?.find((n) => n.e164 === number)?.display ?? number,
    audio: (id) => tMaybe(`flow.sound.${id}`, '') || named(sounds, id),
  };
}
