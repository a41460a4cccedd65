// The panel: its head, what is wrong, and one of its screens.
import { api } from '../api/client';
import { streaming } from '../api/events';
import { useQuery } from '../api/query';
import { session } from '../entry/signed';
import { t } from '../i18n/words';
import { Avatar, Banner, Button, Empty, Icon, Spinner } from '../parts/basic';
import type { IconName } from '../parts/icons';
import { Menu, type MenuItem } from '../parts/over';
import * as phone from '../phone/phone';
import { isRefused, noMicrophoneLent, pinned } from './parent';
import { lazy } from '../parts/router';
import { Keypad } from './keypad';
import { dialler, last, me, panel, person, type Panel as PanelName } from './state';
import { SignIn, SignInWindow } from './who';
import { leave } from './begin';

const wait = () => <Spinner />;
const late = () => import('./late');
const Incoming = lazy(async () => (await late()).Incoming, wait);
const InCall = lazy(async () => (await late()).InCall, wait);
const After = lazy(async () => (await late()).After, wait);
const Recent = lazy(async () => (await late()).Recent, wait);
const Messages = lazy(async () => (await late()).Messages, wait);

const presence = { available: 'available', ringing: 'busy', in_call: 'busy', after_call_work: 'away', unavailable: 'away', offline: 'offline' } as const;

/** What the person does now, and can choose to do. */
function useDesk() {
  const id = person.value?.id ?? '';
  return useQuery(`cti-desk-${id}`, () => api.get('/api/v1/users/{id}/availability', { path: { id } }), ['user.*', 'call.*', 'device.*']);
}

function Status({ desk }: { desk: ReturnType<typeof useDesk> }) {
  const reasons = useQuery('cti-reasons', () => api.get('/api/v1/availability-reasons', { query: { limit: 50 } }), ['availability_reason.*']);
  const now = desk.data;
  const status = now?.status ?? 'offline';
  const label = status === 'unavailable' && now?.reason ? now.reason.name : t(`core.status.${status}`);
  const put = (availability: 'available' | 'unavailable' | 'auto', reason?: string) => void api.put('/api/v1/me/availability', { body: { availability, ...(reason ? { reason_id: reason } : {}) } }).then(desk.refresh, () => undefined);
  const items: (MenuItem | null)[] = [
    { label: t('cti.status.available'), checked: now?.availability === 'available', onPick: () => put('available') },
    { label: t('cti.status.auto'), checked: now?.availability === 'auto', onPick: () => put('auto') },
    { label: t('cti.status.unavailable'), checked: now?.availability === 'unavailable' && !now.reason, onPick: () => put('unavailable') },
    ...(reasons.data?.data ?? []).map((r) => ({ label: r.name, checked: now?.reason?.id === r.id, onPick: () => put('unavailable', r.id) })),
    null,
    { label: t('cti.status.workspace'), icon: 'external' as const, onPick: () => void window.open('/', '_blank', 'noopener') },
    { label: t('core.sign_out'), icon: 'logout' as const, onPick: () => void leave() },
  ];
  const name = person.value?.name ?? '';
  return (
    <header class="cti-head">
      <Menu label={t('cti.status.menu')} items={items} button={(p) => (
        <button type="button" class="cti-me" {...p} title={t('cti.status.menu')}>
          <Avatar name={name} size={34} presence={presence[status]} />
          <span class="stack tight"><span class="strong cut">{name}</span><span class="small soft cut">{label}{me.value?.extension ? ` · ${me.value.extension}` : ''}</span></span>
          <Icon name="down" size={16} />
        </button>
      )} />
      <Line />
    </header>
  );
}

function Line() {
  const l = phone.line.value;
  if (l === 'on') return null;
  return <span class={`badge ${l === 'refused' ? 'bad' : 'warn'}`} role="status">{t(`cti.line.${l}`)}</span>;
}

function Troubles() {
  const mic = phone.microphone.value;
  return (
    <div class="cti-troubles">
      {noMicrophoneLent() ? <Banner tone="bad">{t('cti.mic.not_lent')}</Banner>
        : (mic === 'refused' || mic === 'missing' || mic === 'busy' || mic === 'insecure') && <Banner tone={mic === 'refused' ? 'bad' : 'warn'}>{t(`cti.mic.${mic}`)}</Banner>}
      {phone.owner.value === 'other' && <Banner tone="info" action={<Button small onClick={phone.takeOver}>{t('cti.line.take')}</Button>}>{t('cti.line.other')}</Banner>}
      {phone.line.value === 'refused' && phone.refusal.value && <Banner tone="bad">{phone.refusal.value.detail || phone.refusal.value.title}</Banner>}
      {streaming.value === 'lost' && <Banner tone="warn">{t('core.stream_lost')}</Banner>}
      {!phone.soundAllowed.value && phone.incoming.value.length > 0 && <Banner tone="info" action={<Button small onClick={() => void phone.allowSound()}>{t('cti.sound.allow')}</Button>}>{t('cti.sound.silent')}</Banner>}
    </div>
  );
}

function Tabs() {
  const all: [PanelName, IconName, string][] = [['keypad', 'keypad', t('cti.tab.keypad')], ['recent', 'history', t('cti.tab.recent')], ['messages', 'chat', t('cti.tab.messages')]];
  return (
    <nav class="cti-tabs" aria-label={t('cti.tab.all')}>
      {all.map(([name, icon, label]) => <button key={name} type="button" aria-current={panel.value === name ? 'page' : undefined} onClick={() => { panel.value = name; }}><Icon name={icon} /><span>{label}</span></button>)}
    </nav>
  );
}

function Widget() {
  const desk = useDesk();
  const ring = phone.incoming.value[0];
  const call = phone.current.value;
  const live = call && (call.state !== 'ended' || call.refused || call.elsewhere) ? call : null;
  return (
    <div class="cti">
      <Status desk={desk} />
      <Troubles />
      {ring && live && <Incoming call={ring} small />}
      <main class="cti-body">
        <h1 class="sr">{t('cti.title')}</h1>
        {live ? <InCall key={live.id} call={live} /> : ring ? <Incoming key={ring.id} call={ring} small={false} />
          : last.value ? <After desk={desk.data ?? null} /> : panel.value === 'keypad' ? <Keypad key={dialler.value.by} /> : panel.value === 'recent' ? <Recent /> : <Messages />}
      </main>
      {!live && !ring && !last.value && <Tabs />}
    </div>
  );
}

/** All of it. */
export function Panel() {
  const who = person.value;
  if (location.pathname === '/cti/login') return <SignInWindow />;
  if (isRefused()) return <main class="cti-gate"><Empty icon="lock" title={t('cti.refused.title')}>{t('cti.refused.text', { origin: pinned.value ?? '' })}</Empty></main>;
  if (who === undefined) return <Spinner />;
  if (who === null) return session.value && !session.value.user ? <main class="cti-gate"><Empty icon="user" title={t('cti.sign.nobody')} /></main> : <SignIn />;
  return <Widget />;
}
