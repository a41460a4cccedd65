// Reasons that people give when they set themselves unavailable (SPEC A2).
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../../../api/client';
import { t } from '../../../i18n/words';
import { Refusal } from '../../../parts/basic';
import { TextField } from '../../../parts/fields';
import { usePages } from '../../../parts/lists';
import { FormDialog } from '../../../parts/over';
import { useDoing } from '../doing';
import { Records } from './records';

type Reason = Schemas['AwayReasonObject'];

export function Reasons() {
  const pages = usePages<Reason>('reasons', (cursor, signal) => api.get('/api/v1/availability-reasons', { query: { cursor, limit: 100 }, signal }) as never, ['availability_reason.*']);
  return (
    <Records pages={pages} icon="pause" scope="users:write" nameOf={(x) => x.name} remove={(x) => api.delete('/api/v1/availability-reasons/{id}', { path: { id: x.id } })}
      columns={[{ name: t('numbers.reasons.name'), cell: (x) => <span class="cut office-lead" title={x.name}>{x.name}</span> }]}
      texts={{ title: t('numbers.call_settings.reasons'), text: t('numbers.reasons.text'), add: t('numbers.reasons.add'), empty: t('numbers.reasons.empty'), emptyText: t('numbers.reasons.text'), deleteText: t('numbers.reasons.delete_text') }}
      edit={(row, close) => <EditReason row={row} onClose={close} />} />
  );
}

function EditReason({ row, onClose }: { row: Reason | undefined; onClose: () => void }) {
  const [name, setName] = useState(row?.name ?? '');
  const doing = useDoing();
  const save = async () => {
    const done = await doing.run('save', () => row ? api.patch('/api/v1/availability-reasons/{id}', { path: { id: row.id }, body: { name } }) : api.post('/api/v1/availability-reasons', { body: { name } }), '');
    if (done) onClose();
  };
  return (
    <FormDialog title={row ? t('numbers.reasons.edit') : t('numbers.reasons.add')} onClose={onClose} onSubmit={save} submit={t('core.save')} busy={doing.busy !== ''} why={name.trim() ? undefined : t('numbers.fill_name')}>
      <TextField label={t('numbers.reasons.name')} hint={t('numbers.reasons.hint')} autofocus maxLength={100} value={name} onValue={setName} error={doing.problem?.about('name')} />
      {doing.problem && !doing.problem.about('name') && <Refusal problem={doing.problem} />}
    </FormDialog>
  );
}
