// The wallboard: what a whole room looks at, in full screen.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { language, t } from '../../i18n/words';
import { Avatar, Icon, IconButton, Timer } from '../../parts/basic';
import { navigate } from '../../parts/router';
import { figuresOf, foldCounted, hoursIn, midnight } from './figures';
import { useFollowed } from './follow';
import { callsSince, useZone } from './home';
import { presenceOf, useUsers, withStatus } from './live';
import { byNumber, tally, useLiveCalls, useStatuses } from './livestore';
import { statusWord } from './says';
import { serverNow } from '../../api/time';

const number = (n: number) => new Intl.NumberFormat(language.value).format(n);

export function Wall() {
  const frame = useRef<HTMLElement>(null);
  const zone = useZone();
  const live = useLiveCalls();
  const statuses = useStatuses();
  const users = useUsers();
  const [full, setFull] = useState(false);
  const day = useFollowed(() => callsSince(midnight(new Date(serverNow()), zone)), ['call.created', 'call.answered', 'call.ended', 'call.missed'], foldCounted, zone);
  const f = useMemo(() => figuresOf(day.data?.values() ?? [], hoursIn(zone)), [day.data, zone]);
  const people = useMemo(() => withStatus(users.data ?? [], statuses.data ?? []), [users.data, statuses.data]);
  const calls = live.data ?? [];
  const { by, longest } = tally(calls);
  const waiting = by.queue + by.ringing;
  useEffect(() => {
    const leave = (e: KeyboardEvent) => { if (e.key === 'Escape' && !document.fullscreenElement) navigate('/dashboard/live'); };
    const changed = () => setFull(Boolean(document.fullscreenElement));
    addEventListener('keydown', leave);
    document.addEventListener('fullscreenchange', changed);
    frame.current?.focus();
    return () => { removeEventListener('keydown', leave); document.removeEventListener('fullscreenchange', changed); if (document.fullscreenElement) void document.exitFullscreen(); };
  }, []);
  const done = f.answered + f.missed;
  return (
    <section ref={frame} class="wall" tabIndex={-1} aria-label={t('dashboard.live.wall')}>
      <header class="row between">
        <h1>{t('dashboard.live.wall')}</h1>
        <div class="row">
          <Clock zone={zone} />
          {!full && document.fullscreenEnabled && <IconButton icon="external" label={t('dashboard.live.full')} onClick={() => void frame.current?.requestFullscreen().catch(() => undefined)} />}
          <IconButton icon="close" label={t('dashboard.live.wall_close')} onClick={() => navigate('/dashboard/live')} />
        </div>
      </header>
      <ul class="plain wall-tiles">
        <Big name={t('dashboard.live.wall_waiting')} value={number(waiting)} tone={waiting > 0 ? 'warn' : ''} note={longest ? <><Icon name="clock" size={20} /> <Timer since={longest} /></> : undefined} />
        <Big name={t('dashboard.live.state.call')} value={number(by.call)} tone="good" />
        <Big name={t('dashboard.live.wall_free')} value={number(people.filter((p) => p.now?.status === 'available').length)} />
        <Big name={t('dashboard.home.answer_rate')} value={done ? new Intl.NumberFormat(language.value, { style: 'percent' }).format(f.answered / done) : '–'} note={t('dashboard.home.of_calls', { n: done })} />
        <Big name={t('dashboard.home.missed')} value={number(f.missed)} tone={f.missed > 0 ? 'bad' : ''} />
      </ul>
      <div class="wall-below">
        <ul class="plain wall-people">{people.map(({ user, now }) => (
          <li key={user.id} class={now?.status ?? 'offline'}><Avatar name={user.name} size={44} presence={presenceOf(now?.status ?? 'offline')} /><div class="grow"><p class="strong cut">{user.name}</p><p class="soft cut">{statusWord(now?.status ?? 'offline')}</p></div></li>
        ))}</ul>
        <ul class="plain wall-numbers">{byNumber(calls).slice(0, 8).map((n) => (
          <li key={n.id} class={n.waiting ? 'warn' : ''}><span class="grow cut">{n.name}</span><span class="num">{t('dashboard.live.n_calls', { n: n.calls })}</span>{n.waiting > 0 && <strong class="num">{t('dashboard.live.waiting', { n: n.waiting })}</strong>}</li>
        ))}</ul>
      </div>
    </section>
  );
}

function Big({ name, value, tone = '', note }: { name: string; value: string; tone?: string; note?: preact.ComponentChildren }) {
  return <li class={`wall-tile ${tone}`}><span>{name}</span><strong class="num">{value}</strong><small>{note}</small></li>;
}

function Clock({ zone }: { zone: string | undefined }) {
  const [now, setNow] = useState(new Date(serverNow()));
  useEffect(() => {
    const i = setInterval(() => setNow(new Date(serverNow())), 1000);
    return () => clearInterval(i);
  }, []);
  return <time class="wall-clock num">{new Intl.DateTimeFormat(language.value, { hour: '2-digit', minute: '2-digit', timeZone: zone }).format(now)}</time>;
}
