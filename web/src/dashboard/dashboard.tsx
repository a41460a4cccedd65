// The Dashboard: the frame with its rail, and which screen is shown in it.
import { may, session, signOut } from '../entry/signed';
import { streaming } from '../api/events';
import { t, type Key } from '../i18n/words';
import { Banner, Empty, Icon, IconButton, Link, Spinner } from '../parts/basic';
import type { IconName } from '../parts/icons';
import { place, routeOf } from '../parts/router';
import { flowRoutes } from '../flow/routes';
import { officeRoutes } from './office/routes';
import { useStyle } from './head';
import { watchRoutes } from './watch/routes';

interface Way { to: string; label: Key; icon: IconName; scope: string; /** The first of a group. */ apart?: true }
const ways: Way[] = [
  { to: '/dashboard', label: 'dashboard.nav.home', icon: 'home', scope: '' },
  { to: '/dashboard/live', label: 'dashboard.nav.live', icon: 'live', scope: 'calls:read' },
  { to: '/dashboard/calls', label: 'dashboard.nav.calls', icon: 'phone', scope: 'calls:read' },
  { to: '/dashboard/messages', label: 'dashboard.nav.messages', icon: 'chat', scope: 'messages:read' },
  { to: '/dashboard/numbers', label: 'dashboard.nav.numbers', icon: 'hash', scope: 'numbers:read', apart: true },
  { to: '/dashboard/flows', label: 'dashboard.nav.flows', icon: 'flow', scope: 'flows:read' },
  { to: '/dashboard/users', label: 'dashboard.nav.users', icon: 'user', scope: 'users:read' },
  { to: '/dashboard/teams', label: 'dashboard.nav.teams', icon: 'team', scope: 'users:read' },
  { to: '/dashboard/call-settings', label: 'dashboard.nav.call_settings', icon: 'calendar', scope: 'flows:read' },
  { to: '/dashboard/trunks', label: 'dashboard.nav.trunks', icon: 'trunk', scope: 'trunks:read', apart: true },
  { to: '/dashboard/connectors', label: 'dashboard.nav.connectors', icon: 'link', scope: 'trunks:read' },
  { to: '/dashboard/developers', label: 'dashboard.nav.developers', icon: 'code', scope: 'webhooks:read' },
  { to: '/dashboard/settings', label: 'dashboard.nav.settings', icon: 'settings', scope: '' },
];

const routes = [...officeRoutes, ...flowRoutes, ...watchRoutes];

const under = (to: string, path: string) => (to === '/dashboard' ? path === to : path === to || path.startsWith(`${to}/`));

export function Dashboard() {
  const styled = useStyle('/dashboard.css');
  const { path } = place.value;
  const found = routeOf(routes, path);
  const Screen = found?.route.screen;
  if (!styled) return <Spinner />;
  return (
    <div class="dash">
      <a class="skip" href="#main">{t('core.skip')}</a>
      <nav class="dash-rail" aria-label={t('dashboard.nav.label')}>
        <p class="brandmark"><img src="/page/icon.svg" alt="" width="24" height="24" /> <span>Tandem</span></p>
        <ul class="plain">
          {ways.map((w) => (!w.scope || may(w.scope)) && (
            <li key={w.to} class={w.apart ? 'apart' : ''}><Link to={w.to} current={under(w.to, path)} class={under(w.to, path) ? 'on' : ''} title={t(w.label)}><Icon name={w.icon} /><span>{t(w.label)}</span></Link></li>
          ))}
        </ul>
        <div class="dash-foot">
          {session.value?.user && <Link to="/" title={t('dashboard.nav.workspace')}><Icon name="headset" /><span>{t('dashboard.nav.workspace')}</span></Link>}
          <IconButton icon="logout" label={t('core.sign_out')} onClick={() => void signOut()} />
        </div>
      </nav>
      <main id="main" class="dash-main" tabIndex={-1}>
        {streaming.value === 'lost' && <Banner tone="warn">{t('core.stream_lost')}</Banner>}
        {found && Screen ? <Screen key={found.route.path + JSON.stringify(found.args)} args={found.args} /> : <Empty icon="search" heading title={t('core.no_page')} action={<Link class="btn" to="/dashboard">{t('dashboard.nav.home')}</Link>} />}
      </main>
    </div>
  );
}

