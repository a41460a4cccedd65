// The form of a mobile core: what an operator says of its network. Platform, charging and register are set with the site file, where their certificates are.
import { api, type Schemas } from '../../api/client';
import { t } from '../../i18n/words';
import { Banner, Refusal } from '../../parts/basic';
import { AreaField, SelectField, TextField } from '../../parts/fields';
import { FormDialog } from '../../parts/over';
import { changed, elsewhere, linesOf, listOf, numberOf, useForm } from './form';
import { useTrunks } from './trunks';

type Operator = Schemas['OperatorObject'];

function typed(o: Operator | undefined) {
  return {
    name: o?.name ?? '', trunk_id: o?.trunk?.id ?? '', attachment: o?.attachment ?? 'isc', domain: o?.domain ?? '', country: o?.country ?? 'FR', breakout: o?.breakout ?? 'trunk', originating_prefix: o?.originating_prefix ?? '', return_prefix: o?.return_prefix ?? '',
    short_codes: linesOf(o?.short_codes), emergency: o?.emergency ?? 'return', confirm: o?.confirm ?? 'suspect', handset_ring_seconds: String(o?.handset_ring_seconds ?? 0), no_reply_seconds: String(o?.no_reply_seconds ?? 0), decline: o?.decline ?? 'everywhere', history: o?.history ?? 'both', test_number: o?.test_number ?? '', media_servers: linesOf(o?.media_servers),
  };
}
type Typed = { [K in keyof ReturnType<typeof typed>]: string };

const bodyOf = (v: Typed) => ({ ...v, short_codes: listOf(v.short_codes), media_servers: listOf(v.media_servers), handset_ring_seconds: numberOf(v.handset_ring_seconds), no_reply_seconds: numberOf(v.no_reply_seconds) });

export function OperatorForm({ operator, onClose, onDone }: { operator?: Operator; onClose: () => void; onDone: () => void }) {
  const start: Typed = typed(operator);
  const f = useForm<Typed>(start);
  const { v, set } = f;
  const trunks = useTrunks().data ?? [];
  const go = () => f.run(async () => {
    const body = bodyOf(v);
    if (operator) await api.patch('/api/v1/operators/{id}', { path: { id: operator.id }, body: changed(bodyOf(start), body) as Schemas['OperatorPatch'] });
    else await api.post('/api/v1/operators', { body: body as Schemas['OperatorCreate'] });
    onDone();
  });
  const pick = (name: keyof Typed, values: readonly string[]) => values.map((value) => ({ value, label: t(`dashboard.operators.${name}_${value}` as Parameters<typeof t>[0]) }));
  return (
    <FormDialog wide title={operator ? t('dashboard.trunks.edit', { name: operator.name }) : t('dashboard.operators.add')} submit={operator ? t('core.save') : t('core.add')} busy={f.busy} why={v.name.trim() ? undefined : t('dashboard.trunks.name_needed')} onClose={onClose} onSubmit={async () => { await go(); }}>
      <Refusal problem={elsewhere(f.problem, Object.keys(start)) ?? undefined} />
      <div class="form-grid">
        <TextField label={t('dashboard.trunks.name')} value={v.name} onValue={set('name')} error={f.error('name')} maxLength={100} autofocus />
        <SelectField label={t('dashboard.operators.trunk')} hint={t('dashboard.operators.trunk_hint')} value={v.trunk_id} onValue={set('trunk_id')} error={f.error('trunk_id')} choices={[{ value: '', label: t('dashboard.operators.trunk_choose') }, ...trunks.map((x) => ({ value: x.id, label: x.name }))]} />
        <SelectField label={t('dashboard.operators.attachment')} value={v.attachment} onValue={set('attachment')} error={f.error('attachment')} choices={pick('attachment', ['isc', 'trunk'])} />
        <TextField label={t('dashboard.trunks.domain')} hint={t('dashboard.operators.domain_hint')} value={v.domain} onValue={set('domain')} error={f.error('domain')} spellcheck={false} />
        <TextField label={t('dashboard.trunks.country')} value={v.country} onValue={(x) => set('country')(x.toUpperCase())} error={f.error('country')} maxLength={2} />
        <SelectField label={t('dashboard.operators.breakout')} value={v.breakout} onValue={set('breakout')} error={f.error('breakout')} choices={pick('breakout', ['trunk', 'return'])} />
        {v.attachment === 'trunk' && <TextField label={t('dashboard.operators.originating_prefix')} value={v.originating_prefix} onValue={set('originating_prefix')} error={f.error('originating_prefix')} />}
        {v.attachment === 'trunk' && <TextField label={t('dashboard.operators.return_prefix')} value={v.return_prefix} onValue={set('return_prefix')} error={f.error('return_prefix')} />}
        <TextField label={t('dashboard.operators.no_reply')} hint={t('dashboard.operators.no_reply_hint')} type="number" min={0} value={v.no_reply_seconds} onValue={set('no_reply_seconds')} error={f.error('no_reply_seconds')} />
        <TextField label={t('dashboard.operators.handset_ring')} hint={t('dashboard.operators.handset_ring_hint')} type="number" min={0} value={v.handset_ring_seconds} onValue={set('handset_ring_seconds')} error={f.error('handset_ring_seconds')} />
        <SelectField label={t('dashboard.operators.confirm')} value={v.confirm} onValue={set('confirm')} error={f.error('confirm')} choices={pick('confirm', ['suspect', 'always', 'never'])} />
        <SelectField label={t('dashboard.operators.decline')} value={v.decline} onValue={set('decline')} error={f.error('decline')} choices={pick('decline', ['everywhere', 'device'])} />
        <SelectField label={t('dashboard.operators.emergency')} value={v.emergency} onValue={set('emergency')} error={f.error('emergency')} choices={pick('emergency', ['return', '380'])} />
        <TextField label={t('dashboard.operators.test_number')} hint={t('dashboard.operators.test_number_hint')} value={v.test_number} onValue={set('test_number')} error={f.error('test_number')} placeholder="+33…" />
        <AreaField label={t('dashboard.operators.short_codes')} hint={t('dashboard.operators.short_codes_hint')} rows={2} value={v.short_codes} onValue={set('short_codes')} error={f.error('short_codes')} />
        <AreaField label={t('dashboard.operators.media_servers')} hint={t('dashboard.operators.media_servers_hint')} rows={2} value={v.media_servers} onValue={set('media_servers')} error={f.error('media_servers')} placeholder="192.0.2.0/29" />
      </div>
      <Banner>{t('dashboard.operators.more_in_file')}</Banner>
    </FormDialog>
  );
}
