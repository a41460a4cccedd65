// Tags that people put on calls.
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../../../api/client';
import { t } from '../../../i18n/words';
import { Refusal } from '../../../parts/basic';
import { Field, TextField } from '../../../parts/fields';
import { usePages } from '../../../parts/lists';
import { FormDialog } from '../../../parts/over';
import { useDoing } from '../doing';
import { Records } from './records';

type Tag = Schemas['TagObject'];

/** A tag as it looks on a call. */
export function TagChip({ name, color }: { name: string; color: string }) {
  return <span class="office-chip"><i class="office-swatch" style={{ background: /^#[0-9a-f]{6}$/i.test(color) ? color : 'var(--soft)' }} aria-hidden="true" /><span class="cut" title={name}>{name}</span></span>;
}

export function Tags() {
  const pages = usePages<Tag>('tags', (cursor, signal) => api.get('/api/v1/tags', { query: { cursor, limit: 100 }, signal }) as never, ['tag.*']);
  return (
    <Records pages={pages} icon="tag" scope="contacts:write" nameOf={(x) => x.name} remove={(x) => api.delete('/api/v1/tags/{id}', { path: { id: x.id } })}
      columns={[{ name: t('numbers.tags.name'), cell: (x) => <TagChip name={x.name} color={x.color} /> }]}
      texts={{ title: t('numbers.call_settings.tags'), text: t('numbers.tags.text'), add: t('numbers.tags.add'), empty: t('numbers.tags.empty'), emptyText: t('numbers.tags.empty_text'), deleteText: t('numbers.tags.delete_text') }}
      edit={(row, close) => <EditTag row={row} onClose={close} />} />
  );
}

function EditTag({ row, onClose }: { row: Tag | undefined; onClose: () => void }) {
  const [name, setName] = useState(row?.name ?? '');
  const [color, setColor] = useState(row?.color || '#0a6b5c');
  const doing = useDoing();
  const p = doing.problem;
  const save = async () => {
    const done = await doing.run('save', () => row ? api.patch('/api/v1/tags/{id}', { path: { id: row.id }, body: { name, color } }) : api.post('/api/v1/tags', { body: { name, color } }), '');
    if (done) onClose();
  };
  return (
    <FormDialog title={row ? t('numbers.tags.edit') : t('numbers.tags.add')} onClose={onClose} onSubmit={save} submit={t('core.save')} busy={doing.busy !== ''} why={name.trim() ? undefined : t('numbers.fill_name')}>
      <TextField label={t('numbers.tags.name')} autofocus maxLength={100} value={name} onValue={setName} error={p?.about('name')} />
      <Field label={t('numbers.tags.color')} id="tag-color" error={p?.about('color')}><input id="tag-color" type="color" value={color} onInput={(e) => setColor(e.currentTarget.value)} /></Field>
      {p && !p.about('name') && !p.about('color') && <Refusal problem={p} />}
    </FormDialog>
  );
}
