// The forms of the rules of time: slots in a week that is drawn, with lists as its twin for the keyboard; and special dates.
import { useRef, useState } from 'preact/hooks';
import { language, t } from '../../i18n/words';
import { Button, Empty, Icon, IconButton, Link } from '../../parts/basic';
import { Picker, TextField } from '../../parts/fields';
import { useDesk } from '../desk';
import { changeBranch } from '../edits';
import { branches } from '../model';
import type { FormProps } from './forms';
import { BranchList, ZoneField, useSet } from './fields';
import { clockOf, days, minutes, pieces, type Day, type Slot } from './week';

const dayName = (d: Day, style: 'short' | 'long') => new Intl.DateTimeFormat(language.value, { weekday: style, timeZone: 'UTC' }).format(new Date(Date.UTC(2024, 0, 1 + days.indexOf(d))));

/** The week of a branch: its slots, and those of the other branches behind them. Dragging over it adds a slot. */
function Week({ slots, others, onAdd, label, writable }: { slots: Slot[]; others: Slot[]; onAdd: (s: Slot) => void; label: string; writable: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<{ d0: number; d1: number; m0: number; m1: number } | null>(null);
  const spot = (e: PointerEvent) => {
    const r = box.current!.getBoundingClientRect();
    return { d: Math.max(0, Math.min(6, Math.floor(((e.clientY - r.top) / r.height) * 7))), m: Math.max(0, Math.min(1440, Math.round((((e.clientX - r.left) / r.width) * 1440) / 30) * 30)) };
  };
  const bars = (all: Slot[], kind: string) => pieces(all).map((p, i) => <i key={`${kind}${i}`} class={kind} style={{ top: `${(p.day / 7) * 100}%`, left: `${(p.from / 1440) * 100}%`, width: `${((p.to - p.from) / 1440) * 100}%` }} />);
  const drawn: Slot[] = drag && Math.abs(drag.m1 - drag.m0) >= 30 ? [{ days: days.slice(Math.min(drag.d0, drag.d1), Math.max(drag.d0, drag.d1) + 1), from: clockOf(Math.min(drag.m0, drag.m1)), to: clockOf(Math.max(drag.m0, drag.m1)) }] : [];
  return (
    <div class="fl-week" role="img" aria-label={label}>
      <div class="fl-week-days" aria-hidden="true">{days.map((d) => <span key={d}>{dayName(d, 'short')}</span>)}</div>
      <div ref={box} class={`fl-week-grid ${writable ? 'paint' : ''}`} aria-hidden="true" title={writable ? t('flow.time.paint') : undefined}
        onPointerDown={(e) => { if (!writable) return; const p = spot(e); box.current!.setPointerCapture(e.pointerId); setDrag({ d0: p.d, d1: p.d, m0: p.m, m1: p.m }); }}
        onPointerMove={(e) => { if (drag) { const p = spot(e); setDrag({ ...drag, d1: p.d, m1: p.m }); } }}
        onPointerUp={() => { if (drawn[0]) onAdd(drawn[0]); setDrag(null); }} onPointerCancel={() => setDrag(null)}>
        {bars(others, 'other')}{bars(slots, 'mine')}{bars(drawn, 'drawn')}
      </div>
      <div class="fl-week-hours" aria-hidden="true">{[0, 6, 12, 18, 24].map((h) => <span key={h}>{h} h</span>)}</div>
    </div>
  );
}

function SlotRow({ slot, n, onValue, onRemove }: { slot: Slot; n: number; onValue: (s: Slot) => void; onRemove: () => void }) {
  const night = minutes(slot.to) <= minutes(slot.from);
  const set = (d: Day, on: boolean) => { const next = days.filter((x) => (x === d ? on : slot.days.includes(x))); if (next.length > 0) onValue({ ...slot, days: next }); };
  return (
    <li class="fl-slot">
      <fieldset class="fl-days"><legend class="sr">{t('flow.time.days_of', { n })}</legend>
        {days.map((d) => <label key={d} class={slot.days.includes(d) ? 'on' : ''} title={dayName(d, 'long')}><input type="checkbox" class="sr" checked={slot.days.includes(d)} aria-label={dayName(d, 'long')} onChange={(e) => set(d, e.currentTarget.checked)} /><span aria-hidden="true">{dayName(d, 'short').slice(0, 2)}</span></label>)}
      </fieldset>
      <div class="row flow-end">
        <TextField type="time" label={t('flow.time.from')} value={slot.from} onValue={(v) => { if (v) onValue({ ...slot, from: v }); }} />
        <TextField type="time" label={t('flow.time.to')} value={slot.to === '24:00' ? '00:00' : slot.to} onValue={(v) => { if (v) onValue({ ...slot, to: v === '00:00' ? '24:00' : v }); }} />
        <IconButton icon="trash" label={t('flow.time.remove', { n })} onClick={onRemove} />
      </div>
      {night && <p class="hint row"><Icon name="moon" size={14} /> {t('flow.time.night')}</p>}
    </li>
  );
}

/** Slots in a week (SPEC T1 to T6). */
export function TimeForm({ node }: FormProps) {
  const { draft } = useDesk();
  const all = branches(node);
  const of = (i: number) => ((all[i]?.['slots'] as Slot[] | undefined) ?? []);
  return (
    <>
      <ZoneField node={node} />
      <BranchList node={node} title={t('flow.time.branches')}>
        {(b, i) => {
          const slots = of(i);
          const put = (next: Slot[], about = '') => draft.change((d) => changeBranch(d, node.id, b.id, { slots: next }), about && `${node.id} ${b.id} ${about}`);
          return (
            <div class="stack tight">
              <Week slots={slots} others={all.flatMap((_, j) => (j === i ? [] : of(j)))} label={t('flow.time.week', { n: slots.length })} writable={draft.writable} onAdd={(s) => put([...slots, s])} />
              <ol class="plain stack tight">{slots.map((s, j) => <SlotRow key={j} slot={s} n={j + 1} onValue={(v) => put(slots.map((x, k) => (k === j ? v : x)), `slot ${j}`)} onRemove={() => put(slots.filter((_, k) => k !== j))} />)}</ol>
              <div><Button small kind="quiet" icon="plus" onClick={() => put([...slots, { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '18:00' }])}>{t('flow.time.add')}</Button></div>
            </div>
          );
        }}
      </BranchList>
      <p class="soft small">{t('flow.time.otherwise')}</p>
    </>
  );
}

/** A special date of the account (SPEC T7 to T9). */
export function DateForm({ node }: FormProps) {
  const { names } = useDesk();
  const set = useSet(node);
  const now = String(node.config?.['date'] ?? '');
  if (names.ready && names.dates.length === 0) return <Empty icon="calendar" title={t('flow.date.none')} action={<Link class="btn" to="/dashboard/call-settings">{t('flow.date.make')}</Link>}>{t('flow.date.none_text')}</Empty>;
  return (
    <>
      <Picker key={`${now} ${names.ready}`} label={t('flow.date.which')} hint={t('flow.date.hint')} placeholder={t('flow.date.choose')} chosen={now ? names.date(now) : ''} onPick={(f) => set({ date: f.id })}
        found={names.dates.map((d) => ({ id: d.id, label: d.name, detail: d.holidays ? t('flow.date.holidays') : t('flow.date.spans', { n: (d.spans ?? []).length }), lead: <Icon name="calendar" size={16} /> }))} />
      <ZoneField node={node} />
    </>
  );
}
