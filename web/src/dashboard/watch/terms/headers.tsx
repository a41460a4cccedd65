// What is done to the headers of a trunk's requests and of ours to it, in order.
import { t } from '../../../i18n/words';
import { SelectField, TextField } from '../../../parts/fields';
import { Rows } from './rows';
import type { Piece } from './section';
import { blankHeader, type HeaderRow, type TermsTyped } from './terms';

const acts = ['set', 'remove', 'copy', 'rename'] as const;

export function Headers({ f }: { f: Piece<TermsTyped> }) {
  return <><Rules f={f} name="headers_out" /><Rules f={f} name="headers_in" /></>;
}

function Rules({ f, name }: { f: Piece<TermsTyped>; name: 'headers_in' | 'headers_out' }) {
  return (
    <Rows<HeaderRow> label={t(`dashboard.terms.${name}`)} hint={t(`dashboard.terms.${name}_hint`)} kind="header" ordered rows={f.v[name]} blank={blankHeader} error={f.own(name)} onRows={f.set(name)} onShift={f.forget}
      row={(r, i, put) => (
        <>
          <SelectField label={t('dashboard.terms.act')} value={r.do} onValue={(act) => put({ do: act })} error={f.error(`${name}[${i}].do`)} choices={acts.map((value) => ({ value, label: t(`dashboard.terms.act_${value}`) }))} />
          <TextField label={t('dashboard.terms.header')} value={r.header} onValue={(header) => put({ header })} error={f.error(`${name}[${i}].header`)} maxLength={64} spellcheck={false} autocomplete="off" placeholder="X-…" />
          {r.do === 'set' && <TextField label={t('dashboard.terms.value')} value={r.value} onValue={(value) => put({ value })} error={f.error(`${name}[${i}].value`)} maxLength={500} spellcheck={false} autocomplete="off" placeholder="${caller}" />}
          {(r.do === 'copy' || r.do === 'rename') && <TextField label={t('dashboard.terms.to')} value={r.to} onValue={(to) => put({ to })} error={f.error(`${name}[${i}].to`)} maxLength={64} spellcheck={false} autocomplete="off" placeholder="X-…" />}
          {r.do === 'remove' && <span />}
        </>
      )} />
  );
}
