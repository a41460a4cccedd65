// A colleague: where they are reached, and whether they are.
import { t } from '../i18n/words';
import { Avatar, Button, Card, Empty, Facts, Icon, Link, Spinner } from '../parts/basic';
import { callNumber } from './act';
import { presenceOf, StatusBadge } from './show';
import { myID, useColleagues, useTeams } from './state';

export function Colleague({ id }: { id: string }) {
  const { users, status, loading } = useColleagues();
  const teams = useTeams().data?.data ?? [];
  const u = users.find((x) => x.id === id);
  if (!u) return loading ? <Spinner /> : <Empty icon="user" title={t('workspace.people.gone')} />;
  return (
    <div class="screen">
      <Link to="/people/colleagues" class="back narrow-only"><Icon name="left" /> {t('core.back')}</Link>
      <header class="person-head">
        <Avatar name={u.name} size={72} presence={presenceOf(status.get(id))} />
        <div class="stack tight"><h2 class="wrap-any">{u.name}</h2><p><StatusBadge a={status.get(id)} /></p></div>
      </header>
      {id !== myID() && u.extension && (
        <div class="row wrap"><Button kind="primary" icon="phone" onClick={() => callNumber(u.extension, { name: u.name })}>{t('workspace.people.call_extension', { extension: u.extension })}</Button></div>
      )}
      <Card><Facts facts={[
        [t('workspace.profile.extension'), u.extension && <span class="num">{u.extension}</span>], [t('workspace.profile.email'), u.email && <a href={`mailto:${u.email}`}>{u.email}</a>],
        [t('workspace.profile.teams'), teams.filter((x) => (x.user_ids ?? []).includes(id)).map((x) => x.name).join(', ')],
      ]} /></Card>
    </div>
  );
}
