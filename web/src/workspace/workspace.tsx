// The Workspace: what an agent has open all day. The frame with its rail, the phone beside it, and which screen is shown.
import './workspace.css';
import { useEffect } from 'preact/hooks';
import { t } from '../i18n/words';
import { streaming } from '../api/events';
import { Banner, Empty, Link, Spinner } from '../parts/basic';
import { lazy, place, routeOf, type Route } from '../parts/router';
import * as phone from '../phone/phone';
import { Home } from './home';
import { Incoming } from './incoming';
import { Inbox } from './inbox';
import { PhonePane, CallBar } from './pane';
import { useNotices } from './notices';
import { Rail } from './rail';
import { useShortcuts } from './shortcuts';

const late = <T extends object>(load: () => Promise<preact.ComponentType<T>>) => lazy(load, () => <Spinner />);

const routes: Route[] = [
  { path: '/', screen: Home },
  { path: '/inbox', screen: Inbox },
  { path: '/inbox/:view', screen: Inbox },
  { path: '/inbox/:view/:id', screen: Inbox },
  { path: '/people', screen: late(async () => (await import('./people')).People) },
  { path: '/people/:view', screen: late(async () => (await import('./people')).People) },
  { path: '/people/:view/:id', screen: late(async () => (await import('./people')).People) },
  { path: '/calls', screen: late(async () => (await import('./calls')).Calls) },
  { path: '/calls/:id', screen: late(async () => (await import('./calls')).Calls) },
  { path: '/settings', screen: late(async () => (await import('./settings/settings')).Settings) },
  { path: '/settings/:page', screen: late(async () => (await import('./settings/settings')).Settings) },
];

export function Workspace() {
  const { path } = place.value;
  useEffect(() => {
    phone.start('workspace');
    return () => phone.stop();
  }, []);
  useNotices();
  useShortcuts();
  const found = routeOf(routes, path);
  const Screen = found?.route.screen;
  return (
    <div class={`work ${path === '/' ? 'at-phone' : ''}`}>
      <a class="skip" href="#main">{t('core.skip')}</a>
      <Rail />
      <main id="main" class="work-main" tabIndex={-1}>
        {streaming.value === 'lost' && <Banner tone="warn">{t('core.stream_lost')}</Banner>}
        <CallBar />
        {found && Screen ? <Screen key={found.route.path.split('/')[1]} args={found.args} /> : <Empty icon="search" title={t('core.no_page')} action={<Link class="btn" to="/">{t('workspace.nav.phone')}</Link>} />}
      </main>
      <PhonePane />
      <Incoming />
    </div>
  );
}

