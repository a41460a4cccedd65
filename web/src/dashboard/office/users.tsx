// The people of the office.
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../../api/client';
import { may } from '../../entry/signed';
import { t } from '../../i18n/words';
import { Avatar, Badge, Button, Empty } from '../../parts/basic';
import { SelectField, TextField } from '../../parts/fields';
import { More, Table, usePages, type Column } from '../../parts/lists';
import { ScreenHead } from '../head';
import { presenceOf, roleName, StatusBadge } from './badges';
import { useLater } from './doing';
import { useTeams } from './pick';
import { AddUser } from './user/add';
import { roles, useAvailabilities } from './user/ask';

type User = Schemas['UserObject'];

export function Users() {
  const [text, setText] = useState('');
  const [role, setRole] = useState('');
  const [adding, setAdding] = useState(false);
  const q = useLater(text);
  const pages = usePages<User>(`${q}|${role}`, (cursor, signal) => api.get('/api/v1/users', { query: { q, cursor, limit: 100, ...(role ? { role: role as User['role'] } : {}) }, signal }) as never, ['user.created', 'user.updated', 'user.deleted', 'team.*']);
  const now = useAvailabilities();
  const teams = useTeams();
  const teamNames = new Map((teams.data?.data ?? []).map((x) => [x.id, x.name]));
  const add = <Button kind="primary" icon="plus" onClick={() => setAdding(true)} why={may('users:write') ? undefined : t('numbers.may_not')}>{t('numbers.users.add')}</Button>;
  const columns: Column<User>[] = [
    { name: t('numbers.users.name'), cell: (u) => <span class="row office-lead"><Avatar name={u.name} size={34} presence={presenceOf(now.get(u.id)?.status)} /><span class="stack tight"><span class="cut" title={u.name}>{u.name}</span><span class="soft small cut" title={u.email}>{u.email}</span></span></span> },
    { name: t('numbers.users.extension'), cell: (u) => <span class="num strong">{u.extension}</span> },
    { name: t('numbers.users.status'), cell: (u) => <span class="row wrap"><StatusBadge now={now.get(u.id)} />{u.outgoing_only && <Badge>{t('numbers.users.outgoing_only')}</Badge>}{u.never_ring && <Badge>{t('numbers.users.never_ring')}</Badge>}</span> },
    { name: t('numbers.users.role'), wide: true, cell: (u) => roleName(u.role) },
    { name: t('numbers.people.teams'), wide: true, cell: (u) => { const names = (u.team_ids ?? []).map((id) => teamNames.get(id) ?? '').filter(Boolean).join(', '); return <span class="cut office-cell" title={names}>{names || <span class="soft">{t('numbers.users.no_team')}</span>}</span>; } },
  ];
  return (
    <>
      <ScreenHead title={t('numbers.users.title')} sub={t('numbers.users.sub')} actions={add} />
      <div class="row wrap">
        <div class="office-search"><TextField label={t('numbers.pick.user')} hideLabel type="search" placeholder={t('numbers.pick.user')} value={text} onValue={setText} /></div>
        <SelectField label={t('numbers.users.role')} hideLabel value={role} onValue={setRole} choices={[{ value: '', label: t('numbers.users.every_role') }, ...roles.map((r) => ({ value: r, label: roleName(r) }))]} />
      </div>
      {pages.rows.length === 0 && !pages.loading && !pages.problem
        ? <Empty icon={q || role ? 'search' : 'people'} title={q || role ? t('core.nothing_found') : t('numbers.users.empty')} action={q || role ? undefined : add}>{q || role ? t('numbers.users.none_found') : t('numbers.users.empty_text')}</Empty>
        : pages.rows.length > 0 && <Table label={t('numbers.users.title')} columns={columns} rows={pages.rows} open={pages.more !== null} id={(u) => u.id} href={(u) => `/dashboard/users/${u.id}`} />}
      <More pages={pages} />
      {adding && <AddUser onClose={() => setAdding(false)} />}
    </>
  );
}
