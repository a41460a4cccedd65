// How voice and digits go over a trunk.
import { t } from '../../../i18n/words';
import { SelectField, TextField } from '../../../parts/fields';
import { CodecOrder } from './order';
import type { Piece } from './section';
import type { TermsTyped } from './terms';

export function Voice({ f }: { f: Piece<TermsTyped> }) {
  const { v, set, error } = f;
  const digits = [{ value: '', label: t('dashboard.terms.digits_auto') }, { value: 'rfc4733', label: t('dashboard.terms.digits_rfc4733') }, { value: 'info', label: t('dashboard.terms.digits_info') }, { value: 'inband', label: t('dashboard.terms.digits_inband') }];
  const lengths = [{ value: '', label: t('dashboard.terms.usual_is', { value: '20 ms' }) }, ...['10', '20', '30', '40', '60'].map((value) => ({ value, label: `${value} ms` }))];
  return (
    <>
      <CodecOrder value={v.codecs} onValue={set('codecs')} error={error('codecs')} />
      <div class="form-grid">
        <SelectField label={t('dashboard.terms.digits_out')} hint={t('dashboard.terms.digits_out_hint')} value={v.digits_out} onValue={set('digits_out')} error={error('digits_out')} choices={digits} />
        <SelectField label={t('dashboard.terms.digits_in')} hint={t('dashboard.terms.digits_in_hint')} value={v.digits_in} onValue={set('digits_in')} error={error('digits_in')} choices={digits} />
        <TextField type="number" label={t('dashboard.terms.event_type')} hint={t('dashboard.terms.event_type_hint')} value={v.event_type} onValue={set('event_type')} error={error('event_type')} min={96} max={127} placeholder="101" />
        <SelectField label={t('dashboard.terms.ptime')} hint={t('dashboard.terms.ptime_hint')} value={v.ptime} onValue={set('ptime')} error={error('ptime')} choices={lengths} />
        <SelectField label={t('dashboard.terms.early_media')} hint={t('dashboard.terms.early_media_hint')} value={v.early_media} onValue={set('early_media')} error={error('early_media')} choices={[{ value: '', label: t('dashboard.terms.early_pass') }, { value: 'ignore', label: t('dashboard.terms.early_ignore') }]} />
        <SelectField label={t('dashboard.terms.reliable')} hint={t('dashboard.terms.reliable_hint')} value={v.reliable} onValue={set('reliable')} error={error('reliable')} choices={[{ value: '', label: t('dashboard.terms.policy_supported') }, { value: 'required', label: t('dashboard.terms.policy_required') }, { value: 'off', label: t('dashboard.terms.policy_off') }]} />
      </div>
    </>
  );
}
