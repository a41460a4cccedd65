// The filters above the call log, and the views that somebody keeps of it.
import { useEffect, useState } from 'preact/hooks';
import { api } from '../../api/client';
import { useQuery } from '../../api/query';
import { may } from '../../entry/signed';
import { t } from '../../i18n/words';
import { Button, Icon, IconButton, Link } from '../../parts/basic';
import { SelectField, TextField, type Choice } from '../../parts/fields';
import { FormDialog } from '../../parts/over';
import { countFilters, keepViews, keptViews, missedReasons, outcomes, periods, sameFilters, writeFilters, type FilterName, type Filters, type View } from './filters';
import { everyPage } from './follow';
import { useUsers } from './live';
import { directionWord, outcomeWord, reasonWord } from './says';

type Set = (f: Filters) => void;

/** The first views, which everybody has. */
const firstViews = (): View[] => [
  { name: t('dashboard.calls.view_all'), filters: {} },
  { name: t('dashboard.calls.view_missed'), filters: { direction: 'inbound', outcome: 'missed', period: '7' } },
  { name: t('dashboard.calls.view_nobody'), filters: { missed_reason: 'no_available_agent', period: '30' } },
  { name: t('dashboard.calls.view_voicemail'), filters: { outcome: 'voicemail' } },
  { name: t('dashboard.calls.view_out'), filters: { direction: 'outbound' } },
];

export function CallFilters({ filters, onFilters }: { filters: Filters; onFilters: Set }) {
  const [more, setMore] = useState(() => ['user_id', 'number_id', 'team_id', 'tag', 'assigned_to', 'archived', 'from', 'to'].some((n) => filters[n as FilterName]));
  const put = (name: FilterName, value: string) => {
    const next = { ...filters, [name]: value || undefined };
    if (name === 'period' && value !== 'dates') delete next.created_after, delete next.created_before;
    if (name === 'missed_reason' && value && next.direction && next.direction !== 'inbound') delete next.direction;
    onFilters(next);
  };
  const n = countFilters(filters);
  return (
    <div class="stack filters">
      <Views filters={filters} />
      <div class="filter-row">
        <Search value={filters.search ?? ''} onValue={(v) => put('search', v)} />
        <SelectField label={t('dashboard.calls.period')} value={filters.period ?? ''} onValue={(v) => put('period', v)} choices={[any(), ...periods.map((p) => ({ value: p, label: t(`dashboard.calls.period_${p}`) }))]} />
        <SelectField label={t('dashboard.calls.direction')} value={filters.direction ?? ''} onValue={(v) => put('direction', v)} choices={[any(), ...['inbound', 'outbound', 'internal'].map((d) => ({ value: d, label: directionWord(d) }))]} />
        <SelectField label={t('dashboard.calls.outcome')} value={filters.outcome ?? ''} onValue={(v) => put('outcome', v)} choices={[any(), ...outcomes.map((o) => ({ value: o, label: outcomeWord(o) }))]} />
        <SelectField label={t('dashboard.calls.missed_reason')} value={filters.missed_reason ?? ''} onValue={(v) => put('missed_reason', v)} choices={[any(), ...missedReasons.map((r) => ({ value: r, label: reasonWord(r) }))]} />
      </div>
      {filters.period === 'dates' && <Dates filters={filters} onFilters={onFilters} />}
      {more && <MoreFilters filters={filters} put={put} />}
      <div class="row wrap">
        <Button kind="quiet" small icon="filter" aria-expanded={more} onClick={() => setMore(!more)}>{t(more ? 'dashboard.calls.fewer_filters' : 'dashboard.calls.more_filters')}</Button>
        {(n > 0 || filters.search || filters.period) && <Button kind="quiet" small icon="close" onClick={() => onFilters({})}>{t('dashboard.calls.clear')}</Button>}
      </div>
    </div>
  );
}

const any = (): Choice => ({ value: '', label: t('dashboard.calls.any') });

/** The search is asked once somebody stops typing. */
function Search({ value, onValue }: { value: string; onValue: (v: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const wait = setTimeout(() => onValue(text), 300);
    return () => clearTimeout(wait);
  }, [text]);
  return <TextField type="search" label={t('dashboard.calls.search')} placeholder={t('dashboard.calls.search_hint')} value={text} onValue={setText} inputMode="tel" maxLength={40} />;
}

const toInput = (iso: string | undefined) => {
  if (!iso || Number.isNaN(Date.parse(iso))) return '';
  const d = new Date(iso);
  return new Date(d.getTime() - d.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};
const fromInput = (v: string) => (v ? new Date(v).toISOString() : undefined);

function Dates({ filters, onFilters }: { filters: Filters; onFilters: Set }) {
  const put = (name: 'created_after' | 'created_before', v: string) => {
    const next: Filters = { ...filters };
    const at = fromInput(v);
    if (at) next[name] = at;
    else delete next[name];
    onFilters(next);
  };
  return (
    <div class="filter-row">
      <TextField type="datetime-local" label={t('dashboard.calls.after')} value={toInput(filters.created_after)} onValue={(v) => put('created_after', v)} />
      <TextField type="datetime-local" label={t('dashboard.calls.before')} value={toInput(filters.created_before)} onValue={(v) => put('created_before', v)} />
    </div>
  );
}

/** What calls can be picked by: the numbers, teams and tags of the company. */
export function useCatalogue() {
  const numbers = useQuery('watch.numbers', () => everyPage((cursor) => api.get('/api/v1/numbers', { query: { limit: 200, ...(cursor ? { cursor } : {}) } })), ['number.*']);
  const teams = useQuery('watch.teams', async () => (may('users:read') ? everyPage((cursor) => api.get('/api/v1/teams', { query: { limit: 200, ...(cursor ? { cursor } : {}) } })) : []), ['team.*']);
  const tags = useQuery('watch.tags', async () => (may('contacts:read') ? everyPage((cursor) => api.get('/api/v1/tags', { query: { limit: 200, ...(cursor ? { cursor } : {}) } })) : []), ['tag.*']);
  return { numbers: numbers.data ?? [], teams: teams.data ?? [], tags: tags.data ?? [] };
}

function MoreFilters({ filters, put }: { filters: Filters; put: (name: FilterName, v: string) => void }) {
  const { numbers, teams, tags } = useCatalogue();
  const users = useUsers().data ?? [];
  const people = [any(), ...users.map((u) => ({ value: u.id, label: u.name }))];
  return (
    <div class="filter-row">
      <SelectField label={t('dashboard.calls.number')} value={filters.number_id ?? ''} onValue={(v) => put('number_id', v)} choices={[any(), ...numbers.map((n) => ({ value: n.id, label: n.name ? `${n.name} · ${n.display}` : n.display }))]} />
      <SelectField label={t('dashboard.calls.user')} value={filters.user_id ?? ''} onValue={(v) => put('user_id', v)} choices={people} />
      <SelectField label={t('dashboard.calls.team')} value={filters.team_id ?? ''} onValue={(v) => put('team_id', v)} choices={[any(), ...teams.map((x) => ({ value: x.id, label: x.name }))]} />
      <SelectField label={t('dashboard.calls.tag')} value={filters.tag ?? ''} onValue={(v) => put('tag', v)} choices={[any(), ...tags.map((x) => ({ value: x.id, label: x.name }))]} />
      <SelectField label={t('dashboard.calls.assigned')} value={filters.assigned_to ?? ''} onValue={(v) => put('assigned_to', v)} choices={people} />
      <SelectField label={t('dashboard.calls.archived')} value={filters.archived ?? ''} onValue={(v) => put('archived', v)} choices={[any(), { value: 'false', label: t('dashboard.calls.archived_no') }, { value: 'true', label: t('dashboard.calls.archived_yes') }]} />
      <Exact label={t('dashboard.calls.from')} value={filters.from ?? ''} onValue={(v) => put('from', v)} />
      <Exact label={t('dashboard.calls.to')} value={filters.to ?? ''} onValue={(v) => put('to', v)} />
    </div>
  );
}

/** A whole number or extension: asked when the field is left, or at Enter. */
function Exact({ label, value, onValue }: { label: string; value: string; onValue: (v: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const tell = () => { if (text.replace(/[ .-]/g, '') !== value) onValue(text.replace(/[ .-]/g, '')); };
  return <TextField label={label} placeholder="+33…" value={text} onValue={setText} onBlur={tell} onKeyDown={(e) => { if (e.key === 'Enter') tell(); }} maxLength={64} />;
}

function Views({ filters }: { filters: Filters }) {
  const [kept, setKept] = useState(keptViews);
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState('');
  const change = (all: View[]) => { setKept(all); keepViews(all); };
  const all = [...firstViews(), ...kept];
  const known = all.some((v) => sameFilters(v.filters, filters));
  return (
    <div class="row wrap views">
      <nav aria-label={t('dashboard.calls.views')} class="row wrap">
        {all.map((v, i) => {
          const on = sameFilters(v.filters, filters);
          return (
            <span key={`${i} ${v.name}`} class={`view ${on ? 'on' : ''}`}>
              <Link to={writeFilters(v.filters)} current={on} class="cut" title={v.name}>{v.name}</Link>
              {i >= firstViews().length && on && <IconButton icon="close" small label={t('dashboard.calls.view_drop', { name: v.name })} onClick={() => change(kept.filter((k) => k !== v))} />}
            </span>
          );
        })}
      </nav>
      {!known && <Button kind="quiet" small icon="star" onClick={() => { setName(''); setNaming(true); }}>{t('dashboard.calls.view_keep')}</Button>}
      {naming && (
        <FormDialog title={t('dashboard.calls.view_keep')} submit={t('core.save')} why={name.trim() ? undefined : t('dashboard.calls.view_name_needed')} onClose={() => setNaming(false)}
          onSubmit={() => { change([...kept, { name: name.trim(), filters }]); setNaming(false); }}>
          <TextField label={t('dashboard.calls.view_name')} value={name} onValue={setName} maxLength={60} autofocus />
          <p class="hint"><Icon name="info" size={14} /> {t('dashboard.calls.view_where')}</p>
        </FormDialog>
      )}
    </div>
  );
}
