// The call log: filters, saved views, pages to any depth.
import { useEffect, useState } from 'preact/hooks';
import { api } from '../../api/client';
import { hear } from '../../api/events';
import { clock, t, when } from '../../i18n/words';
import { Badge, Button, Empty, Icon, Refusal } from '../../parts/basic';
import { More, Table, usePages, type Column } from '../../parts/lists';
import { navigate, place } from '../../parts/router';
import { ScreenHead } from '../head';
import { CallFilters } from './callfilters';
import { callQuery, countFilters, readFilters, writeFilters, type Filters } from './filters';
import { useZone } from './home';
import { callIcon, callLook, directionWord, otherNumber, otherParty, reasonWord, type CallEntry } from './says';
import { serverNow } from '../../api/time';

export function Calls() {
  const zone = useZone();
  const filters = readFilters(place.value.query);
  const address = writeFilters(filters);
  const [asked, setAsked] = useState(() => new Date(serverNow()));
  useEffect(() => setAsked(new Date(serverNow())), [address]);
  const key = `${address} ${zone} ${asked.toDateString()}`;
  const pages = usePages<CallEntry>(key, async (cursor, signal) => {
    const p = await api.get('/api/v1/calls', { query: { ...callQuery(filters, asked, zone), limit: 50, ...(cursor ? { cursor } : {}) }, signal });
    return { data: p.data ?? [], next_cursor: p.next_cursor };
  });
  const fresh = useNews(key, pages.rows.length <= 50 ? pages.refresh : null);
  const set = (f: Filters) => navigate(writeFilters(f), 'replace');
  return (
    <>
      <ScreenHead title={t('dashboard.nav.calls')} />
      <CallFilters filters={filters} onFilters={set} />
      {fresh.count > 0 && <Button class="news" icon="refresh" onClick={() => { fresh.seen(); pages.refresh(); }}>{t('dashboard.calls.news', { n: fresh.count })}</Button>}
      {pages.problem && pages.rows.length === 0 && <Refusal problem={pages.problem} retry={pages.refresh} />}
      {pages.rows.length > 0 && <Table label={t('dashboard.nav.calls')} columns={columns()} rows={pages.rows} open={pages.more !== null} id={(c) => c.id} href={(c) => `/dashboard/calls/${c.id}`} />}
      {!pages.loading && !pages.problem && pages.rows.length === 0 && <Nothing filters={filters} onClear={() => set({})} />}
      <More pages={pages} />
    </>
  );
}

/** How many calls ended since the list was read; where it is one page, it is read again instead. */
function useNews(key: string, refresh: (() => void) | null): { count: number; seen: () => void } {
  const [count, setCount] = useState(0);
  useEffect(() => {
    setCount(0);
    let wait: ReturnType<typeof setTimeout> | undefined;
    const off = hear(['call.created', 'call.ended'], (e) => {
      if (refresh) wait ??= setTimeout(() => { wait = undefined; refresh(); }, 800);
      else if (e.type === 'call.created' || e.type === 'reset') setCount((n) => n + 1);
    });
    return () => { clearTimeout(wait); off(); };
  }, [key, refresh === null]);
  return { count, seen: () => setCount(0) };
}

function Nothing({ filters, onClear }: { filters: Filters; onClear: () => void }) {
  const some = countFilters(filters) > 0 || filters.search || filters.period;
  return some
    ? <Empty icon="search" title={t('dashboard.calls.none_found')} action={<Button onClick={onClear}>{t('dashboard.calls.clear')}</Button>}>{t('dashboard.calls.none_found_text')}</Empty>
    : <Empty icon="phone" title={t('dashboard.calls.none')}>{t('dashboard.calls.none_text')}</Empty>;
}

/** How a call ended, and why nobody took it. */
export function Outcome({ call: c }: { call: CallEntry }) {
  const look = callLook(c);
  return <span class="stack tight outcome"><Badge tone={look.tone}>{look.text}</Badge>{c.missed_reason && <span class="small soft">{reasonWord(c.missed_reason)}</span>}</span>;
}

export function Party({ call: c }: { call: CallEntry }) {
  const name = otherParty(c), number = otherNumber(c);
  return (
    <span class="party">
      <span class={c.missed_reason ? 'bad' : 'soft'} title={directionWord(c.direction)}><Icon name={callIcon(c)} /><span class="sr">{directionWord(c.direction)}</span></span>
      <span class="stack tight cut"><span class="cut" title={name}>{name}</span>{name !== number && <span class="small soft cut">{number}</span>}</span>
    </span>
  );
}

const columns = (): Column<CallEntry>[] => [
  { name: t('dashboard.calls.party'), cell: (c) => <Party call={c} /> },
  { name: t('dashboard.calls.number'), wide: true, cell: (c) => <span class="cut cell" title={c.number?.name}>{c.number?.name ?? ''}</span> },
  { name: t('dashboard.calls.user'), wide: true, cell: (c) => <span class="cut cell" title={c.user?.name}>{c.user?.name ?? (c.teams?.length ? c.teams.map((x) => x?.name).join(', ') : '')}</span> },
  { name: t('dashboard.calls.outcome'), cell: (c) => <Outcome call={c} /> },
  { name: t('dashboard.calls.wait'), wide: true, num: true, cell: (c) => (c.direction === 'inbound' ? clock(c.wait_seconds) : '') },
  { name: t('dashboard.calls.talk'), wide: true, num: true, cell: (c) => (c.answered_at ? clock(c.talk_seconds) : '') },
  { name: t('dashboard.calls.when'), num: true, cell: (c) => <time dateTime={c.started_at} title={when(c.started_at, 'exact')}>{when(c.started_at)}</time> },
];
