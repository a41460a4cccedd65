// What was agreed with a trunk, in a few lines; nothing where all is as usual.
import type { ComponentChildren } from 'preact';
import type { Schemas } from '../../../api/client';
import { t } from '../../../i18n/words';
import { mediaRules } from './security';

const digitWord = (mode: string | undefined) => (mode === 'rfc4733' || mode === 'info' || mode === 'inband' ? t(`dashboard.terms.digits_${mode}`) : '');

export function termsFacts(x: Schemas['TrunkObject']): [string, ComponentChildren][] {
  const v = x.terms;
  const rules = (v.prefix_in?.length ?? 0) + (v.prefix_out?.length ?? 0), headers = (v.headers_in?.length ?? 0) + (v.headers_out?.length ?? 0);
  const limit = (name: 'max_in' | 'max_out' | 'rate', n: number | undefined) => (n ? `${t(`dashboard.terms.${name}`)} ${n}` : '');
  const media = mediaRules.find((m) => m === x.tls.media);
  const all: [string, string][] = [
    [t('dashboard.terms.part_numbers'), rules > 0 ? t('dashboard.terms.rules', { n: rules }) : ''],
    [t('dashboard.terms.codecs'), (v.codecs ?? []).join(', ')], [t('dashboard.terms.digits_out'), digitWord(v.digits_out)], [t('dashboard.terms.digits_in'), digitWord(v.digits_in)], [t('dashboard.terms.ptime'), v.ptime ? `${v.ptime} ms` : ''],
    [t('dashboard.terms.part_headers'), headers > 0 ? t('dashboard.terms.rules', { n: headers }) : ''],
    [t('dashboard.terms.part_limits'), [limit('max_in', v.max_in), limit('max_out', v.max_out), limit('rate', v.calls_per_second)].filter(Boolean).join(' · ')],
    [t('dashboard.terms.media'), media ? t(`dashboard.terms.media_${media}`) : ''], [t('dashboard.terms.tls_name'), x.tls.name ?? ''],
  ];
  return all.filter(([, said]) => said !== '');
}
