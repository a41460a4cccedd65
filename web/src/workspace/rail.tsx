// The rail: where to go, and who one is (the user icon at its foot, SPEC X14).
import { runsTheOffice, session, signOut } from '../entry/signed';
import { t, type Key } from '../i18n/words';
import { Avatar, Icon, Link } from '../parts/basic';
import type { IconName } from '../parts/icons';
import { Menu, type MenuItem } from '../parts/over';
import { navigate, place } from '../parts/router';
import { api } from '../api/client';
import { attempt } from './act';
import { presenceOf, statusOf } from './show';
import { useInboxCounts, useReasons, useStatus } from './state';
import * as phone from '../phone/phone';

interface Way { to: string; label: Key; icon: IconName; under: string }
const ways: Way[] = [
  { to: '/', label: 'workspace.nav.phone', icon: 'phone', under: '/' },
  { to: '/inbox', label: 'workspace.nav.inbox', icon: 'inbox', under: '/inbox' },
  { to: '/people', label: 'workspace.nav.people', icon: 'people', under: '/people' },
  { to: '/calls', label: 'workspace.nav.calls', icon: 'history', under: '/calls' },
];

const isUnder = (under: string, path: string) => (under === '/' ? path === '/' : path === under || path.startsWith(`${under}/`));

export function Rail() {
  const { path } = place.value;
  const inbox = useInboxCounts().data;
  const missed = inbox?.calls.missed ?? 0, unread = inbox?.conversations.unread ?? 0;
  const counts: Record<string, { n: number; words: string }> = {
    '/': { n: missed, words: t('workspace.nav.missed_count', { n: missed }) },
    '/inbox': { n: unread, words: t('workspace.nav.unread_count', { n: unread }) },
  };
  return (
    <nav class="work-rail" aria-label={t('workspace.nav.label')}>
      <p class="work-mark"><img src="/page/icon.svg" alt="Tandem" width="28" height="28" /></p>
      <ul class="plain">
        {ways.map((w) => {
          const on = isUnder(w.under, path);
          const count = counts[w.to];
          return (
            <li key={w.to}>
              <Link to={w.to} current={on} class={on ? 'on' : ''}>
                <span class="rail-icon"><Icon name={w.icon} size={22} />{count && count.n > 0 && <span class="rail-count" title={count.words}><span aria-hidden="true">{count.n > 99 ? '99+' : count.n}</span><span class="sr">{count.words}</span></span>}</span>
                <span>{t(w.label)}</span>
              </Link>
            </li>
          );
        })}
      </ul>
      <StatusMenu />
    </nav>
  );
}

/** The person: their status with its reasons (SPEC A1, A2), their settings, and the way out. */
function StatusMenu() {
  const me = session.value?.user;
  const status = useStatus();
  const reasons = useReasons().data?.data ?? [];
  const now = status.data;
  const set = (availability: 'available' | 'auto' | 'unavailable', reason_id?: string) =>
    void attempt(async () => {
      await api.put('/api/v1/me/availability', { body: { availability, ...(reason_id ? { reason_id } : {}) } });
      status.refresh();
    });
  const items: (MenuItem | null)[] = [
    { label: t('workspace.status.available'), lead: <i class="status-dot available" />, checked: now?.availability === 'available', onPick: () => set('available') },
    { label: t('workspace.status.auto'), lead: <Icon name="clock" size={16} />, checked: now?.availability === 'auto', onPick: () => set('auto') },
    null,
    ...reasons.map((r) => ({
      label: r.name, lead: <i class="status-dot away" />, checked: now?.availability === 'unavailable' && now.reason?.id === r.id, onPick: () => set('unavailable', r.id),
    })),
    null,
    { label: t('workspace.nav.settings'), icon: 'settings', onPick: () => navigate('/settings/account') },
    ...(runsTheOffice() ? [{ label: t('workspace.nav.dashboard'), icon: 'chart' as const, onPick: () => navigate('/dashboard') }] : []),
    { label: t('core.sign_out'), icon: 'logout', why: phone.inCall.value ? t('workspace.nav.in_call') : undefined, onPick: () => void signOut() },
  ];
  const words = statusOf(now);
  return (
    <div class="work-me">
      <Menu label={t('workspace.status.menu')} items={items} button={(p) => (
        <button type="button" {...p} class="me-button" title={`${me?.name ?? ''} — ${words}`}>
          <Avatar name={me?.name ?? '?'} size={38} presence={presenceOf(now)} />
          <span class="sr">{me?.name} — </span><span class="me-words cut">{words}</span>
        </button>
      )} />
    </div>
  );
}
