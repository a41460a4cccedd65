// The settings of the company, and what the program says of itself.
import { api, Problem, type Schemas } from '../../api/client';
import { refresh, useQuery } from '../../api/query';
import { keepLanguage, may, session, setTheme, signOut, theme, type Theme } from '../../entry/signed';
import { ago, language, t, tMaybe, when } from '../../i18n/words';
import { Badge, Banner, Button, Card, Facts, Icon, Link, Refusal, Spinner } from '../../parts/basic';
import { Segments, SelectField, TextField } from '../../parts/fields';
import { Tabs } from '../../parts/lists';
import { toast } from '../../parts/over';
import { ScreenHead } from '../head';
import { Origins } from './ctiplay';
import { changed, elsewhere, numberOf, useForm } from './form';

/** The head and the tabs of all settings. */
export function SettingsHead({ at }: { at: string }) {
  const base = '/dashboard/settings';
  const system = may('system:read');
  const tabs = [
    ...(system ? [{ to: base, label: t('dashboard.settings.company') }] : []), { to: system ? `${base}/security` : base, label: t('dashboard.settings.security') },
    ...(system ? [{ to: `${base}/doctor`, label: t('dashboard.settings.doctor') }, { to: `${base}/audit`, label: t('dashboard.settings.audit') }, { to: `${base}/about`, label: t('dashboard.settings.about') }] : []),
  ];
  return <><ScreenHead title={t('dashboard.nav.settings')} /><Tabs label={t('dashboard.nav.settings')} tabs={tabs} at={at} /></>;
}

export function Settings() {
  return may('system:read') ? <Company /> : <Security />;
}

function Company() {
  const q = useQuery('watch.settings.full', (signal) => api.get('/api/v1/settings', { signal }), ['account.updated']);
  return (
    <>
      <SettingsHead at="/dashboard/settings" />
      {q.problem && !q.data ? <Refusal problem={q.problem} retry={q.refresh} /> : !q.data ? <Spinner /> : <div class="two-columns"><CompanyForm key={q.data.id} account={q.data} /><Files /></div>}
    </>
  );
}

const zones = (now: string): string[] => {
  const all = (Intl as { supportedValuesOf?: (what: string) => string[] }).supportedValuesOf?.('timeZone') ?? ['Europe/Paris'];
  return all.includes(now) ? all : [now, ...all];
};

const typedAccount = (a: Schemas['AccountObject']) => ({ name: a.name, language: a.language as string, country: a.country, timezone: a.timezone, away: String(a.away_after_missed), grace: String(a.offline_after_seconds), licences: a.esim_licences === null ? '' : String(a.esim_licences) });

function CompanyForm({ account }: { account: Schemas['AccountObject'] }) {
  const start = typedAccount(account);
  const f = useForm(start);
  const { v, set } = f;
  const owner = session.value?.user === null || session.value?.user?.role === 'owner';
  const writes = may('system:write');
  const body = (x: typeof start) => ({ name: x.name, language: x.language, country: x.country, timezone: x.timezone, away_after_missed: numberOf(x.away), offline_after_seconds: numberOf(x.grace), esim_licences: x.licences.trim() === '' ? null : numberOf(x.licences) });
  const dirty = Object.keys(changed(body(start), body(v))).length > 0;
  const go = async () => {
    if (await f.run(() => api.patch('/api/v1/settings', { body: changed(body(start), body(v)) as Schemas['SettingsPatch'] }))) {
      refresh('watch.settings');
      toast(t('core.saved'), 'good');
    }
  };
  return (
    <form class="card" noValidate onSubmit={(e) => { e.preventDefault(); if (dirty && writes) void go(); }}>
      <h2>{t('dashboard.settings.company')}</h2>
      <Refusal problem={elsewhere(f.problem, ['name', 'language', 'country', 'timezone', 'away_after_missed', 'offline_after_seconds', 'esim_licences']) ?? undefined} />
      <fieldset class="bare" disabled={!writes}>
        <div class="form-grid">
          <TextField label={t('dashboard.settings.name')} value={v.name} onValue={set('name')} error={f.error('name')} maxLength={100} />
          <SelectField label={t('dashboard.settings.language')} hint={t('dashboard.settings.language_hint')} value={v.language} onValue={set('language')} error={f.error('language')} choices={[{ value: 'fr', label: 'Français' }, { value: 'en', label: 'English' }]} />
          <TextField label={t('dashboard.trunks.country')} hint={t('dashboard.settings.country_hint')} value={v.country} onValue={(x) => set('country')(x.toUpperCase())} error={f.error('country')} maxLength={2} />
          <SelectField label={t('dashboard.settings.timezone')} value={v.timezone} onValue={set('timezone')} error={f.error('timezone')} choices={zones(v.timezone).map((z) => ({ value: z, label: z.replaceAll('_', ' ') }))} />
          <TextField type="number" min={0} label={t('dashboard.settings.away')} hint={t('dashboard.settings.away_hint')} value={v.away} onValue={set('away')} error={f.error('away_after_missed')} />
          <TextField type="number" min={0} label={t('dashboard.settings.grace')} hint={t('dashboard.settings.grace_hint')} value={v.grace} onValue={set('grace')} error={f.error('offline_after_seconds')} />
          <TextField type="number" min={0} label={t('dashboard.settings.licences')} hint={t('dashboard.settings.licences_hint', { n: account.esim_licences_used })} value={v.licences} onValue={set('licences')} error={f.error('esim_licences')} disabled={!owner} />
        </div>
      </fieldset>
      {writes && <div class="row"><Button kind="primary" type="submit" busy={f.busy} why={dirty ? undefined : t('dashboard.settings.unchanged')}>{t('core.save')}</Button></div>}
    </form>
  );
}

function Files() {
  return (
    <div class="stack loose">
      <Card title={t('dashboard.settings.retention')}>
        <ul class="plain now-list">{(['calls', 'sip', 'messages', 'events', 'deliveries'] as const).map((k) => <li key={k} class="row between"><span>{t(`dashboard.settings.keep_${k}`)}</span><span class="soft right">{t(`dashboard.settings.keep_${k}_for`)}</span></li>)}</ul>
        <p class="small soft">{t('dashboard.settings.retention_text')}</p>
      </Card>
      <Card title={t('dashboard.settings.site')}>
        <p class="soft">{t('dashboard.settings.site_text')}</p>
        <p><a class="btn" href="/api/v1/site" download="site.toml"><Icon name="download" />{t('dashboard.settings.site_get')}</a></p>
      </Card>
    </div>
  );
}

export function Security() {
  const f = useForm({ current: '', next: '', again: '' });
  const { v, set } = f;
  const who = session.value;
  const go = async () => {
    if (!(await f.run(() => api.put('/api/v1/me/password', { body: { current_password: v.current, password: v.next } })))) return;
    f.put({ current: '', next: '', again: '' });
    toast(t('dashboard.settings.password_done'), 'good');
  };
  const why = !v.next ? t('dashboard.settings.password_fill') : v.next !== v.again ? t('dashboard.settings.password_differs') : undefined;
  return (
    <>
      <SettingsHead at={may('system:read') ? '/dashboard/settings/security' : '/dashboard/settings'} />
      <div class="two-columns">
        <div class="stack loose">
          {who?.user && (
            <form class="card" noValidate onSubmit={(e) => { e.preventDefault(); if (!why) void go(); }}>
              <h2>{t('dashboard.settings.password')}</h2>
              <Refusal problem={elsewhere(f.problem, ['current_password', 'password']) ?? undefined} />
              <input type="text" hidden autocomplete="username" value={who.user.email} readOnly />
              <TextField type="password" label={t('dashboard.settings.password_now')} hint={t('dashboard.settings.password_now_hint')} autocomplete="current-password" value={v.current} onValue={set('current')} error={f.error('current_password')} />
              <div class="form-grid">
                <TextField type="password" label={t('dashboard.settings.password_new')} autocomplete="new-password" value={v.next} onValue={set('next')} error={f.error('password')} />
                <TextField type="password" label={t('dashboard.settings.password_again')} autocomplete="new-password" value={v.again} onValue={set('again')} error={v.again && v.next !== v.again ? t('dashboard.settings.password_differs') : undefined} />
              </div>
              <div class="row"><Button kind="primary" type="submit" busy={f.busy} why={why}>{t('dashboard.settings.password_go')}</Button></div>
            </form>
          )}
          {may('system:read') && <Origins />}
        </div>
        <div class="stack loose aside">
          <Card title={t('dashboard.settings.session')}>
            <Facts facts={[[t('dashboard.settings.signed_in'), who?.user ? who.user.name : t('dashboard.settings.by_key')], [t('core.login.email'), who?.user?.email ?? ''], [t('dashboard.settings.role'), who?.user ? tMaybe(`dashboard.role.${who.user.role}`, who.user.role) : ''], [t('dashboard.settings.until'), who?.expires_at ? when(who.expires_at) : '']]} />
            <p class="small soft">{t('dashboard.settings.session_text')}</p>
            <p><Button icon="logout" onClick={() => void signOut()}>{t('core.sign_out')}</Button></p>
          </Card>
          <Card title={t('dashboard.settings.page')}>
            <p class="small strong">{t('dashboard.settings.page_language')}</p><Segments label={t('dashboard.settings.page_language')} value={language.value} onValue={(x) => void keepLanguage(x as 'en')} choices={[{ value: 'fr', label: 'Français' }, { value: 'en', label: 'English' }]} />
            <p class="small strong">{t('dashboard.settings.theme')}</p><Segments label={t('dashboard.settings.theme')} value={theme.value} onValue={(x) => setTheme(x as Theme)} choices={(['auto', 'light', 'dark'] as const).map((value) => ({ value, label: t(`dashboard.settings.theme_${value}`) }))} />
          </Card>
        </div>
      </div>
    </>
  );
}

const findingTones = { ok: 'good', warn: 'warn', fail: 'bad' } as const;

export function Doctor() {
  const q = useQuery('watch.doctor', (signal) => api.get('/api/v1/system/doctor', { signal }), ['trunk.up', 'trunk.down']);
  const rank = { fail: 0, warn: 1, ok: 2 } as const;
  const checks = [...(q.data?.checks ?? [])].sort((a, b) => rank[a.state] - rank[b.state]);
  return (
    <>
      <SettingsHead at="/dashboard/settings/doctor" />
      {q.problem && !q.data ? <Refusal problem={q.problem} retry={q.refresh} /> : !q.data ? <Spinner label={t('dashboard.settings.doctor_looks')} /> : <>
        <Banner tone={findingTones[q.data.state]} action={<Button small icon="refresh" busy={q.loading} onClick={q.refresh}>{t('dashboard.settings.doctor_again')}</Button>}>{t(`dashboard.settings.doctor_${q.data.state}`)}</Banner>
        <ul class="plain findings">{checks.map((c, i) => (
          <li key={i} class="card finding"><span class={`trouble-icon ${findingTones[c.state]}`}><Icon name={c.state === 'ok' ? 'check' : 'warning'} /></span><div class="grow"><p class="strong wrap-any">{tMaybe(`dashboard.check.${c.check}`, c.check.replaceAll('_', ' '))}{c.about && ` · ${c.about}`}</p><p class="soft wrap-any">{c.text}</p>{c.advice && <p class="wrap-any"><strong>{t('dashboard.settings.doctor_do')}</strong> {c.advice}</p>}</div><Badge tone={findingTones[c.state]}>{t(`dashboard.settings.finding_${c.state}`)}</Badge></li>
        ))}</ul>
      </>}
    </>
  );
}

export function About() {
  const q = useQuery('watch.info', (signal) => api.get('/api/v1/system/info', { signal }));
  if (q.problem instanceof Problem && !q.data) return <><SettingsHead at="/dashboard/settings/about" /><Refusal problem={q.problem} retry={q.refresh} /></>;
  const i = q.data;
  return (
    <>
      <SettingsHead at="/dashboard/settings/about" />
      {!i ? <Spinner /> : (
        <div class="two-columns">
          <Card title={`Tandem ${i.version}`}>
            <Facts facts={[[t('dashboard.settings.runs'), <span title={when(i.started_at, 'exact')}>{ago(i.started_at)}</span>], [t('dashboard.settings.database'), i.database === 'postgres' ? 'PostgreSQL' : 'SQLite'], ['Go', i.go], [t('dashboard.settings.listens'), <ul class="plain mono small">{(i.listeners ?? []).map((l) => <li key={l}>{l}</li>)}</ul>],
              [t('dashboard.nav.users'), String(i.counts.users)], [t('dashboard.nav.numbers'), String(i.counts.numbers)], [t('dashboard.settings.phones'), t('dashboard.settings.phones_n', { n: i.devices, all: i.counts.devices })], [t('dashboard.settings.kept_calls'), new Intl.NumberFormat(language.value).format(i.counts.calls)]]} />
          </Card>
          <div class="stack loose">
            <Card title={t('dashboard.settings.read')}><ul class="plain now-list">
              <li><a href="/licenses" target="_blank" rel="noopener">{t('dashboard.settings.licences_of')}</a></li><li><a href="/docs" target="_blank" rel="noopener">{t('dashboard.dev.docs')}</a></li><li><a href="/openapi.yaml" target="_blank" rel="noopener">OpenAPI</a></li>
            </ul></Card>
            <Card title={t('dashboard.settings.simulator')}><p class="soft">{t('dashboard.settings.simulator_text')}</p><p class="row wrap"><a class="btn" href="/handset" target="_blank" rel="noopener"><Icon name="mobile" />{t('dashboard.settings.handset')}</a><a class="btn" href="/dev/inbox" target="_blank" rel="noopener"><Icon name="inbox" />{t('dashboard.settings.inbox')}</a><Link class="btn" to="/dashboard/developers/cti">{t('dashboard.dev.tab_cti')}</Link></p></Card>
          </div>
        </div>
      )}
    </>
  );
}
