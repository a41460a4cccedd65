// Who changed what, field by field, the newest first.
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../../api/client';
import { t, tMaybe, when } from '../../i18n/words';
import { Badge, Button, Empty, Icon, Refusal } from '../../parts/basic';
import { SelectField } from '../../parts/fields';
import { More, usePages } from '../../parts/lists';
import { navigate, place } from '../../parts/router';
import { useUsers } from './live';
import { SettingsHead } from './settings';

type Entry = Schemas['AuditObject'];
const kinds = ['account', 'user', 'device', 'team', 'number', 'flow', 'trunk', 'operator', 'connector', 'webhook', 'api_key', 'tag', 'contact', 'audio', 'working_hours', 'special_date', 'availability_reason', 'blocked_number'];

export function Audit() {
  const kind = place.value.query.get('kind') ?? '';
  const actor = place.value.query.get('actor') ?? '';
  const users = useUsers().data ?? [];
  const pages = usePages<Entry>(`audit ${kind} ${actor}`, async (cursor, signal) => {
    const p = await api.get('/api/v1/audit-log', { query: { limit: 50, ...(kind ? { kind } : {}), ...(actor ? { actor } : {}), ...(cursor ? { cursor } : {}) }, signal });
    return { data: p.data ?? [], next_cursor: p.next_cursor };
  });
  const go = (k: string, a: string) => {
    const q = new URLSearchParams();
    if (k) q.set('kind', k);
    if (a) q.set('actor', a);
    navigate(`/dashboard/settings/audit${q.size ? `?${q.toString()}` : ''}`, 'replace');
  };
  return (
    <>
      <SettingsHead at="/dashboard/settings/audit" />
      <div class="filter-row">
        <SelectField label={t('dashboard.audit.what')} value={kind} onValue={(v) => go(v, actor)} choices={[{ value: '', label: t('dashboard.calls.any') }, ...kinds.map((k) => ({ value: k, label: tMaybe(`dashboard.audit.kind_${k}`, k) }))]} />
        <SelectField label={t('dashboard.audit.who')} value={actor} onValue={(v) => go(kind, v)} choices={[{ value: '', label: t('dashboard.calls.any') }, { value: 'api', label: t('dashboard.audit.api') }, { value: 'apply', label: t('dashboard.audit.apply') }, ...users.map((u) => ({ value: u.id, label: u.name }))]} />
      </div>
      {pages.problem && pages.rows.length === 0 && <Refusal problem={pages.problem} retry={pages.refresh} />}
      {!pages.loading && !pages.problem && pages.rows.length === 0 && <Empty icon="history" title={t('dashboard.audit.none')} />}
      {pages.rows.length > 0 && <ul class="plain card now-list audit">{pages.rows.map((e) => <Line key={e.id} entry={e} />)}</ul>}
      <More pages={pages} />
    </>
  );
}

const tones = { create: 'good', update: 'info', delete: 'bad' } as const;

function Line({ entry: e }: { entry: Entry }) {
  const [open, setOpen] = useState(false);
  const who = e.actor_name ?? (e.actor === 'api' ? t('dashboard.audit.api') : e.actor === 'apply' ? t('dashboard.audit.apply') : /^(usr|key)_/.test(e.actor) ? t('dashboard.audit.gone') : e.actor);
  const changes = e.changes ?? [];
  return (
    <li>
      <div class="row wrap"><Badge tone={tones[e.verb]}>{t(`dashboard.audit.verb_${e.verb}`)}</Badge><span class="grow cut"><span class="soft">{tMaybe(`dashboard.audit.kind_${e.kind}`, e.kind)}</span> <strong title={e.name}>{e.name}</strong></span><span class="small soft">{who} · {when(e.at, 'exact')}</span>
        {changes.length > 0 && <Button small kind="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>{t('dashboard.audit.changes', { n: changes.length })}</Button>}</div>
      {open && <dl class="diff">{changes.map((c) => <div key={c.field}><dt class="mono small">{c.field}</dt><dd><del>{c.before || '∅'}</del> <Icon name="right" size={14} /> <ins>{c.after || '∅'}</ins></dd></div>)}</dl>}
    </li>
  );
}
