// The teams of the office.
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../../api/client';
import { may } from '../../entry/signed';
import { t } from '../../i18n/words';
import { Badge, Button, Empty, Refusal } from '../../parts/basic';
import { TextField } from '../../parts/fields';
import { More, Table, usePages, type Column } from '../../parts/lists';
import { FormDialog } from '../../parts/over';
import { navigate } from '../../parts/router';
import { ScreenHead } from '../head';
import { useDoing } from './doing';

type Team = Schemas['TeamObject'];

export function Teams() {
  const [adding, setAdding] = useState(false);
  const pages = usePages<Team>('teams', (cursor, signal) => api.get('/api/v1/teams', { query: { cursor, limit: 100, expand: ['users'] } as never, signal }) as never, ['team.*', 'user.deleted', 'user.updated']);
  const add = <Button kind="primary" icon="plus" onClick={() => setAdding(true)} why={may('users:write') ? undefined : t('numbers.may_not')}>{t('numbers.teams.add')}</Button>;
  const columns: Column<Team>[] = [
    { name: t('numbers.teams.name'), cell: (x) => <span class="cut office-lead" title={x.name}>{x.name}</span> },
    { name: t('numbers.teams.members'), cell: (x) => (x.user_ids?.length ? t('numbers.team.members', { n: x.user_ids.length }) : <Badge tone="warn" icon="warning">{t('numbers.teams.empty_team')}</Badge>) },
    { name: t('numbers.teams.who'), wide: true, cell: (x) => { const names = (x.users ?? []).map((u) => u.name).join(', '); return <span class="cut office-names" title={names}>{names}</span>; } },
    { name: t('numbers.settings.must_tag'), wide: true, cell: (x) => (x.must_tag ? <Badge icon="tag" tone="info">{t('numbers.teams.yes')}</Badge> : '') },
  ];
  return (
    <>
      <ScreenHead title={t('numbers.teams.title')} sub={t('numbers.teams.sub')} actions={add} />
      {pages.rows.length === 0 && !pages.loading && !pages.problem ? <Empty icon="team" title={t('numbers.teams.empty')} action={add}>{t('numbers.teams.empty_text')}</Empty>
        : pages.rows.length > 0 && <Table label={t('numbers.teams.title')} columns={columns} rows={pages.rows} open={pages.more !== null} id={(x) => x.id} href={(x) => `/dashboard/teams/${x.id}`} />}
      <More pages={pages} />
      {adding && <AddTeam onClose={() => setAdding(false)} />}
    </>
  );
}

function AddTeam({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const doing = useDoing();
  const add = async () => {
    let made: Team | undefined;
    if (await doing.run('add', async () => { made = await api.post('/api/v1/teams', { body: { name } }); }) && made) navigate(`/dashboard/teams/${made.id}`);
  };
  return (
    <FormDialog title={t('numbers.teams.add')} onClose={onClose} onSubmit={add} submit={t('core.add')} busy={doing.busy !== ''} why={name.trim() ? undefined : t('numbers.fill_name')}>
      <TextField label={t('numbers.teams.name')} hint={t('numbers.teams.name_hint')} autofocus maxLength={100} value={name} onValue={setName} error={doing.problem?.about('name')} />
      {doing.problem && !doing.problem.about('name') && <Refusal problem={doing.problem} />}
    </FormDialog>
  );
}
