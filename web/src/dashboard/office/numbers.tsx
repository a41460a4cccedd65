// The numbers of the office.
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../../api/client';
import { may } from '../../entry/signed';
import { t } from '../../i18n/words';
import { Button, Empty, Refusal } from '../../parts/basic';
import { Segments, SelectField, TextField } from '../../parts/fields';
import { More, Table, usePages, type Column } from '../../parts/lists';
import { FormDialog, toast } from '../../parts/over';
import { navigate } from '../../parts/router';
import { ScreenHead } from '../head';
import { KindBadge, NumberState } from './badges';
import { useDoing, useLater } from './doing';

type NumberObject = Schemas['NumberObject'];

/** Whom a number rings, in one line. */
export function ringsWhom(n: NumberObject): string {
  return [...(n.teams ?? []), ...(n.users ?? [])].map((x) => x.name).filter(Boolean).join(', ');
}

const columns = (): Column<NumberObject>[] => [
  { name: t('numbers.list.number'), cell: (n) => <span class="stack tight office-lead"><span class="num">{n.display}</span>{n.name && <span class="soft small cut" title={n.name}>{n.name}</span>}</span> },
  { name: t('numbers.list.kind'), cell: (n) => <KindBadge kind={n.kind} /> },
  { name: t('numbers.list.state'), wide: true, cell: (n) => <NumberState number={n} /> },
  { name: t('numbers.list.rings'), wide: true, cell: (n) => <span class="cut office-cell" title={ringsWhom(n)}>{ringsWhom(n) || <span class="soft">{t('numbers.list.nobody')}</span>}</span> },
  { name: t('numbers.list.flow'), wide: true, cell: (n) => n.flow ? n.flow.name === n.e164 ? t('numbers.list.own_flow') : <span class="cut office-cell" title={n.flow.name}>{n.flow.name}</span> : <span class="soft">{t('numbers.list.no_flow')}</span> },
];

export function Numbers() {
  const [text, setText] = useState('');
  const [kind, setKind] = useState('');
  const [adding, setAdding] = useState(false);
  const q = useLater(text);
  const pages = usePages<NumberObject>(`${q}|${kind}`, (cursor, signal) =>
    api.get('/api/v1/numbers', { query: { q, cursor, limit: 100, ...(kind && kind !== 'legacy' ? { kind: kind as NumberObject['kind'] } : {}) }, signal }) as never, ['number.*', 'esim.*', 'flow.published']);
  const mayAdd = may('numbers:write');
  const add = <Button kind="primary" icon="plus" onClick={() => setAdding(true)} why={mayAdd ? undefined : t('numbers.may_not')}>{t('numbers.add.button')}</Button>;
  const searching = q !== '' || kind !== '';
  return (
    <>
      <ScreenHead title={t('numbers.list.title')} sub={t('numbers.list.sub')} actions={add} />
      <div class="row wrap between">
        <div class="office-search"><TextField label={t('numbers.list.search')} hideLabel type="search" placeholder={t('numbers.list.search')} value={text} onValue={setText} /></div>
        <Segments label={t('numbers.list.kind')} value={kind} onValue={setKind} choices={[
          { value: '', label: t('numbers.list.all') }, { value: 'direct', label: t('numbers.kind.direct') }, { value: 'shared', label: t('numbers.kind.shared') }, { value: 'unconfigured', label: t('numbers.kind.unconfigured') },
        ]} />
      </div>
      {pages.rows.length === 0 && !pages.loading && !pages.problem ? (
        searching ? <Empty icon="search" title={t('core.nothing_found')}>{t('numbers.list.none_found')}</Empty>
          : <Empty icon="hash" title={t('numbers.list.empty')} action={add}>{t('numbers.list.empty_text')}</Empty>
      ) : pages.rows.length > 0 && <Table label={t('numbers.list.title')} columns={columns()} rows={pages.rows} open={pages.more !== null} id={(n) => n.id} href={(n) => `/dashboard/numbers/${n.id}`} />}
      <More pages={pages} />
      {adding && <AddNumber onClose={() => setAdding(false)} />}
    </>
  );
}

/** A number that was bought is written down here. */
function AddNumber({ onClose }: { onClose: () => void }) {
  const [e164, setE164] = useState('+33');
  const [name, setName] = useState('');
  const [kind, setKind] = useState('');
  const doing = useDoing();
  const add = async () => {
    let made: NumberObject | undefined;
    const body: Schemas['NumberCreate'] = { e164: e164.replace(/[\s.\-()]/g, ''), name };
    if (kind === 'shared') body.kind = 'shared';
    if (await doing.run('add', async () => { made = await api.post('/api/v1/numbers', { body }); }) && made) {
      toast(t('numbers.add.done', { number: made.display }), 'good');
      navigate(`/dashboard/numbers/${made.id}/distribution`);
    }
  };
  const p = doing.problem;
  return (
    <FormDialog title={t('numbers.add.title')} onClose={onClose} onSubmit={add} submit={t('numbers.add.go')} busy={doing.busy !== ''} why={e164.replace(/\D/g, '').length > 4 ? undefined : t('numbers.add.fill')}>
      <p class="soft">{t('numbers.add.text')}</p>
      {p && !p.about('e164') && <Refusal problem={p} />}
      <TextField label={t('numbers.add.number')} hint={t('numbers.add.number_hint')} type="tel" inputmode="tel" autocomplete="off" autofocus value={e164} onValue={setE164} error={p?.about('e164')} />
      <TextField label={t('numbers.add.name')} hint={t('numbers.add.name_hint')} maxLength={100} value={name} onValue={setName} error={p?.about('name')} />
      {/^\+33[67]/.test(e164.replace(/[\s.\-()]/g, '')) && (
        <SelectField label={t('numbers.add.kind')} hint={t('numbers.add.kind_hint')} value={kind} onValue={setKind} choices={[{ value: '', label: t('numbers.add.ask_later') }, { value: 'shared', label: t('numbers.kind.shared') }]} />
      )}
    </FormDialog>
  );
}
