// Bars by hour: an SVG of our own, with the same figures as a table for those who do not see it.
import { useState } from 'preact/hooks';
import { language, t } from '../../i18n/words';
import { Button } from '../../parts/basic';
import type { Hour } from './figures';

/** The hours worth showing: the office's day, and whatever happened outside of it. */
export function shownHours(hours: Hour[]): Hour[] {
  const busy = hours.filter((h) => h.answered + h.missed + h.out > 0).map((h) => h.hour);
  const first = Math.min(8, ...busy), last = Math.max(18, ...busy);
  return hours.slice(first, last + 1);
}

const hourName = (hour: number) => new Intl.DateTimeFormat(language.value, { hour: 'numeric' }).format(new Date(2024, 0, 1, hour));
const high = 120;

export function HourBars({ hours }: { hours: Hour[] }) {
  const [asTable, setAsTable] = useState(false);
  const rows = shownHours(hours);
  const most = Math.max(4, ...rows.map((h) => h.answered + h.missed + h.out));
  const series = [['answered', t('dashboard.home.answered')], ['missed', t('dashboard.home.missed')], ['out', t('dashboard.home.made')]] as const;
  return (
    <div class="stack">
      <div class="row between wrap">
        <ul class="plain row wrap legend-row">{series.map(([k, name]) => <li key={k} class="row small soft"><i class={`swatch ${k}`} />{name}</li>)}</ul>
        <Button kind="quiet" small icon={asTable ? 'chart' : 'list'} onClick={() => setAsTable(!asTable)}>{t(asTable ? 'dashboard.home.as_chart' : 'dashboard.home.as_table')}</Button>
      </div>
      {asTable ? (
        <div class="scroll" tabIndex={0} role="region" aria-label={t('dashboard.home.by_hour')}>
          <table>
            <thead><tr><th scope="col">{t('dashboard.home.hour')}</th>{series.map(([k, name]) => <th key={k} scope="col" class="n">{name}</th>)}</tr></thead>
            <tbody>{rows.map((h) => <tr key={h.hour}><th scope="row">{hourName(h.hour)}</th>{series.map(([k]) => <td key={k} class="n num">{h[k]}</td>)}</tr>)}</tbody>
          </table>
        </div>
      ) : (
        <figure class="bars" role="img" aria-label={t('dashboard.home.by_hour')}>
          {rows.map((h) => (
            <div key={h.hour} class="bar" title={`${hourName(h.hour)} · ${series.map(([k, name]) => `${name} ${h[k]}`).join(' · ')}`}>
              <svg viewBox={`0 0 10 ${high}`} preserveAspectRatio="none" aria-hidden="true">{stack(h, most).map((s) => <rect key={s.kind} class={s.kind} x="0" width="10" y={s.y} height={s.height} />)}</svg>
              <span class="num">{h.hour}</span>
            </div>
          ))}
        </figure>
      )}
    </div>
  );
}

function stack(h: Hour, most: number): { kind: string; y: number; height: number }[] {
  let y = high;
  return (['answered', 'missed', 'out'] as const).map((kind) => {
    const height = (h[kind] / most) * high;
    y -= height;
    return { kind, y, height };
  });
}
