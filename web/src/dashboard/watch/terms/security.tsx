// How a trunk is known and spoken to over TLS, and whether its media is encrypted.
import { t } from '../../../i18n/words';
import { AreaField, SelectField, TextField } from '../../../parts/fields';
import type { Piece } from './section';
import type { TLSTyped } from './terms';

export const mediaRules = ['off', 'allowed', 'required'] as const;

export function Security({ f }: { f: Piece<TLSTyped> }) {
  const { v, set, error } = f;
  return (
    <>
      <div class="form-grid">
        <SelectField label={t('dashboard.terms.media')} hint={t('dashboard.terms.media_hint')} value={v.media} onValue={set('media')} error={error('media')} choices={[{ value: '', label: t('dashboard.terms.media_usual') }, ...mediaRules.map((value) => ({ value, label: t(`dashboard.terms.media_${value}`) }))]} />
        <SelectField label={t('dashboard.terms.min_version')} hint={t('dashboard.terms.min_version_hint')} value={v.min_version} onValue={set('min_version')} error={error('min_version')} choices={[{ value: '', label: t('dashboard.terms.usual_is', { value: 'TLS 1.2' }) }, { value: '1.3', label: 'TLS 1.3' }]} />
        <TextField label={t('dashboard.terms.tls_name')} hint={t('dashboard.terms.tls_name_hint')} value={v.name} onValue={set('name')} error={error('name')} spellcheck={false} autocomplete="off" placeholder="sip.example.net" />
        <TextField label={t('dashboard.terms.certificate')} hint={t('dashboard.terms.certificate_hint')} value={v.certificate} onValue={set('certificate')} error={error('certificate')} maxLength={64} spellcheck={false} autocomplete="off" placeholder={t('dashboard.terms.none')} />
        <AreaField label={t('dashboard.terms.callers')} hint={t('dashboard.terms.callers_hint')} value={v.callers} onValue={set('callers')} error={error('callers')} rows={2} spellcheck={false} placeholder="*.example.net" />
        <AreaField label={t('dashboard.terms.pins')} hint={t('dashboard.terms.pins_hint')} value={v.pins} onValue={set('pins')} error={error('pins')} rows={2} spellcheck={false} class="mono" placeholder="9f86d081…" />
      </div>
      <AreaField label={t('dashboard.terms.authority')} hint={t('dashboard.terms.authority_hint')} value={v.authority} onValue={set('authority')} error={error('authority')} rows={3} spellcheck={false} class="mono" placeholder="-----BEGIN CERTIFICATE-----" />
    </>
  );
}
