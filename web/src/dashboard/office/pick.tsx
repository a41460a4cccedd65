// Finding users, teams, numbers and sounds by their first letters (SPEC F6).
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../../api/client';
import { useQuery } from '../../api/query';
import { t } from '../../i18n/words';
import { Avatar } from '../../parts/basic';
import { Picker, type Found } from '../../parts/fields';
import { useLater } from './doing';

interface PickProps {
  label: string;
  hint?: string;
  error?: string | undefined;
  hideLabel?: boolean;
  chosen?: string;
  /** Why some of them cannot be chosen, by id. */
  why?: (id: string) => string | undefined;
}

/** Finds a user. */
export function UserPicker({ why, onPick, ...rest }: PickProps & { onPick: (u: { id: string; name: string }) => void }) {
  const [text, setText] = useState('');
  const q = useLater(text);
  const users = useQuery(`pick-users:${q}`, (signal) => api.get('/api/v1/users', { query: { q, limit: 50 }, signal }), ['user.created', 'user.deleted', 'user.updated']);
  const found: Found[] = (users.data?.data ?? []).map((u) => ({ id: u.id, label: u.name, detail: u.extension, why: why?.(u.id), lead: <Avatar name={u.name} size={24} /> }));
  return <Picker {...rest} placeholder={t('numbers.pick.user')} found={found} onSearch={setText} onPick={(f) => onPick({ id: f.id, name: f.label })} />;
}

/** Every team of the office: there are few. */
export const useTeams = () => useQuery('teams-all', (signal) => api.get('/api/v1/teams', { query: { limit: 200 }, signal }), ['team.*', 'user.deleted']);

/** Finds a team. */
export function TeamPicker({ why, onPick, ...rest }: PickProps & { onPick: (team: { id: string; name: string }) => void }) {
  const teams = useTeams();
  const found: Found[] = (teams.data?.data ?? []).map((x) => ({ id: x.id, label: x.name, detail: t('numbers.team.members', { n: x.user_ids?.length ?? 0 }), why: why?.(x.id) }));
  return <Picker {...rest} placeholder={t('numbers.pick.team')} found={found} onPick={(f) => onPick({ id: f.id, name: f.label })} />;
}

/** The account, as everybody who may read it sees it; undefined for the others. */
export function useAccount(): Schemas['AccountObject'] | undefined {
  return useQuery('settings', (signal) => api.get('/api/v1/settings', { signal }), ['account.*']).data;
}
