// The filters of the call log: as the address bar has them, and as the API wants them.
import { midnight } from './figures';

/** What the log can be asked for, each by its name in the address bar. */
export const filterNames = ['search', 'period', 'created_after', 'created_before', 'direction', 'outcome', 'missed_reason', 'user_id', 'number_id', 'team_id', 'tag', 'assigned_to', 'archived', 'from', 'to'] as const;
export type FilterName = (typeof filterNames)[number];
export type Filters = Partial<Record<FilterName, string>>;

export const outcomes = ['answered', 'missed', 'voicemail', 'abandoned', 'busy', 'rejected', 'failed', 'cancelled'] as const;
export const missedReasons = ['short_abandoned', 'agents_did_not_answer', 'no_available_agent', 'out_of_opening_hours', 'abandoned_in_ivr', 'abandoned_in_classic'] as const;
export const periods = ['today', 'yesterday', '7', '30', 'dates'] as const;

/** The filters in an address; what is not one is left alone. */
export function readFilters(query: URLSearchParams): Filters {
  const out: Filters = {};
  for (const name of filterNames) {
    const v = query.get(name);
    if (v) out[name] = v.slice(0, 100);
  }
  if (!out.period && (out.created_after || out.created_before)) out.period = 'dates';
  return out;
}

/** The address of the log with these filters. */
export function writeFilters(f: Filters, base = '/dashboard/calls'): string {
  const q = new URLSearchParams();
  for (const name of filterNames) {
    const v = f[name];
    if (v) q.set(name, v);
  }
  const text = q.toString();
  return text ? `${base}?${text}` : base;
}

/** The digits of what somebody typed as a number ("01 99 00-12"): the API finds parts of numbers. A leading zero of a national number is left out, since numbers are kept with their country. */
export function searchOf(text: string): string | undefined {
  const plus = text.trim().startsWith('+');
  const digits = text.replace(/\D/g, '');
  if (!digits) return undefined;
  if (plus) return `+${digits}`.slice(0, 32);
  return (digits.length > 3 && digits.startsWith('0') ? digits.replace(/^00?/, '') : digits).slice(0, 32);
}

const moment = (v: string | undefined) => (v && !Number.isNaN(Date.parse(v)) ? new Date(v).toISOString() : undefined);

/** The period as two moments, in the time zone of the company. */
export function periodOf(f: Filters, now: Date, zone: string | undefined): { created_after?: string; created_before?: string } {
  const back = (days: number) => midnight(now, zone, days).toISOString();
  switch (f.period) {
    case 'today': return { created_after: back(0) };
    case 'yesterday': return { created_after: back(1), created_before: back(0) };
    case '7': case '30': return { created_after: back(Number(f.period) - 1) };
    default: {
      const out: { created_after?: string; created_before?: string } = {};
      const after = moment(f.created_after), before = moment(f.created_before);
      if (after) out.created_after = after;
      if (before) out.created_before = before;
      return out;
    }
  }
}

/** The question for the API. */
export function callQuery(f: Filters, now: Date, zone: string | undefined): Record<string, string> {
  const out: Record<string, string> = { ...periodOf(f, now, zone) };
  for (const name of ['direction', 'outcome', 'missed_reason', 'user_id', 'number_id', 'team_id', 'tag', 'assigned_to', 'archived', 'from', 'to'] as const) {
    const v = f[name];
    if (v) out[name] = v;
  }
  const search = f.search ? searchOf(f.search) : undefined;
  if (search) out['search'] = search;
  return out;
}

/** How many filters beside the search and the period are set. */
export const countFilters = (f: Filters): number => filterNames.filter((n) => f[n] && !['search', 'period', 'created_after', 'created_before'].includes(n)).length;

/** A set of filters that somebody gave a name; kept in this browser. */
export interface View { name: string; filters: Filters }
const shelf = 'dashboard.calls.views';

/** The views that this browser kept; none where it keeps nothing, or what it kept is not ours. */
export function keptViews(): View[] {
  try {
    const all = JSON.parse(localStorage.getItem(shelf) ?? '[]') as unknown;
    return Array.isArray(all) ? all.filter((v): v is View => typeof (v as View)?.name === 'string' && typeof (v as View)?.filters === 'object').slice(0, 50) : [];
  } catch {
    return [];
  }
}

/** Keeps views in this browser. */
export function keepViews(all: View[]): void {
  try {
    localStorage.setItem(shelf, JSON.stringify(all));
  } catch { /* a browser that keeps nothing forgets */ }
}

/** Whether two sets of filters ask the same. */
export const sameFilters = (a: Filters, b: Filters): boolean => writeFilters(a) === writeFilters(b);
