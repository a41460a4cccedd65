// A team: its name, its members in their order, and what it asks of them.
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../../api/client';
import { refresh, useQuery } from '../../api/query';
import { may } from '../../entry/signed';
import { t } from '../../i18n/words';
import { Avatar, Banner, Button, Card, Empty, IconButton, Link, Refusal, Spinner } from '../../parts/basic';
import { CheckField, TextField } from '../../parts/fields';
import { confirm, toast } from '../../parts/over';
import { navigate } from '../../parts/router';
import { ScreenHead } from '../head';
import { presenceOf, StatusBadge } from './badges';
import { useDoing } from './doing';
import { UserPicker } from './pick';
import { useAvailabilities } from './user/ask';

interface Held { team: Schemas['TeamObject']; etag: string | null }

export function TeamScreen({ args }: { args: Record<string, string> }) {
  const id = args['id']!;
  const asked = useQuery(`team:${id}`, async (signal) => {
    const { data, etag } = await api.versioned('get', '/api/v1/teams/{id}', { path: { id }, query: { expand: ['users'] } as never, signal });
    return { team: data, etag } satisfies Held;
  }, ['team.*', 'user.deleted', 'user.updated']);
  const back = { to: '/dashboard/teams', label: t('numbers.teams.title') };
  if (asked.problem?.status === 404) return <><ScreenHead title={t('numbers.teams.gone')} back={back} /><Empty icon="search" title={t('numbers.teams.gone_text')} action={<Link class="btn" to="/dashboard/teams">{t('numbers.teams.title')}</Link>} /></>;
  if (!asked.data) return asked.problem ? <Refusal problem={asked.problem} retry={asked.refresh} /> : <Spinner />;
  const { team } = asked.data;
  return (
    <>
      <ScreenHead title={team.name} back={back} sub={t('numbers.team.members', { n: team.user_ids?.length ?? 0 })} />
      {asked.problem && <Refusal problem={asked.problem} retry={asked.refresh} />}
      <div class="office-two"><Members {...asked.data} /><div class="stack loose"><About key={asked.data.etag} {...asked.data} /><Delete {...asked.data} /></div></div>
    </>
  );
}

const again = (id: string) => { refresh(`team:${id}`); refresh('teams-all'); };

async function patch({ team, etag }: Held, body: Schemas['TeamPatch']) {
  try {
    await api.patch('/api/v1/teams/{id}', { path: { id: team.id }, body, ifMatch: etag });
  } finally {
    again(team.id);
  }
}

function Members(held: Held) {
  const { team } = held;
  const doing = useDoing();
  const now = useAvailabilities();
  const rights = may('users:write') ? undefined : t('numbers.may_not');
  const ids = team.user_ids ?? [];
  const names = new Map((team.users ?? []).map((u) => [u.id, u.name]));
  const put = (name: string, next: string[]) => void doing.run(name, () => patch(held, { user_ids: next }));
  const move = (i: number, by: number) => {
    const next = [...ids];
    [next[i], next[i + by]] = [next[i + by]!, next[i]!];
    put('move', next);
  };
  return (
    <Card title={t('numbers.teams.members')}>
      <UserPicker key={ids.length} label={t('numbers.people.add_user')} why={(id) => (ids.includes(id) ? t('numbers.people.there_already') : rights)} onPick={(u) => put('add', [...ids, u.id])} />
      {doing.problem && <Refusal problem={doing.problem} />}
      {ids.length === 0 ? <Banner tone="warn">{t('numbers.teams.nobody')}</Banner> : (
        <ol class="plain office-list">
          {ids.map((id, i) => (
            <li key={id} class="row">
              <Avatar name={names.get(id) ?? '?'} size={34} presence={presenceOf(now.get(id)?.status)} />
              <Link to={`/dashboard/users/${id}`} class="lead-link cut grow" title={names.get(id)}>{names.get(id) ?? '…'}</Link>
              <span class="wide-only"><StatusBadge now={now.get(id)} /></span>
              <IconButton small icon="up" label={t('numbers.teams.up', { name: names.get(id) ?? '' })} why={rights ?? (i === 0 ? t('numbers.teams.first') : undefined)} onClick={() => move(i, -1)} />
              <IconButton small icon="down" label={t('numbers.teams.down', { name: names.get(id) ?? '' })} why={rights ?? (i === ids.length - 1 ? t('numbers.teams.last') : undefined)} onClick={() => move(i, 1)} />
              <IconButton small icon="close" label={t('numbers.people.remove', { name: names.get(id) ?? '' })} why={rights} onClick={() => put(id, ids.filter((x) => x !== id))} />
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}

function About(held: Held) {
  const { team } = held;
  const [name, setName] = useState(team.name);
  const [tag, setTag] = useState(team.must_tag);
  const doing = useDoing();
  const why = !may('users:write') ? t('numbers.may_not') : name === team.name && tag === team.must_tag ? t('numbers.nothing_changed') : undefined;
  return (
    <Card title={t('numbers.teams.about')}>
      <form class="stack" noValidate onSubmit={(e) => { e.preventDefault(); if (!why) void doing.run('save', () => patch(held, { name, must_tag: tag }), ''); }}>
        <TextField label={t('numbers.teams.name')} maxLength={100} value={name} onValue={setName} error={doing.problem?.about('name')} />
        <CheckField label={t('numbers.settings.must_tag')} hint={t('numbers.teams.must_tag_hint')} checked={tag} onValue={setTag} />
        {doing.problem && !doing.problem.about('name') && <Refusal problem={doing.problem} />}
        <div class="row"><Button kind="primary" type="submit" busy={doing.busy !== ''} why={why}>{t('core.save')}</Button></div>
      </form>
    </Card>
  );
}

function Delete({ team, etag }: Held) {
  const doing = useDoing();
  const remove = async () => {
    if (!(await confirm(t('numbers.teams.delete_title', { name: team.name }), <p>{t('numbers.teams.delete_text')}</p>, t('core.delete')))) return;
    if (await doing.run('delete', () => api.delete('/api/v1/teams/{id}', { path: { id: team.id }, ifMatch: etag }))) {
      toast(t('numbers.teams.deleted', { name: team.name }), 'good');
      refresh('teams-all');
      navigate('/dashboard/teams', 'replace');
    }
  };
  return (
    <Card title={t('numbers.delete.card')}>
      <p class="soft">{t('numbers.teams.delete_text')}</p>
      {doing.problem && <Refusal problem={doing.problem} />}
      <div class="row"><Button icon="trash" busy={doing.busy !== ''} onClick={() => void remove()} why={may('users:write') ? undefined : t('numbers.may_not')}>{t('numbers.teams.delete')}</Button></div>
    </Card>
  );
}
