// Working hours that people's "auto" follows.
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../../../api/client';
import { t } from '../../../i18n/words';
import { Badge, Refusal } from '../../../parts/basic';
import { TextField } from '../../../parts/fields';
import { usePages } from '../../../parts/lists';
import { FormDialog } from '../../../parts/over';
import { useDoing } from '../doing';
import { ZoneField } from '../zones';
import { Records } from './records';
import { hoursText, type Slot } from './slots';
import { SlotsField } from './slotsfield';

type Week = Schemas['HoursObject'];

export function Hours() {
  const pages = usePages<Week>('hours', (cursor, signal) => api.get('/api/v1/working-hours', { query: { cursor, limit: 100 }, signal }) as never, ['working_hours.*']);
  return (
    <Records pages={pages} icon="clock" scope="users:write" nameOf={(x) => x.name} remove={(x) => api.delete('/api/v1/working-hours/{id}', { path: { id: x.id } })}
      columns={[
        { name: t('numbers.hours.name'), cell: (x) => <span class="cut office-lead strong" title={x.name}>{x.name}</span> },
        { name: t('numbers.hours.slots'), cell: (x) => <span class="row wrap">{hoursText(x.slots ?? []).map((line) => <Badge key={line}>{line}</Badge>)}</span> },
        { name: t('numbers.settings.zone'), wide: true, cell: (x) => x.timezone || t('numbers.zone.account') },
      ]}
      texts={{ title: t('numbers.call_settings.hours'), text: t('numbers.hours.text'), add: t('numbers.hours.add'), empty: t('numbers.hours.empty'), emptyText: t('numbers.hours.empty_text'), deleteText: t('numbers.hours.delete_text') }}
      edit={(row, close) => <EditHours row={row} onClose={close} />} />
  );
}

function EditHours({ row, onClose }: { row: Week | undefined; onClose: () => void }) {
  const [name, setName] = useState(row?.name ?? '');
  const [zone, setZone] = useState(row?.timezone ?? '');
  const [slots, setSlots] = useState<Slot[]>(row?.slots ?? [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '18:00' }]);
  const doing = useDoing();
  const p = doing.problem;
  const save = async () => {
    const body = { name, timezone: zone, slots };
    const done = await doing.run('save', () => row ? api.patch('/api/v1/working-hours/{id}', { path: { id: row.id }, body }) : api.post('/api/v1/working-hours', { body }), '');
    if (done) onClose();
  };
  return (
    <FormDialog wide title={row ? t('numbers.hours.edit') : t('numbers.hours.add')} onClose={onClose} onSubmit={save} submit={t('core.save')} busy={doing.busy !== ''} why={!name.trim() ? t('numbers.fill_name') : slots.length === 0 ? t('numbers.hours.no_slot') : undefined}>
      <div class="office-two tight">
        <TextField label={t('numbers.hours.name')} autofocus maxLength={100} value={name} onValue={setName} error={p?.about('name')} />
        <ZoneField label={t('numbers.settings.zone')} empty="" value={zone} onValue={setZone} error={p?.about('timezone')} />
      </div>
      <SlotsField slots={slots} onSlots={setSlots} problem={p} />
      {p && !p.about('name') && !p.about('timezone') && <Refusal problem={p} />}
    </FormDialog>
  );
}
