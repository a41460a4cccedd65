// The person's own settings. Settings → Account → Profile shows the extension (SPEC X14).
import { t, type Key } from '../../i18n/words';
import { Empty, Icon, Link } from '../../parts/basic';
import type { IconName } from '../../parts/icons';
import { Account } from './account';
import { Appearance, Shortcuts } from './page';
import { Audio } from './audio';
import { Notifications } from './notifications';
import { Hours } from './hours';

const pages: Record<string, { label: Key; icon: IconName; screen: preact.ComponentType }> = {
  account: { label: 'workspace.settings.account', icon: 'user', screen: Account },
  hours: { label: 'workspace.settings.hours', icon: 'clock', screen: Hours },
  audio: { label: 'workspace.settings.audio', icon: 'headset', screen: Audio },
  notifications: { label: 'workspace.settings.notifications', icon: 'bell', screen: Notifications },
  shortcuts: { label: 'workspace.settings.shortcuts', icon: 'keypad', screen: Shortcuts },
  appearance: { label: 'workspace.settings.appearance', icon: 'sun', screen: Appearance },
};

export function Settings({ args }: { args: Record<string, string> }) {
  const at = !args['page'] || args['page'] === 'profile' ? 'account' : args['page'];
  const page = pages[at];
  const Screen = page?.screen;
  return (
    <div class="settings">
      <header class="screen-head"><h1>{t('workspace.settings.title')}</h1></header>
      <nav class="settings-nav" aria-label={t('workspace.settings.title')}>
        <ul class="plain">{Object.entries(pages).map(([k, p]) => <li key={k}><Link to={`/settings/${k}`} current={k === at} class={k === at ? 'on' : ''}><Icon name={p.icon} />{t(p.label)}</Link></li>)}</ul>
      </nav>
      <div class="settings-page">{Screen ? <Screen /> : <Empty icon="search" title={t('core.no_page')} />}</div>
    </div>
  );
}
