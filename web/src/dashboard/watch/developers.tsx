// For developers: API keys, webhooks, what happens live, the panel for a CRM, and where the API is described.
import { useState } from 'preact/hooks';
import { api, Problem, type Schemas } from '../../api/client';
import { useQuery } from '../../api/query';
import { may } from '../../entry/signed';
import { ago, t, tMaybe, when } from '../../i18n/words';
import { Badge, Banner, Button, Copy, Empty, Icon, IconButton, Refusal, Spinner } from '../../parts/basic';
import { CheckField, Segments, TextField } from '../../parts/fields';
import { Tabs, Table } from '../../parts/lists';
import { confirm, Dialog, FormDialog, toast } from '../../parts/over';
import { ScreenHead } from '../head';
import { everyPage } from './follow';
import { elsewhere, useForm } from './form';
import { useCatalogue } from './callfilters';

type Key = Schemas['KeyObject'];

/** The head and the tabs that all screens for developers share. */
export function DeveloperHead({ at, actions }: { at: string; actions?: preact.ComponentChildren }) {
  const base = '/dashboard/developers';
  const tabs = [
    ...(may('system:read') ? [{ to: base, label: t('dashboard.dev.tab_keys') }] : []), { to: `${base}/webhooks`, label: t('dashboard.dev.tab_webhooks') }, { to: `${base}/events`, label: t('dashboard.dev.tab_events') }, { to: `${base}/cti`, label: t('dashboard.dev.tab_cti') },
  ];
  return (
    <>
      <ScreenHead title={t('dashboard.nav.developers')} sub={<p>{t('dashboard.dev.sub')}</p>} actions={<><a class="btn" href="/docs" target="_blank" rel="noopener"><Icon name="external" />{t('dashboard.dev.docs')}</a>{actions}</>} />
      <Tabs label={t('dashboard.nav.developers')} tabs={tabs} at={at} />
    </>
  );
}

export function Keys() {
  const q = useQuery('watch.keys', () => everyPage((cursor) => api.get('/api/v1/api-keys', { query: { limit: 200, ...(cursor ? { cursor } : {}) } })), ['api_key.*']);
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<Key | null>(null);
  const add = may('system:write') && <Button kind="primary" icon="plus" onClick={() => setMaking(true)}>{t('dashboard.dev.key_add')}</Button>;
  const drop = async (k: Key) => {
    if (!(await confirm(t('dashboard.dev.key_delete_ask', { name: k.name }), t('dashboard.dev.key_delete_text'), t('core.delete')))) return;
    await api.delete('/api/v1/api-keys/{id}', { path: { id: k.id } }).then(q.refresh, (e: unknown) => toast(e instanceof Problem ? e.detail || e.title : String(e), 'bad'));
  };
  return (
    <>
      <DeveloperHead at="/dashboard/developers" actions={add} />
      {q.problem && !q.data ? <Refusal problem={q.problem} retry={q.refresh} /> : !q.data ? <Spinner /> : q.data.length === 0
        ? <Empty icon="lock" title={t('dashboard.dev.keys_none')} action={add || undefined}>{t('dashboard.dev.keys_none_text')}</Empty>
        : <Table label={t('dashboard.dev.tab_keys')} rows={q.data} id={(k) => k.id} columns={[
          { name: t('dashboard.trunks.name'), cell: (k) => <span class="stack tight"><span class="cut cell strong" title={k.name}>{k.name}</span><code class="small soft">{k.hint}…</code></span> },
          { name: t('dashboard.dev.scopes'), wide: true, cell: (k) => <span class="row wrap">{(k.scopes ?? []).slice(0, 4).map((s) => <Badge key={s}>{scopeWord(s)}</Badge>)}{(k.scopes?.length ?? 0) > 4 && <Badge title={(k.scopes ?? []).map(scopeWord).join(', ')}>+{(k.scopes?.length ?? 0) - 4}</Badge>}</span> },
          { name: t('dashboard.dev.used'), cell: (k) => (k.last_used_at ? ago(k.last_used_at) : t('dashboard.dev.never')) },
          { name: t('dashboard.dev.expires'), wide: true, cell: (k) => (k.expires_at ? when(k.expires_at, 'date') : t('dashboard.dev.no_end')) },
          { name: t('dashboard.dev.actions'), num: true, cell: (k) => may('system:write') && <IconButton icon="trash" small label={t('dashboard.dev.key_delete', { name: k.name })} onClick={() => void drop(k)} /> },
        ]} />}
      {making && <KeyForm onClose={() => setMaking(false)} onDone={(k) => { setMaking(false); setMade(k); q.refresh(); }} />}
      {made?.key && <Secret title={t('dashboard.dev.key_made')} text={t('dashboard.dev.key_once')} secret={made.key} onClose={() => setMade(null)} />}
    </>
  );
}

/** A secret that is shown once. */
export function Secret({ title, text, secret, onClose }: { title: string; text: string; secret: string; onClose: () => void }) {
  return (
    <Dialog title={title} onClose={onClose} actions={<><span class="grow" /><Button kind="primary" onClick={onClose}>{t('dashboard.dev.kept_it')}</Button></>}>
      <div class="stack"><Banner tone="warn">{text}</Banner><div class="secret"><code class="wrap-any">{secret}</code><Copy text={secret} label={t('dashboard.dev.copy')} /></div></div>
    </Dialog>
  );
}

const families = ['calls', 'recordings', 'messages', 'contacts', 'users', 'numbers', 'flows', 'trunks', 'webhooks', 'analytics', 'system'] as const;
const verbs: Record<(typeof families)[number], string[]> = { calls: ['read', 'control'], recordings: ['read', 'delete'], messages: ['read', 'write'], contacts: ['read', 'write'], users: ['read', 'write'], numbers: ['read', 'write'], flows: ['read', 'write'], trunks: ['read', 'write'], webhooks: ['read', 'write'], analytics: ['read'], system: ['read', 'write'] };

/** A scope for people: "Calls: look". */
export function scopeWord(scope: string): string {
  const [family = '', verb = ''] = scope.split(':');
  if (scope === '*') return t('dashboard.dev.scope_all');
  return t('dashboard.dev.scope_one', { family: tMaybe(`dashboard.dev.family_${family}`, family), verb: tMaybe(`dashboard.dev.verb_${verb === '*' ? 'all' : verb}`, verb) });
}

const presets: Record<string, string[]> = { read: families.map((f) => `${f}:read`), crm: ['calls:*', 'contacts:*', 'messages:*', 'users:read', 'numbers:read'], own: [] };

function KeyForm({ onClose, onDone }: { onClose: () => void; onDone: (k: Key) => void }) {
  const f = useForm({ name: '', scopes: presets['crm']!, expires: '', numbers: [] as string[], preset: 'crm' });
  const { numbers } = useCatalogue();
  const { v } = f;
  const has = (scope: string) => v.scopes.includes(scope) || v.scopes.includes(`${scope.split(':')[0]}:*`);
  const toggle = (family: (typeof families)[number], verb: string, on: boolean) => {
    const held = verbs[family].filter((x) => (x === verb ? on : has(`${family}:${x}`)));
    f.put({ preset: 'own', scopes: [...v.scopes.filter((s) => s.split(':')[0] !== family), ...held.map((x) => `${family}:${x}`)] });
  };
  const go = () => f.run(async () => {
    onDone(await api.post('/api/v1/api-keys', { body: { name: v.name.trim(), scopes: v.scopes, ...(v.expires ? { expires_at: new Date(`${v.expires}T23:59:59`).toISOString() } : {}), ...(v.numbers.length ? { number_ids: v.numbers } : {}) } }));
  });
  return (
    <FormDialog wide title={t('dashboard.dev.key_add')} submit={t('dashboard.dev.key_make')} busy={f.busy} why={!v.name.trim() ? t('dashboard.trunks.name_needed') : v.scopes.length === 0 ? t('dashboard.dev.scopes_needed') : undefined} onClose={onClose} onSubmit={async () => { await go(); }}>
      <Refusal problem={elsewhere(f.problem, ['name', 'expires_at']) ?? undefined} />
      <div class="form-grid">
        <TextField label={t('dashboard.trunks.name')} hint={t('dashboard.dev.key_name_hint')} value={v.name} onValue={f.set('name')} error={f.error('name')} maxLength={100} autofocus />
        <TextField type="date" label={t('dashboard.dev.expires')} hint={t('dashboard.dev.expires_hint')} value={v.expires} onValue={f.set('expires')} error={f.error('expires_at')} />
      </div>
      <Segments label={t('dashboard.dev.scopes')} value={v.preset} onValue={(p) => f.put({ preset: p, scopes: p === 'own' ? v.scopes : presets[p]! })} choices={[{ value: 'crm', label: t('dashboard.dev.preset_crm') }, { value: 'read', label: t('dashboard.dev.preset_read') }, { value: 'own', label: t('dashboard.dev.preset_own') }]} />
      <fieldset class="scopes"><legend class="legend">{t('dashboard.dev.scopes')}</legend>
        {families.map((family) => (
          <div key={family} class="row between"><span>{t(`dashboard.dev.family_${family}`)}</span><span class="row">{verbs[family].map((verb) => <CheckField key={verb} label={tMaybe(`dashboard.dev.verb_${verb}`, verb)} checked={has(`${family}:${verb}`)} onValue={(on) => toggle(family, verb, on)} />)}</span></div>
        ))}
      </fieldset>
      <details class="more-fields"><summary>{t('dashboard.dev.only_numbers')}</summary><div class="stack tight"><p class="soft small">{t('dashboard.dev.only_numbers_text')}</p>{numbers.map((n) => <CheckField key={n.id} label={n.name ? `${n.name} · ${n.display}` : n.display} checked={v.numbers.includes(n.id)} onValue={(on) => f.put({ numbers: on ? [...v.numbers, n.id] : v.numbers.filter((x) => x !== n.id) })} />)}</div></details>
    </FormDialog>
  );
}
