// The first carrier, tried at once.
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../../../api/client';
import { useQuery } from '../../../api/query';
import { t } from '../../../i18n/words';
import { Badge, Banner, Button, Icon, Link, Refusal } from '../../../parts/basic';
import { TextField } from '../../../parts/fields';
import { aboutAny, useDoing } from '../doing';
import { useAccount } from '../pick';
import { carriers, sipOf, type CarrierTemplate } from './carriers';

export function Carrier() {
  const [template, setTemplate] = useState<CarrierTemplate | null>(null);
  const trunks = useQuery('trunks-all', (signal) => api.get('/api/v1/trunks', { query: { limit: 20 }, signal }), ['trunk.*']);
  const all = trunks.data?.data ?? [];
  return (
    <div class="stack">
      <h1>{t('numbers.setup.carrier_title')}</h1>
      <p class="soft">{t('numbers.setup.carrier_text')}</p>
      {all.map((x) => <Live key={x.id} trunk={x} again={trunks.refresh} />)}
      <div class="setup-tiles" role="group" aria-label={t('numbers.setup.carrier_title')}>
        {carriers.map((c) => <button key={c.id} type="button" class={`btn ${template?.id === c.id ? 'on' : ''}`} aria-pressed={template?.id === c.id} onClick={() => setTemplate(c)}>{c.name || t(`numbers.setup.carrier_${c.id as 'ip' | 'register'}`)}</button>)}
      </div>
      {template && <TrunkForm key={template.id} template={template} onMade={() => { setTemplate(null); trunks.refresh(); }} />}
      <p class="soft small row wrap"><Icon name="info" size={16} /> {t('numbers.setup.demo')} <code>tandem demo</code></p>
    </div>
  );
}

function TrunkForm({ template: c, onMade }: { template: CarrierTemplate; onMade: () => void }) {
  const [f, setF] = useState({ name: c.name, server: c.servers, user: '', password: '', sources: '' });
  const account = useAccount();
  const doing = useDoing();
  const p = doing.problem;
  const set = (part: Partial<typeof f>) => setF({ ...f, ...part });
  const body: Schemas['TrunkCreate'] = {
    name: f.name, servers: f.server.trim() ? [sipOf(f.server)] : [], country: c.country || account?.country || null,
    ...(c.register ? { register: true } : { sources: f.sources.split(/[\s,]+/).filter(Boolean) }),
    ...(f.user ? { out_username: f.user, out_password: f.password } : {}),
  };
  const make = async () => {
    if (await doing.run('make', () => api.post('/api/v1/trunks', { body }), t('numbers.setup.carrier_made'))) onMade();
  };
  const why = !f.name.trim() ? t('numbers.fill_name') : !f.server.trim() ? t('numbers.setup.fill_server') : c.register && (!f.user || !f.password) ? t('numbers.setup.fill_login') : undefined;
  return (
    <form class="stack setup-form" noValidate onSubmit={(e) => { e.preventDefault(); if (!why) void make(); }}>
      <div class="office-two tight">
        <TextField label={t('numbers.teams.name')} maxLength={100} value={f.name} onValue={(name) => set({ name })} error={p?.about('name')} />
        <TextField label={t('numbers.setup.server')} hint={t('numbers.setup.server_hint')} autocomplete="off" value={f.server} onValue={(server) => set({ server })} error={p?.about('servers')} />
        <TextField label={t('numbers.devices.username')} autocomplete="off" value={f.user} onValue={(user) => set({ user })} error={p?.about('out_username')} />
        <TextField label={t('numbers.users.password')} type="password" autocomplete="new-password" value={f.password} onValue={(password) => set({ password })} error={p?.about('out_password')} />
      </div>
      {!c.register && <TextField label={t('numbers.setup.sources')} hint={t('numbers.setup.sources_hint')} value={f.sources} onValue={(sources) => set({ sources })} error={p?.about('sources')} />}
      {p && !aboutAny(p, ['name', 'servers', 'out_username', 'out_password', 'sources']) && <Refusal problem={p} />}
      <Banner tone="info">{t('numbers.setup.emergency')}</Banner>
      <div class="row"><Button kind="primary" type="submit" busy={doing.busy !== ''} why={why}>{t('numbers.setup.connect')}</Button></div>
    </form>
  );
}

/** How a trunk is right now, and asking it again. */
function Live({ trunk: x, again }: { trunk: Schemas['TrunkObject']; again: () => void }) {
  const doing = useDoing();
  const up = x.status?.up;
  const test = () => void doing.run('test', async () => {
    await (x.register ? api.post('/api/v1/trunks/{id}/register', { path: { id: x.id } }) : api.post('/api/v1/trunks/{id}/options', { path: { id: x.id } }));
    again();
  });
  return (
    <div class="stack tight setup-form">
      <div class="row wrap"><strong class="cut grow" title={x.name}>{x.name}</strong>{up ? <Badge tone="good" icon="check">{t('numbers.setup.up')}</Badge> : <Badge tone="warn" icon="warning">{t('numbers.setup.down')}</Badge>}<Button small busy={doing.busy !== ''} onClick={test}>{t('numbers.setup.test')}</Button><Link class="btn small quiet" to={`/dashboard/trunks/${x.id}`}>{t('numbers.setup.more')}</Link></div>
      {!up && x.status?.detail && <p class="soft small wrap-any">{x.status.detail}</p>}
      {doing.problem && <Refusal problem={doing.problem} />}
    </div>
  );
}
