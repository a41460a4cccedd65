// What a user may do, and how they sign in.
import { useState } from 'preact/hooks';
import { may, session } from '../../../entry/signed';
import { t } from '../../../i18n/words';
import { Badge, Banner, Button, Card, Copy, Icon, IconButton, Refusal } from '../../../parts/basic';
import { confirm } from '../../../parts/over';
import { roleName } from '../badges';
import { useDoing } from '../doing';
import { TeamPicker, useTeams } from '../pick';
import { newPassword } from './add';
import { patchUser, roles, type Held, type User } from './ask';

export function Permissions(held: Held) {
  return <div class="office-two"><Role {...held} /><div class="stack loose"><SignIn {...held} /></div></div>;
}

function Role(held: Held) {
  const { user: u } = held;
  const [role, setRole] = useState<User['role']>(u.role);
  const [teams, setTeams] = useState<string[]>(u.supervised_team_ids ?? []);
  const doing = useDoing();
  const owner = session.value?.user === null || session.value?.user?.role === 'owner';
  const known = new Map((useTeams().data?.data ?? []).map((x) => [x.id, x.name]));
  const rights = !may('users:write') ? t('numbers.may_not') : u.role === 'owner' && !owner ? t('numbers.user.owners_only') : undefined;
  const same = role === u.role && teams.join() === (u.supervised_team_ids ?? []).join();
  const save = () => void doing.run('role', () => patchUser(held, { role, supervised_team_ids: role === 'supervisor' ? teams : [] }), '');
  return (
    <Card title={t('numbers.users.role')}>
      <fieldset class="office-ways one" title={rights}><legend class="sr">{t('numbers.users.role')}</legend>
        {roles.map((r) => {
          const off = Boolean(rights) || (r === 'owner' && !owner);
          return (
            <label key={r} class={`office-way slim ${role === r ? 'on' : ''}`} title={r === 'owner' && !owner ? t('numbers.user.owners_only') : undefined}>
              <input type="radio" name="role" value={r} checked={role === r} disabled={off} onChange={() => setRole(r)} />
              <span class="stack tight"><strong>{roleName(r)}</strong><span class="soft small">{t(`numbers.role_means.${r}`)}</span></span>
            </label>
          );
        })}
      </fieldset>
      {role === 'supervisor' && (
        <div class="stack">
          <p class="legend">{t('numbers.user.supervises')}</p>
          <div class="row wrap">{teams.map((id) => <span key={id} class="office-chip"><Icon name="team" size={16} /><span class="cut">{known.get(id) ?? '…'}</span><IconButton small icon="close" label={t('numbers.people.remove', { name: known.get(id) ?? '' })} onClick={() => setTeams(teams.filter((x) => x !== id))} /></span>)}{teams.length === 0 && <Badge>{t('numbers.user.supervises_none')}</Badge>}</div>
          <TeamPicker key={teams.length} label={t('numbers.people.add_team')} why={(id) => (teams.includes(id) ? t('numbers.people.there_already') : undefined)} onPick={(x) => setTeams([...teams, x.id])} />
        </div>
      )}
      {doing.problem && <Refusal problem={doing.problem} />}
      <div class="row"><Button kind="primary" busy={doing.busy !== ''} onClick={save} why={rights ?? (same ? t('numbers.nothing_changed') : undefined)}>{t('core.save')}</Button></div>
    </Card>
  );
}

/** Signing in: a new password is made here and shown once. */
function SignIn(held: Held) {
  const { user: u } = held;
  const [password, setPassword] = useState('');
  const doing = useDoing();
  const owner = session.value?.user === null || session.value?.user?.role === 'owner';
  const rights = !may('users:write') ? t('numbers.may_not') : u.role === 'owner' && !owner ? t('numbers.user.owners_only') : undefined;
  const make = async () => {
    if (u.has_password && !(await confirm(t('numbers.user.password_title', { name: u.name }), <p>{t('numbers.user.password_text')}</p>, t('numbers.user.password_go'), 'plain'))) return;
    const next = newPassword();
    if (await doing.run('password', () => patchUser(held, { password: next }))) setPassword(next);
  };
  const take = async () => {
    if (!(await confirm(t('numbers.user.no_password_title', { name: u.name }), <p>{t('numbers.user.no_password_text')}</p>, t('numbers.user.no_password_go')))) return;
    if (await doing.run('none', () => patchUser(held, { password: null }), '')) setPassword('');
  };
  return (
    <Card title={t('numbers.user.sign_in')}>
      <p>{t(u.has_password ? 'numbers.user.has_password' : 'numbers.user.has_no_password')}</p>
      {password && <Banner tone="warn" action={<Copy text={password} label={t('numbers.copy')} />}><p class="mono strong wrap-any">{password}</p><p>{t('numbers.users.once')}</p></Banner>}
      {doing.problem && <Refusal problem={doing.problem} />}
      <div class="row wrap"><Button icon="lock" busy={doing.busy === 'password'} onClick={() => void make()} why={rights}>{t('numbers.user.new_password')}</Button>{u.has_password && <Button kind="quiet" busy={doing.busy === 'none'} onClick={() => void take()} why={rights}>{t('numbers.user.no_password')}</Button>}</div>
    </Card>
  );
}
