// Who calls, as a trunk is told and as it is believed.
import { t } from '../../../i18n/words';
import { CheckField, SelectField } from '../../../parts/fields';
import type { Own, Piece } from './section';
import type { TermsTyped } from './terms';

const identities = ['preferred', 'party', 'none'] as const;
const redirections = ['diversion', 'history', 'none'] as const;

export function Identity({ f, own }: { f: Piece<TermsTyped>; own: Piece<Own> }) {
  const { v, set, error } = f;
  return (
    <>
      <div class="form-grid">
        <SelectField label={t('dashboard.terms.identity')} hint={t('dashboard.terms.identity_hint')} value={v.identity} onValue={set('identity')} error={error('identity')} choices={[{ value: '', label: t('dashboard.terms.usual_is', { value: 'P-Asserted-Identity' }) }, ...identities.map((value) => ({ value, label: t(`dashboard.terms.identity_${value}`) }))]} />
        <SelectField label={t('dashboard.terms.redirection')} hint={t('dashboard.terms.redirection_hint')} value={v.redirection} onValue={set('redirection')} error={error('redirection')} choices={[{ value: '', label: t('dashboard.terms.redirection_both') }, ...redirections.map((value) => ({ value, label: t(`dashboard.terms.redirection_${value}`) }))]} />
      </div>
      <CheckField label={t('dashboard.trunks.trust_pai')} hint={t('dashboard.trunks.trust_pai_hint')} checked={own.v.trust_pai} onValue={own.set('trust_pai')} />
      <CheckField label={t('dashboard.terms.trust_diversion')} hint={t('dashboard.terms.trust_diversion_hint')} checked={v.trust_diversion} onValue={set('trust_diversion')} />
      <CheckField label={t('dashboard.trunks.direct')} hint={t('dashboard.trunks.direct_hint')} checked={own.v.direct_numbers} onValue={own.set('direct_numbers')} />
    </>
  );
}
