// What two operators agreed on beside the address of a trunk, as somebody types it. An empty field is as most peers have it.
import type { Schemas } from '../../../api/client';
import { changed, linesOf, listOf, numberOf } from '../values';

type Terms = Schemas['Terms'];
type TLS = Schemas['TrunkTLS'];

export const codecs = ['PCMA', 'PCMU', 'G722'] as const;
export type Codec = (typeof codecs)[number];
/** What is offered where nothing was said. */
export const usualCodecs: readonly Codec[] = ['PCMA', 'PCMU'];

/** A row of a list; its key stays with it while it is moved. */
export interface Row { key: number }
export interface PrefixRow extends Row { match: string; put: string; length: string }
export interface HeaderRow extends Row { do: string; header: string; to: string; value: string }

export interface TermsTyped {
  codecs: string[]; digits_in: string; digits_out: string; event_type: string; ptime: string; early_media: string; reliable: string;
  prefix_in: PrefixRow[]; prefix_out: PrefixRow[]; headers_in: HeaderRow[]; headers_out: HeaderRow[];
  from_format: string; asserted_format: string; identity: string; redirection: string; trust_diversion: boolean;
  max_in: string; max_out: string; calls_per_second: string; full_status: string; weight: string; session_timer: string; session_seconds: string;
}
export interface TLSTyped { name: string; authority: string; pins: string; certificate: string; min_version: string; callers: string; media: string }

let keys = 0;
export const blankPrefix = (): PrefixRow => ({ key: ++keys, match: '', put: '', length: '' });
export const blankHeader = (): HeaderRow => ({ key: ++keys, do: 'set', header: '', to: '', value: '' });

/** A number as it is typed; nothing for the 0 that stands for the usual. */
export const numberText = (n: number | undefined): string => (n ? String(n) : '');
/** A choice as it is shown: the usual one is the empty one, whether it was named or left out. */
const choice = (value: string | undefined, usual: string): string => (value === undefined || value === usual ? '' : value);

const prefixRows = (all: Schemas['PrefixRule'][] | null | undefined): PrefixRow[] => (all ?? []).map((r) => ({ key: ++keys, match: r.match, put: r.put ?? '', length: numberText(r.length) }));
const headerRows = (all: Schemas['HeaderRule'][] | null | undefined): HeaderRow[] => (all ?? []).map((r) => ({ key: ++keys, do: r.do, header: r.header, to: r.to ?? '', value: r.value ?? '' }));

export function termsTyped(x: Terms | null | undefined): TermsTyped {
  return {
    codecs: [...(x?.codecs ?? [])], digits_in: choice(x?.digits_in, 'auto'), digits_out: choice(x?.digits_out, 'auto'), event_type: numberText(x?.event_type), ptime: numberText(x?.ptime),
    early_media: choice(x?.early_media, 'pass'), reliable: choice(x?.reliable, 'supported'),
    prefix_in: prefixRows(x?.prefix_in), prefix_out: prefixRows(x?.prefix_out), headers_in: headerRows(x?.headers_in), headers_out: headerRows(x?.headers_out),
    from_format: x?.from_format ?? '', asserted_format: x?.asserted_format ?? '', identity: choice(x?.identity, 'asserted'), redirection: choice(x?.redirection, 'both'), trust_diversion: Boolean(x?.trust_diversion),
    max_in: numberText(x?.max_in), max_out: numberText(x?.max_out), calls_per_second: numberText(x?.calls_per_second), full_status: x?.full_status === 503 ? '' : numberText(x?.full_status), weight: numberText(x?.weight),
    session_timer: choice(x?.session_timer, 'supported'), session_seconds: numberText(x?.session_seconds),
  };
}

export function tlsTyped(x: TLS | null | undefined): TLSTyped {
  return { name: x?.name ?? '', authority: x?.authority ?? '', pins: linesOf(x?.pins), certificate: x?.certificate ?? '', min_version: choice(x?.min_version, '1.2'), callers: linesOf(x?.callers), media: x?.media ?? '' };
}

const prefixBody = (all: PrefixRow[]) => all.map((r) => ({ match: r.match.trim(), ...(r.put.trim() ? { put: r.put.trim() } : {}), ...(r.length.trim() ? { length: numberOf(r.length) } : {}) }));
/** A rule as the API has it: only what its act knows is sent. */
const headerBody = (all: HeaderRow[]) => all.map((r) => ({ do: r.do, header: r.header.trim(), ...(r.do === 'set' ? { value: r.value } : {}), ...(r.do === 'copy' || r.do === 'rename' ? { to: r.to.trim() } : {}) }));

export function termsBody(v: TermsTyped): Terms {
  return {
    ...v, event_type: numberOf(v.event_type), ptime: numberOf(v.ptime), prefix_in: prefixBody(v.prefix_in), prefix_out: prefixBody(v.prefix_out),
    headers_in: headerBody(v.headers_in) as Schemas['HeaderRule'][], headers_out: headerBody(v.headers_out) as Schemas['HeaderRule'][],
    max_in: numberOf(v.max_in), max_out: numberOf(v.max_out), calls_per_second: numberOf(v.calls_per_second), full_status: numberOf(v.full_status), weight: numberOf(v.weight), session_seconds: numberOf(v.session_seconds),
  };
}

/** What a merge patch of the terms says: an empty value is the usual one again. Nothing where nothing changed. */
export function termsPatch(was: TermsTyped, now: TermsTyped): Terms | undefined {
  const out = changed(termsBody(was), termsBody(now));
  return Object.keys(out).length > 0 ? out : undefined;
}

/** All that is said of TLS: it is sent whole, and only where it changed. */
export function tlsPatch(was: TLSTyped, now: TLSTyped): TLS | undefined {
  const body = (v: TLSTyped) => ({ ...v, name: v.name.trim(), authority: v.authority.trim(), certificate: v.certificate.trim(), pins: listOf(v.pins.replaceAll(':', '').toLowerCase()), callers: listOf(v.callers) }) as TLS;
  return JSON.stringify(body(was)) === JSON.stringify(body(now)) ? undefined : body(now);
}

/** Terms without the rows that nobody wrote anything into. */
export function withoutBlanks(v: TermsTyped): TermsTyped {
  const prefixes = (all: PrefixRow[]) => all.filter((r) => r.match.trim() || r.put.trim() || r.length.trim());
  const headers = (all: HeaderRow[]) => all.filter((r) => r.header.trim() || r.to.trim() || r.value.trim());
  return { ...v, prefix_in: prefixes(v.prefix_in), prefix_out: prefixes(v.prefix_out), headers_in: headers(v.headers_in), headers_out: headers(v.headers_out) };
}

/** Terms to try on a number: only the rules that are begun, with the place of each among all. */
export function tried(v: TermsTyped): { terms: Terms; in: number[]; out: number[] } {
  const begun = (all: PrefixRow[]) => all.flatMap((r, i) => (r.match.trim() ? [i] : []));
  const rows = { in: begun(v.prefix_in), out: begun(v.prefix_out) };
  const { prefix_in, prefix_out, from_format, asserted_format } = termsBody({ ...v, prefix_in: rows.in.map((i) => v.prefix_in[i]!), prefix_out: rows.out.map((i) => v.prefix_out[i]!) });
  return { terms: { prefix_in, prefix_out, from_format, asserted_format }, ...rows };
}

/** A list with one of it moved by a place up (-1) or down (1); as it was where there is no further. */
export function moved<T>(all: readonly T[], from: number, by: number): T[] {
  const to = from + by;
  if (from < 0 || from >= all.length || to < 0 || to >= all.length) return [...all];
  const out = [...all];
  out.splice(to, 0, ...out.splice(from, 1));
  return out;
}

/** The parts of the form, and the fields of each, as the API names them. */
export const parts = {
  numbers: ['terms.prefix_in', 'terms.prefix_out', 'terms.from_format', 'terms.asserted_format'],
  voice: ['terms.codecs', 'terms.digits_in', 'terms.digits_out', 'terms.event_type', 'terms.ptime', 'terms.early_media', 'terms.reliable'],
  identity: ['terms.identity', 'trust_pai', 'terms.redirection', 'terms.trust_diversion', 'direct_numbers'],
  headers: ['terms.headers_in', 'terms.headers_out'],
  limits: ['max_calls', 'terms.max_in', 'terms.max_out', 'terms.calls_per_second', 'terms.full_status', 'priority', 'terms.weight', 'terms.session_timer', 'terms.session_seconds'],
  security: ['tls.media', 'tls.name', 'tls.min_version', 'tls.authority', 'tls.pins', 'tls.certificate', 'tls.callers'],
} as const;
export type Part = keyof typeof parts;

/** Whether a place that was refused is a field, or in it. */
const under = (location: string | undefined, field: string) => location === `body.${field}` || Boolean(location?.startsWith(`body.${field}[`)) || Boolean(location?.startsWith(`body.${field}.`));

/** How many of some fields were refused. */
export const refusedOf = (errors: readonly { location?: string }[], fields: readonly string[]): number => errors.filter((e) => fields.some((f) => under(e.location, f))).length;

/** How many of some fields are not as usual. */
export function setOf(v: object, fields: readonly string[]): number {
  const at = (field: string) => field.split('.').reduce<unknown>((x, name) => (x as Record<string, unknown> | undefined)?.[name], v);
  return fields.filter((f) => {
    const x = at(f);
    return Array.isArray(x) ? x.length > 0 : x !== '' && x !== '0' && x !== false && x !== undefined && x !== null;
  }).length;
}
