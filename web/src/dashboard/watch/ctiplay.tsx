// The phone for pages of others: the snippet, who may show it, and a place to try it.
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../../api/client';
import { refresh, useQuery } from '../../api/query';
import { may } from '../../entry/signed';
import { t } from '../../i18n/words';
import { Button, Card, Copy, Icon, IconButton, Refusal, Spinner } from '../../parts/basic';
import { Segments, TextField } from '../../parts/fields';
import { toast } from '../../parts/over';
import { DeveloperHead } from './developers';
import { elsewhere, useForm } from './form';

const simple = (origin: string) => `<div id="phone"></div>
<script type="module">
  import { Phone } from '${origin}/embed.js';
  const phone = await Phone.mount('#phone', { size: 'auto', theme: 'auto', open: 'docked' });
  phone.on('call.ringing', (call) => crm.pop(call.from));
  // await phone.dial('+33639980101');
</script>`;
const npm = (origin: string) => `import AircallWorkspace from 'aircall-everywhere';

const phone = new AircallWorkspace({
  domToLoadWorkspace: '#phone',
  workspaceUrl: '${origin}/cti',
  onLogin: ({ user }) => console.log(user.email),
});
phone.on('incoming_call', ({ from, call_id }) => crm.pop(from, call_id));
phone.send('dial_number', { phone_number: '+33639980101' }, console.log);`;

export function CtiPlayground() {
  const [how, setHow] = useState('own');
  const code = how === 'own' ? simple(location.origin) : npm(location.origin);
  return (
    <>
      <DeveloperHead at="/dashboard/developers/cti" />
      <div class="two-columns">
        <Card title={t('dashboard.cti.snippet')} actions={<Copy text={code} label={t('dashboard.dev.copy')} />}>
          <p class="soft">{t('dashboard.cti.snippet_text')}</p>
          <Segments label={t('dashboard.cti.how')} value={how} onValue={setHow} choices={[{ value: 'own', label: 'embed.js' }, { value: 'npm', label: 'aircall-everywhere' }]} />
          <pre class="code" tabIndex={0}>{code}</pre>
          <p class="small soft">{t(how === 'own' ? 'dashboard.cti.own_note' : 'dashboard.cti.npm_note')}</p>
        </Card>
        <div class="stack loose">
          {may('system:read') && <Origins />}
          <Card title={t('dashboard.cti.try')}><p class="soft">{t('dashboard.cti.try_text')}</p><p class="row wrap"><a class="btn" href="/cti" target="_blank" rel="noopener"><Icon name="headset" />{t('dashboard.cti.open_panel')}</a><a class="btn" href="/crm" target="_blank" rel="noopener"><Icon name="external" />{t('dashboard.cti.open_crm')}</a></p><p class="small soft">{t('dashboard.cti.crm_note')}</p></Card>
        </div>
      </div>
    </>
  );
}

/** Whose pages may show the panel in a frame. */
export function Origins() {
  const q = useQuery('watch.settings.full', (signal) => api.get('/api/v1/settings', { signal }), ['account.updated']);
  const f = useForm({ origin: '' });
  if (q.problem && !q.data) return <Refusal problem={q.problem} retry={q.refresh} />;
  if (!q.data) return <Spinner />;
  const all = q.data.allowed_origins ?? [];
  const save = (next: string[]) => f.run(async () => {
    await api.patch('/api/v1/settings', { body: { allowed_origins: next } as Schemas['SettingsPatch'] });
    f.put({ origin: '' });
    refresh('watch.settings');
    toast(t('core.saved'), 'good');
  });
  const writes = may('system:write');
  const wrong = f.problem?.errors.find((e) => e.location?.startsWith('body.allowed_origins'))?.message;
  return (
    <Card title={t('dashboard.cti.origins')}>
      <p class="soft">{t('dashboard.cti.origins_text')}</p>
      <Refusal problem={wrong ? undefined : elsewhere(f.problem, ['allowed_origins']) ?? undefined} />
      {all.length === 0 && <p>{t('dashboard.cti.origins_none')}</p>}
      <ul class="plain now-list">{all.map((o) => <li key={o} class="row between"><code class="wrap-any">{o}</code>{writes && <IconButton icon="close" small label={t('dashboard.cti.origin_off', { origin: o })} onClick={() => void save(all.filter((x) => x !== o))} />}</li>)}</ul>
      {writes && (
        <form class="row origin-form" noValidate onSubmit={(e) => { e.preventDefault(); if (f.v.origin.trim()) void save([...all, f.v.origin.trim()]); }}>
          <div class="grow"><TextField type="url" label={t('dashboard.cti.origin')} value={f.v.origin} onValue={f.set('origin')} error={wrong} placeholder="https://crm.example.fr" spellcheck={false} /></div>
          <Button type="submit" busy={f.busy} why={f.v.origin.trim() ? undefined : t('dashboard.cti.origin_needed')}>{t('core.add')}</Button>
        </form>
      )}
    </Card>
  );
}
