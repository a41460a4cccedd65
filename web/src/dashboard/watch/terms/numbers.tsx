// How a trunk writes numbers: rules by what a number begins with, shown at work on a number while they are written.
import { useEffect, useState } from 'preact/hooks';
import { api, Problem, type Schemas } from '../../../api/client';
import { t } from '../../../i18n/words';
import { Badge, Facts, Refusal } from '../../../parts/basic';
import { SelectField, TextField } from '../../../parts/fields';
import { Rows } from './rows';
import type { Piece } from './section';
import { blankPrefix, tried, type PrefixRow, type TermsTyped } from './terms';

type Trunk = Schemas['TrunkObject'];
interface Seen { preview?: Schemas['DialPreview']; problem?: Problem; in: number | null; out: number | null }
const nothing: Seen = { in: null, out: null };

export const formats = { plus: '+33 1 99 00 12 34', '00': '00 33 1 99 00 12 34', national: '01 99 00 12 34', bare: '33 1 99 00 12 34' } as const;

/** How the rules read and write a number, as the server says; asked a moment after the last change. */
function usePreview(id: string | undefined, number: string, v: TermsTyped): Seen {
  const [seen, setSeen] = useState<Seen>(nothing);
  const rules = tried(v);
  const asked = JSON.stringify([number.trim(), rules]);
  useEffect(() => {
    if (!id || !number.trim()) {
      setSeen(nothing);
      return;
    }
    const mine = new AbortController();
    const wait = setTimeout(() => {
      api.post('/api/v1/trunks/{id}/preview', { path: { id }, body: { number: number.trim(), terms: rules.terms }, signal: mine.signal }).then(
        (preview) => setSeen({ preview, in: preview.rule_in === null ? null : rules.in[preview.rule_in] ?? null, out: preview.rule_out === null ? null : rules.out[preview.rule_out] ?? null }),
        (e: unknown) => { if (!mine.signal.aborted) setSeen({ ...nothing, problem: e instanceof Problem ? e : new Problem(0, { code: 'page', title: String(e) }) }); },
      );
    }, 250);
    return () => { clearTimeout(wait); mine.abort(); };
  }, [id, asked]);
  return seen;
}

export function Numbers({ f, trunk, dial, country }: { f: Piece<TermsTyped>; trunk: Trunk | undefined; dial: string; country: string }) {
  const [number, setNumber] = useState('');
  const seen = usePreview(trunk?.id, number, f.v);
  const usual = formats[dial as keyof typeof formats] ?? formats.plus;
  const choices = (first: string) => [{ value: '', label: first }, ...Object.entries(formats).map(([value, label]) => ({ value, label }))];
  return (
    <>
      <Prefixes f={f} name="prefix_in" hit={seen.in} />
      <Prefixes f={f} name="prefix_out" hit={seen.out} />
      <div class="form-grid">
        <SelectField label={t('dashboard.terms.from_format')} hint={t('dashboard.terms.from_format_hint')} value={f.v.from_format} onValue={f.set('from_format')} error={f.error('from_format')} choices={choices(t('dashboard.terms.usual_is', { value: usual }))} />
        <SelectField label={t('dashboard.terms.asserted_format')} hint={t('dashboard.terms.asserted_format_hint')} value={f.v.asserted_format} onValue={f.set('asserted_format')} error={f.error('asserted_format')} choices={choices(t('dashboard.terms.as_from'))} />
      </div>
      {trunk ? (
        <div class="preview stack">
          <TextField label={t('dashboard.terms.try')} hint={t(trunk.dial !== dial || trunk.country !== country ? 'dashboard.terms.try_saved' : 'dashboard.terms.try_hint')} value={number} onValue={setNumber} maxLength={40} inputMode="tel" autocomplete="off" placeholder="06 12 34 56 78"
            onKeyDown={(e) => { if (e.key === 'Enter') e.preventDefault(); }} />
          <div role="status"><Shown seen={seen} /></div>
        </div>
      ) : <p class="hint">{t('dashboard.terms.try_later')}</p>}
    </>
  );
}

function Prefixes({ f, name, hit }: { f: Piece<TermsTyped>; name: 'prefix_in' | 'prefix_out'; hit: number | null }) {
  return (
    <Rows<PrefixRow> label={t(`dashboard.terms.${name}`)} hint={t(`dashboard.terms.${name}_hint`)} kind="prefix" rows={f.v[name]} blank={blankPrefix} error={f.own(name)} onRows={f.set(name)} onShift={f.forget}
      mark={(i) => hit === i && <Badge tone="good" icon="check">{t('dashboard.terms.hit')}</Badge>}
      row={(r, i, put) => (
        <>
          <TextField label={t('dashboard.terms.match')} value={r.match} onValue={(match) => put({ match })} error={f.error(`${name}[${i}].match`)} maxLength={20} spellcheck={false} autocomplete="off" placeholder={name === 'prefix_in' ? '00' : '+33'} />
          <TextField label={t('dashboard.terms.put')} value={r.put} onValue={(p) => put({ put: p })} error={f.error(`${name}[${i}].put`)} maxLength={20} spellcheck={false} autocomplete="off" placeholder={name === 'prefix_in' ? '+' : '0'} />
          <TextField type="number" label={t('dashboard.terms.length')} value={r.length} onValue={(length) => put({ length })} error={f.error(`${name}[${i}].length`)} min={1} max={40} placeholder={t('dashboard.terms.any')} />
        </>
      )} />
  );
}

function Shown({ seen }: { seen: Seen }) {
  const p = seen.preview;
  if (seen.problem) return <Refusal problem={seen.problem} />;
  if (!p) return null;
  const by = (rule: number | null) => <span class="soft small"> {rule === null ? t('dashboard.terms.by_usual') : t('dashboard.terms.by_rule', { n: rule + 1 })}</span>;
  const number = (text: string) => <strong class="mono wrap-any">{text}</strong>;
  return (
    <Facts facts={[
      [t('dashboard.terms.sent_in'), p.e164 ? <>{number(p.e164)}{by(seen.in)}</> : t('dashboard.terms.no_number')],
      [t('dashboard.terms.called'), p.called ? <>{number(p.called)}{by(seen.out)}</> : t('dashboard.terms.no_number')],
      [t('dashboard.terms.from'), p.from && number(p.from)], [t('dashboard.terms.asserted'), p.asserted && number(p.asserted)],
    ]} />
  );
}
