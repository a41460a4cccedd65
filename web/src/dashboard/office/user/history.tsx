// What a user did on a day (SPEC A14, E12): a line from midnight to midnight, and the same as a table.
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../../../api/client';
import { useQuery } from '../../../api/query';
import { language, t } from '../../../i18n/words';
import { Card, Empty, IconButton, Link, Refusal, Spinner } from '../../../parts/basic';
import { TextField } from '../../../parts/fields';
import { barsOf, shiftDay, spent } from './day';
import { statusEvents, type Held } from './ask';

type Interval = Schemas['StatusInterval'];
const order = ['available', 'ringing', 'in_call', 'after_call_work', 'unavailable', 'offline'] as const;

function today(zone: string): string {
  try {
    return new Intl.DateTimeFormat('en-CA', { timeZone: zone || undefined, year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date());
  } catch {
    return new Date().toISOString().slice(0, 10);
  }
}

const nameOf = (i: Pick<Interval, 'status' | 'reason'>) => (i.reason?.name ? `${t(`core.status.${i.status}`)} · ${i.reason.name}` : t(`core.status.${i.status}`));

export function History({ user: u }: Held) {
  const [day, setDay] = useState('');
  const asked = useQuery(`history:${u.id}:${day}`, (signal) => api.get('/api/v1/users/{id}/status-history', { path: { id: u.id }, query: day ? { from: day } : {}, signal }), statusEvents);
  const one = asked.data?.data?.[0];
  const zone = asked.data?.timezone ?? u.timezone;
  const at = day || one?.date || today(zone);
  const last = today(zone);
  return (
    <Card title={t('numbers.history.card')} actions={<div class="row">
      <IconButton icon="left" label={t('numbers.history.before')} onClick={() => setDay(shiftDay(at, -1))} />
      <TextField label={t('numbers.usage.day')} hideLabel type="date" max={last} value={at} onValue={(v) => { if (v) setDay(v); }} />
      <IconButton icon="right" label={t('numbers.history.after')} why={at >= last ? t('numbers.history.no_after') : undefined} onClick={() => setDay(shiftDay(at, 1))} />
    </div>}>
      {asked.problem && <Refusal problem={asked.problem} retry={asked.refresh} />}
      {!one && !asked.problem && <Spinner />}
      {one && (one.intervals ?? []).length === 0 ? <Empty icon="history" title={t('numbers.history.none')}>{t('numbers.history.none_text')}</Empty> : one && <Day day={one} zone={zone} name={u.name} />}
    </Card>
  );
}

function Day({ day, zone, name }: { day: Schemas['StatusDay']; zone: string; name: string }) {
  const all = day.intervals ?? [];
  const { bars, start, length } = barsOf(all, day.seconds);
  const clock = new Intl.DateTimeFormat(language.value, { hour: '2-digit', minute: '2-digit', timeZone: zone });
  const exact = new Intl.DateTimeFormat(language.value, { hour: '2-digit', minute: '2-digit', second: '2-digit', timeZone: zone });
  const hours = [0, 3, 6, 9, 12, 15, 18, 21, 24].filter((h) => h * 3600 <= length);
  const totals = order.filter((s) => (day.totals[s] ?? 0) > 0);
  return (
    <div class="stack loose">
      <figure class="office-day" aria-label={t('numbers.history.label', { name })}>
        <svg viewBox="0 0 1000 56" preserveAspectRatio="none" aria-hidden="true">
          <rect class="rest" x="0" y="0" width="1000" height="56" rx="8" />
          {bars.map((b, i) => <rect key={i} class={`st-${b.it.status}`} x={b.at * 1000} y="0" width={Math.max(b.width * 1000, 1)} height="56"><title>{`${clock.format(new Date(b.it.from))}–${clock.format(new Date(b.it.to))} ${nameOf(b.it)} (${spent(b.it.seconds)})`}</title></rect>)}
        </svg>
        <div class="office-hours" aria-hidden="true">{hours.map((h) => <span key={h} style={{ left: `${(h * 3600 * 100) / length}%` }} class={h % 6 ? 'wide-only' : ''}>{clock.format(new Date(start + h * 3_600_000))}</span>)}</div>
      </figure>
      <ul class="plain office-legend">{totals.map((s) => <li key={s} class="row"><i class={`st-${s}`} aria-hidden="true" /><span>{t(`core.status.${s}`)}</span><strong class="num">{spent(day.totals[s] ?? 0)}</strong></li>)}</ul>
      <details open={all.length <= 12}>
        <summary>{t('numbers.history.table', { n: all.length })}</summary>
        <div class="scroll" tabIndex={0} role="region" aria-label={t('numbers.history.label', { name })}>
          <table>
            <thead><tr><th scope="col">{t('numbers.history.from')}</th><th scope="col">{t('numbers.history.to')}</th><th scope="col">{t('numbers.users.status')}</th><th scope="col" class="n">{t('numbers.history.time')}</th></tr></thead>
            <tbody>{all.map((i) => (
              <tr key={i.from}><td class="num">{exact.format(new Date(i.from))}</td><td class="num">{exact.format(new Date(i.to))}</td>
                <td>{i.call_id ? <Link to={`/dashboard/calls/${i.call_id}`}>{nameOf(i)}</Link> : nameOf(i)}{i.device && <span class="soft"> · {t(`numbers.device.${i.device as 'native'}`)}</span>}</td><td class="n num">{spent(i.seconds)}</td></tr>
            ))}</tbody>
          </table>
        </div>
      </details>
    </div>
  );
}
