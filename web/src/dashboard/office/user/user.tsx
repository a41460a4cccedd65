// A user with their tabs.
import type { ComponentType } from 'preact';
import { t } from '../../../i18n/words';
import { Avatar, Empty, Link, Refusal, Spinner } from '../../../parts/basic';
import { Tabs } from '../../../parts/lists';
import { ScreenHead } from '../../head';
import { presenceOf, roleName, StatusBadge } from '../badges';
import { useAvailabilities, useUser, type Held } from './ask';
import { UserAvailability } from './availability';
import { Devices } from './devices';
import { UserGeneral } from './general';
import { History } from './history';
import { UserNumbers } from './numbers';
import { Permissions } from './permissions';

const tabs = ['general', 'availability', 'numbers', 'permissions', 'devices', 'history'] as const;
type Tab = (typeof tabs)[number];
const screens: Record<Tab, ComponentType<Held>> = { general: UserGeneral, availability: UserAvailability, numbers: UserNumbers, permissions: Permissions, devices: Devices, history: History };

export function UserScreen({ args }: { args: Record<string, string> }) {
  const id = args['id']!;
  const asked = useUser(id);
  const now = useAvailabilities().get(id);
  const back = { to: '/dashboard/users', label: t('numbers.users.title') };
  if (asked.problem?.status === 404) return <><ScreenHead title={t('numbers.user.gone')} back={back} /><Empty icon="search" title={t('numbers.user.gone_text')} action={<Link class="btn" to="/dashboard/users">{t('numbers.users.title')}</Link>} /></>;
  if (!asked.data) return asked.problem ? <Refusal problem={asked.problem} retry={asked.refresh} /> : <Spinner />;
  const { user: u } = asked.data;
  const at = `/dashboard/users/${id}`;
  const to = (x: Tab) => (x === 'general' ? at : `${at}/${x}`);
  const tab = tabs.find((x) => x === args['tab']) ?? 'general';
  const Screen = screens[tab];
  return (
    <>
      <ScreenHead title={u.name} back={back} sub={<span class="row wrap"><Avatar name={u.name} size={28} presence={presenceOf(now?.status)} /><StatusBadge now={now} /><span>{roleName(u.role)}</span><span aria-hidden="true">·</span><span class="num">{t('numbers.user.ext', { extension: u.extension })}</span><span aria-hidden="true">·</span><span class="cut office-name" title={u.email}>{u.email}</span></span>} />
      <Tabs label={u.name} at={to(tab)} tabs={tabs.map((x) => ({ to: to(x), label: t(`numbers.user.tab_${x}`) }))} />
      {asked.problem && <Refusal problem={asked.problem} retry={asked.refresh} />}
      <Screen {...asked.data} />
    </>
  );
}
