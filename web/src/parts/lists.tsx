// Tabs, tables and lists that go on.
import type { ComponentChildren, RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Problem } from '../api/client';
import { hear } from '../api/events';
import { t } from '../i18n/words';
import { Button, Link, Refusal, Spinner } from './basic';
import { idOf, longFrom, rejoin, spanOf } from './long';

export interface Tab { to: string; label: string; count?: number | undefined }

/** Tabs that are addresses. */
export function Tabs({ label, tabs, at }: { label: string; tabs: Tab[]; at: string }) {
  const bar = useRef<HTMLElement>(null);
  useEffect(() => { // on a narrow screen the one that is open may lie outside
    const on = bar.current?.querySelector<HTMLElement>('.on');
    if (bar.current && on) bar.current.scrollLeft = on.offsetLeft - (bar.current.clientWidth - on.offsetWidth) / 2;
  }, [at]);
  return (
    <nav ref={bar} class="tabs" aria-label={label}>
      {tabs.map((x) => <Link key={x.to} to={x.to} current={x.to === at} class={x.to === at ? 'on' : ''}>{x.label}{x.count ? <span class="count">{x.count}</span> : null}</Link>)}
    </nav>
  );
}

export interface Column<T> { name: string; cell: (row: T) => ComponentChildren; num?: boolean; /** Left out on narrow screens. */ wide?: boolean }

/** A table of rows; with href or onRow a row leads on. */
export function Table<T>({ label, columns, rows, id, href, onRow, empty, selected, open = false }: { label: string; columns: Column<T>[]; rows: T[]; id: (row: T) => string; href?: (row: T) => string; onRow?: (row: T) => void; empty?: ComponentChildren; selected?: string; /** There are more than have been read. */ open?: boolean }) {
  if (rows.length === 0 && empty) return <>{empty}</>;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table>
        <caption class="sr">{label}</caption>
        <thead><tr>{columns.map((c) => c.name ? <th key={c.name} scope="col" class={`${c.num ? 'n' : ''} ${c.wide ? 'wide-only' : ''}`}>{c.name}</th> : <td key="" class={c.wide ? 'wide-only' : ''} />)}</tr></thead>
        <tbody>
          <LongRows rows={rows} open={open} columns={columns.length} row={(r) => (
            <tr key={id(r)} class={`${href || onRow ? 'leads' : ''} ${selected === id(r) ? 'on' : ''}`} onClick={onRow ? () => onRow(r) : undefined}>
              {columns.map((c, i) => (
                <td key={c.name} class={`${c.num ? 'n num' : ''} ${c.wide ? 'wide-only' : ''}`}>
                  {i === 0 && href ? <Link to={href(r)} class="lead">{c.cell(r)}</Link> : i === 0 && onRow ? <button type="button" class="lead as-link" onClick={(e) => { e.stopPropagation(); onRow(r); }}>{c.cell(r)}</button> : c.cell(r)}
                </td>
              ))}
            </tr>
          )} />
        </tbody>
      </table>
    </div>
  );
}

interface Page<T> { data: T[] | null; next_cursor?: string | null }
export interface Pages<T> { rows: T[]; problem: Problem | undefined; loading: boolean; more: (() => void) | null; refresh: () => void; set: (change: (rows: T[]) => T[]) => void }

const againAtMost = 200; // rows of a long list that are read again at once

/**
 * A list of the API page by page. On the events named it is read again from its beginning: as far as it is shown, or the first rows of a long one, whose others stay as they were. ask must not
 * change unless key does.
 */
export function usePages<T>(key: string, ask: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>, on: string[] = []): Pages<T> {
  const [state, setState] = useState<{ key: string; rows: T[]; next: string | null; problem: Problem | undefined; loading: boolean }>({ key, rows: [], next: null, problem: undefined, loading: true });
  const running = useRef<AbortController | null>(null);
  const held = useRef<{ rows: T[]; next: string | null }>({ rows: [], next: null }); // what is shown: a list that is read again keeps its length, and so its place
  held.current = state.key === key ? state : { rows: [], next: null };
  const load = (cursor: string | undefined, keep: T[], before: { rows: T[]; next: string | null } = { rows: [], next: null }) => {
    running.current?.abort();
    const mine = (running.current = new AbortController());
    setState((s) => ({ ...s, key, rows: s.key === key ? s.rows : [], loading: true, problem: undefined }));
    const turn = (from: string | undefined, rows: T[]): Promise<void> => ask(from, mine.signal).then((p) => {
      const all = [...rows, ...(p.data ?? [])];
      const whole = all.length >= againAtMost && all.length < before.rows.length ? rejoin(all, before.rows, idOf) : null;
      if (!whole && p.next_cursor && all.length < before.rows.length) return turn(p.next_cursor, all);
      setState({ key, rows: whole ?? all, next: whole ? before.next : p.next_cursor ?? null, problem: undefined, loading: false });
    });
    turn(cursor, keep).catch((e: unknown) => {
      if (!mine.signal.aborted) setState((s) => ({ ...s, loading: false, problem: e instanceof Problem ? e : new Problem(0, { code: 'page', title: String(e) }) }));
    });
  };
  useEffect(() => {
    load(undefined, []);
    let wait: ReturnType<typeof setTimeout> | undefined;
    const off = on.length ? hear(on, () => { wait ??= setTimeout(() => { wait = undefined; load(undefined, [], held.current); }, 150); }) : () => {};
    return () => { clearTimeout(wait); off(); running.current?.abort(); };
  }, [key]);
  const now = state.key === key ? state : { ...state, rows: [], next: null };
  return {
    rows: now.rows, problem: now.problem, loading: now.loading,
    more: now.next ? () => load(now.next ?? undefined, now.rows) : null,
    refresh: () => load(undefined, []),
    set: (change) => setState((s) => ({ ...s, rows: change(s.rows) })),
  };
}

/** The foot of a list that goes on: it loads more when it comes into sight, and by a button. */
export function More<T>({ pages }: { pages: Pages<T> }) {
  const foot = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!foot.current || !pages.more || pages.loading) return;
    const more = pages.more;
    const eye = new IntersectionObserver((seen) => { if (seen.some((s) => s.isIntersecting)) more(); });
    eye.observe(foot.current);
    return () => eye.disconnect();
  }, [pages.rows.length, pages.more === null, pages.loading]);
  return (
    <div ref={foot} class="more">
      {pages.problem && <Refusal problem={pages.problem} retry={pages.refresh} />}
      {pages.loading && <Spinner />}
      {pages.more && !pages.loading && <Button small onClick={pages.more}>{t('core.more')}</Button>}
    </div>
  );
}

/** The box in which a list scrolls, itself maybe; null: the page does. A box for what is too wide is none. */
function windowOf(list: HTMLElement): HTMLElement | null {
  for (let at: HTMLElement | null = list; at && at !== document.body; at = at.parentElement) if (!at.classList.contains('scroll') && /auto|scroll/.test(getComputedStyle(at).overflowY)) return at;
  return null;
}

/**
 * The rows of a list that scrolls, in its own box or with the page: of a long one only those in sight are elements, and those beside them; a screen reader is told which of how many each is. All
 * rows are of about one height. open: there are more than have been read.
 */
export function LongRows<T>({ rows, row, open, columns }: { rows: T[]; row: (r: T) => ComponentChildren; open: boolean; /** Of a table. */ columns?: number }) {
  const top = useRef<HTMLElement | null>(null);
  const high = useRef(0);
  const [span, setSpan] = useState({ from: 0, to: longFrom });
  const long = rows.length >= longFrom;
  const inside = () => { // the rows that are elements
    const all: HTMLElement[] = [];
    for (let at = top.current?.nextElementSibling; at && !at.classList.contains('rows-gap'); at = at.nextElementSibling) all.push(at as HTMLElement);
    return all;
  };
  useLayoutEffect(() => {
    const list = top.current?.parentElement;
    if (!list || !long) return;
    const box = windowOf(list);
    const look = () => {
      if (!top.current) return;
      const all = inside();
      if (high.current === 0 && all.length > 1) high.current = (all[all.length - 1]!.getBoundingClientRect().top - all[0]!.getBoundingClientRect().top) / (all.length - 1);
      const now = spanOf(rows.length, high.current, Math.max(0, (box?.getBoundingClientRect().top ?? 0) - top.current.getBoundingClientRect().top), box?.clientHeight ?? innerHeight);
      setSpan((s) => (s.from === now.from && s.to === now.to ? s : now));
    };
    const turned = () => { high.current = 0; look(); };
    turned();
    (box ?? window).addEventListener('scroll', look, { passive: true });
    const size = new ResizeObserver(turned);
    size.observe(box ?? document.documentElement, { box: 'border-box' });
    return () => { (box ?? window).removeEventListener('scroll', look); size.disconnect(); };
  }, [long, rows.length]);
  const shown = long ? { from: Math.min(span.from, rows.length), to: Math.min(span.to, rows.length) } : { from: 0, to: rows.length };
  useLayoutEffect(() => {
    if (!long) return;
    const all = inside(), total = String(open ? -1 : rows.length + (columns ? 1 : 0));
    const names = columns ? ['aria-rowindex'] : ['aria-posinset', 'aria-setsize'];
    if (columns) top.current?.closest('table')?.setAttribute('aria-rowcount', total);
    all.forEach((el, i) => { // the head of a table is its first row
      el.setAttribute(names[0]!, String(shown.from + i + (columns ? 2 : 1)));
      if (!columns) el.setAttribute('aria-setsize', total);
    });
    return () => all.forEach((el) => names.forEach((n) => el.removeAttribute(n)));
  });
  const gap = (key: string, count: number) => {
    const style = { height: `${count * high.current}px` };
    const at = key === 'above' ? (el: HTMLElement | null) => { top.current = el; } : undefined;
    return columns ? <tr key={key} ref={at} class="rows-gap" aria-hidden="true"><td colSpan={columns} style={{ ...style, padding: 0 }} /></tr> : <li key={key} ref={at} class="rows-gap" aria-hidden="true" style={style} />;
  };
  return (
    <>
      {long && gap('above', shown.from)}
      {rows.slice(shown.from, shown.to).map(row)}
      {long && gap('below', Math.max(0, rows.length - shown.to))}
    </>
  );
}

/**
 * Where one reads in a list that has its newest at its end: who reads at the end stays there; who reads above keeps their place, when older ones come above it and when new ones come below. rows
 * are the newest first.
 */
export function useReading<E extends HTMLElement>(rows: unknown[]): { ref: RefObject<E | null>; onScroll: () => void } {
  const ref = useRef<E | null>(null);
  const at = useRef({ from: 0, end: true });
  const onScroll = () => {
    const el = ref.current;
    if (el) at.current = { from: el.scrollHeight - el.scrollTop, end: el.scrollHeight - el.scrollTop - el.clientHeight < 60 };
  };
  const oldest = idOf(rows[rows.length - 1]);
  useLayoutEffect(() => { // older ones came
    if (ref.current && !at.current.end) ref.current.scrollTop = ref.current.scrollHeight - at.current.from;
  }, [oldest]);
  useLayoutEffect(() => {
    if (ref.current && at.current.end) ref.current.scrollTop = ref.current.scrollHeight;
    onScroll();
  }, [rows]);
  return { ref, onScroll };
}
