// Numbers whose calls are not taken.
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../../../api/client';
import { t } from '../../../i18n/words';
import { Refusal } from '../../../parts/basic';
import { TextField } from '../../../parts/fields';
import { usePages } from '../../../parts/lists';
import { FormDialog } from '../../../parts/over';
import { aboutAny, useDoing } from '../doing';
import { Records } from './records';

type Entry = Schemas['BlockedObject'];

export function Blocked() {
  const pages = usePages<Entry>('blocked', (cursor, signal) => api.get('/api/v1/block-list', { query: { cursor, limit: 100 }, signal }) as never, ['blocked_number.*']);
  return (
    <Records pages={pages} icon="shield" scope="contacts:write" nameOf={(x) => x.number_display} remove={(x) => api.delete('/api/v1/block-list/{id}', { path: { id: x.id } })}
      columns={[{ name: t('numbers.list.number'), cell: (x) => <span class="num strong">{x.number_display}</span> }, { name: t('numbers.blocked.note'), cell: (x) => <span class="cut office-cell" title={x.note}>{x.note}</span> }]}
      texts={{ title: t('numbers.call_settings.blocked'), text: t('numbers.blocked.text'), add: t('numbers.blocked.add'), empty: t('numbers.blocked.empty'), emptyText: t('numbers.blocked.empty_text'), deleteText: t('numbers.blocked.delete_text') }}
      edit={(row, close) => <EditBlocked row={row} onClose={close} />} />
  );
}

function EditBlocked({ row, onClose }: { row: Entry | undefined; onClose: () => void }) {
  const [number, setNumber] = useState(row?.number ?? '+33');
  const [note, setNote] = useState(row?.note ?? '');
  const doing = useDoing();
  const p = doing.problem;
  const save = async () => {
    const done = await doing.run('save', () => row ? api.patch('/api/v1/block-list/{id}', { path: { id: row.id }, body: { note } }) : api.post('/api/v1/block-list', { body: { number: number.replace(/[\s.\-()]/g, ''), note } }), '');
    if (done) onClose();
  };
  return (
    <FormDialog title={row ? t('numbers.blocked.edit') : t('numbers.blocked.add')} onClose={onClose} onSubmit={save} submit={t('core.save')} busy={doing.busy !== ''} why={number.replace(/\D/g, '').length > 4 ? undefined : t('numbers.add.fill')}>
      <TextField label={t('numbers.add.number')} hint={t('numbers.add.number_hint')} type="tel" readOnly={Boolean(row)} autofocus={!row} value={number} onValue={setNumber} error={p?.about('number')} />
      <TextField label={t('numbers.blocked.note')} hint={t('numbers.blocked.note_hint')} maxLength={200} value={note} onValue={setNote} error={p?.about('note')} />
      {p && !aboutAny(p, ['number', 'note']) && <Refusal problem={p} />}
    </FormDialog>
  );
}
