// Slots of a week to edit: days, and from when to when.
import type { Problem } from '../../../api/client';
import { t } from '../../../i18n/words';
import { Button, IconButton } from '../../../parts/basic';
import { TextField } from '../../../parts/fields';
import type { Slot } from './slots';
import { dayName, days } from './week';

export function SlotsField({ slots, onSlots, problem }: { slots: Slot[]; onSlots: (s: Slot[]) => void; problem?: Problem | undefined }) {
  const set = (i: number, part: Partial<Slot>) => onSlots(slots.map((s, at) => (at === i ? { ...s, ...part } : s)));
  return (
    <fieldset class="office-slots"><legend class="legend">{t('numbers.hours.slots')}</legend>
      {slots.map((s, i) => (
        <div key={i} class="office-slot">
          <div class="office-week" role="group" aria-label={t('numbers.hours.days')}>
            {days.map((d) => {
              const on = (s.days ?? []).includes(d);
              return <button key={d} type="button" class={`btn small ${on ? 'on' : ''}`} aria-pressed={on} aria-label={dayName(d, 'long')} onClick={() => set(i, { days: days.filter((x) => (x === d ? !on : (s.days ?? []).includes(x))) })}>{dayName(d)}</button>;
            })}
          </div>
          <TextField label={t('numbers.hours.from')} type="time" value={s.from} onValue={(from) => set(i, { from })} error={problem?.about(`slots[${i}].from`)} />
          <TextField label={t('numbers.hours.to')} type="time" value={s.to} onValue={(to) => set(i, { to })} error={problem?.about(`slots[${i}].to`)} />
          <IconButton icon="trash" label={t('numbers.hours.drop')} onClick={() => onSlots(slots.filter((_, at) => at !== i))} />
        </div>
      ))}
      <p class="hint">{t('numbers.hours.hint')}</p>
      <div class="row"><Button small icon="plus" onClick={() => onSlots([...slots, { days: [...days], from: '09:00', to: '18:00' }])}>{t('numbers.hours.slot')}</Button></div>
    </fieldset>
  );
}
