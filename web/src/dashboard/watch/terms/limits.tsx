// How many calls a trunk may have, how fast they may come, and its share among others.
import { t } from '../../../i18n/words';
import { SelectField, TextField } from '../../../parts/fields';
import type { Own, Piece } from './section';
import type { TermsTyped } from './terms';

export function Limits({ f, own }: { f: Piece<TermsTyped>; own: Piece<Own> }) {
  const { v, set, error } = f;
  const none = t('dashboard.trunks.no_limit');
  return (
    <div class="form-grid">
      <TextField type="number" label={t('dashboard.trunks.max_calls')} hint={t('dashboard.terms.max_calls_hint')} value={own.v.max_calls} onValue={own.set('max_calls')} error={own.error('max_calls')} min={0} placeholder={none} />
      <TextField type="number" label={t('dashboard.terms.max_in')} hint={t('dashboard.terms.max_in_hint')} value={v.max_in} onValue={set('max_in')} error={error('max_in')} min={1} placeholder={t('dashboard.terms.as_all')} />
      <TextField type="number" label={t('dashboard.terms.max_out')} hint={t('dashboard.terms.max_out_hint')} value={v.max_out} onValue={set('max_out')} error={error('max_out')} min={1} placeholder={t('dashboard.terms.as_all')} />
      <TextField type="number" label={t('dashboard.terms.rate')} hint={t('dashboard.terms.rate_hint')} value={v.calls_per_second} onValue={set('calls_per_second')} error={error('calls_per_second')} min={1} placeholder={none} />
      <SelectField label={t('dashboard.terms.full')} hint={t('dashboard.terms.full_hint')} value={v.full_status} onValue={set('full_status')} error={error('full_status')} choices={[{ value: '', label: t('dashboard.terms.full_503') }, { value: '486', label: t('dashboard.terms.full_486') }]} />
      <TextField type="number" label={t('dashboard.trunks.priority')} hint={t('dashboard.terms.priority_hint')} value={own.v.priority} onValue={own.set('priority')} error={own.error('priority')} min={0} placeholder="0" />
      <TextField type="number" label={t('dashboard.terms.weight')} hint={t('dashboard.terms.weight_hint')} value={v.weight} onValue={set('weight')} error={error('weight')} min={1} max={1000} placeholder={t('dashboard.terms.weight_none')} />
      <SelectField label={t('dashboard.terms.session_timer')} hint={t('dashboard.terms.session_timer_hint')} value={v.session_timer} onValue={set('session_timer')} error={error('session_timer')} choices={[{ value: '', label: t('dashboard.terms.policy_supported') }, { value: 'off', label: t('dashboard.terms.policy_off') }]} />
      {v.session_timer !== 'off' && <TextField type="number" label={t('dashboard.terms.session_seconds')} hint={t('dashboard.terms.session_seconds_hint')} value={v.session_seconds} onValue={set('session_seconds')} error={error('session_seconds')} min={90} max={86400} placeholder="1800" />}
    </div>
  );
}
