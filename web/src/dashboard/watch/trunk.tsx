// One trunk: how it is, what can be asked of it now, what it is set to.
import { useState } from 'preact/hooks';
import { api, Problem } from '../../api/client';
import { refresh, useQuery } from '../../api/query';
import { may } from '../../entry/signed';
import { t, when } from '../../i18n/words';
import { Badge, Banner, Button, Card, Empty, Facts, Link, Refusal, Spinner } from '../../parts/basic';
import { confirm, toast } from '../../parts/over';
import { navigate } from '../../parts/router';
import { ScreenHead } from '../head';
import { mayChange } from './form';
import { termsFacts } from './terms/facts';
import { TrunkForm } from './trunkform';
import { rtt, trunkLook, type Trunk } from './trunks';

export function TrunkScreen({ args }: { args: Record<string, string> }) {
  const id = args['id'] ?? '';
  const q = useQuery(`watch.trunk.${id}`, (signal) => api.get('/api/v1/trunks/{id}', { path: { id }, signal }), ['trunk.*']);
  const back = { to: '/dashboard/trunks', label: t('dashboard.nav.trunks') };
  if (!q.data) return <><ScreenHead title={t('dashboard.trunks.one')} back={back} />{q.problem?.status === 404 ? <Empty icon="trunk" title={t('dashboard.trunks.gone')} /> : q.problem ? <Refusal problem={q.problem} retry={q.refresh} /> : <Spinner />}</>;
  return <Shown trunk={q.data} back={back} again={q.refresh} />;
}

function Shown({ trunk: x, back, again }: { trunk: Trunk; back: { to: string; label: string }; again: () => void }) {
  const [editing, setEditing] = useState(false);
  const [busy, setBusy] = useState<'options' | 'register' | null>(null);
  const writes = mayChange('trunks:write', x);
  const look = trunkLook(x.status);
  const agreed = termsFacts(x);
  const ask = async (what: 'options' | 'register') => {
    setBusy(what);
    try {
      await (what === 'options' ? api.post('/api/v1/trunks/{id}/options', { path: { id: x.id } }) : api.post('/api/v1/trunks/{id}/register', { path: { id: x.id } }));
      setTimeout(again, 1200); // the answer is taken note of when it comes: there is no event where nothing changed
      toast(t('dashboard.trunks.asked'), 'info');
    } catch (e) {
      toast(e instanceof Problem ? e.detail || e.title : String(e), 'bad');
    }
    setBusy(null);
  };
  const drop = async () => {
    if (!(await confirm(t('dashboard.trunks.delete_ask', { name: x.name }), t('dashboard.trunks.delete_text'), t('core.delete')))) return;
    try {
      await api.delete('/api/v1/trunks/{id}', { path: { id: x.id } });
      refresh('watch.trunks');
      navigate('/dashboard/trunks');
    } catch (e) {
      toast(e instanceof Problem ? e.detail || e.title : String(e), 'bad');
    }
  };
  return (
    <>
      <ScreenHead title={x.name} back={back} sub={<p class="row wrap"><Badge tone={look.tone} icon={look.tone === 'bad' ? 'warning' : look.tone === 'good' ? 'check' : 'info'}>{look.text}</Badge><span>{look.more}</span></p>}
        actions={may('trunks:write') && <>
          <Button icon="refresh" busy={busy === 'options'} onClick={() => void ask('options')}>{t('dashboard.trunks.ask')}</Button>
          {x.register && <Button icon="lock" busy={busy === 'register'} onClick={() => void ask('register')}>{t('dashboard.trunks.register_now')}</Button>}
          {writes && <Button kind="primary" icon="edit" onClick={() => setEditing(true)}>{t('core.edit')}</Button>}
        </>} />
      {x.status && !x.status.up && <Banner tone="bad"><p class="strong">{look.more}</p>{x.status.detail && <p>{x.status.detail}</p>}<p>{t('dashboard.trunks.down_help')}</p></Banner>}
      {!writes && may('trunks:write') && <Banner>{t('dashboard.trunks.shared')}</Banner>}
      <div class="two-columns">
        <Card title={t('dashboard.trunks.wire')}>
          <Facts facts={[
            [t('dashboard.trunks.state'), look.text], [t('dashboard.trunks.last'), x.status ? t('dashboard.trunks.last_status', { status: String(x.status.last_status || '–') }) : ''], [t('dashboard.trunks.rtt'), rtt(x.status)],
            [t('dashboard.trunks.registration'), x.register ? (x.status?.registered_until ? t('dashboard.trunks.registered', { time: when(x.status.registered_until, 'both') }) : t('dashboard.trunks.not_registered')) : t('dashboard.trunks.no_registration')],
            [t('dashboard.trunks.servers'), <ul class="plain mono small">{(x.servers ?? []).map((s) => <li key={s}>{s}</li>)}</ul>],
            [t('dashboard.trunks.sources'), <ul class="plain mono small">{(x.sources ?? []).map((s) => <li key={s}>{s}</li>)}</ul>],
          ]} />
        </Card>
        <div class="stack loose aside">
          <Card title={t('dashboard.trunks.settings')}>
            <Facts facts={[
              [t('dashboard.trunks.out_username'), x.out_username], [t('dashboard.trunks.domain'), x.domain], [t('dashboard.trunks.country'), x.country], [t('dashboard.trunks.dial'), { plus: '+33…', '00': '0033…', national: '0…', bare: '33…' }[x.dial]],
              [t('dashboard.trunks.priority'), String(x.priority)], [t('dashboard.trunks.max_calls'), x.max_calls ? String(x.max_calls) : t('dashboard.trunks.no_limit')], [t('dashboard.trunks.emergency'), yes(x.emergency)], [t('dashboard.trunks.direct'), yes(x.direct_numbers)], [t('dashboard.trunks.trust_pai'), yes(x.trust_pai)],
            ]} />
          </Card>
          {agreed.length > 0 && <Card title={t('dashboard.terms.title')}><Facts facts={agreed} /></Card>}
          <p class="row wrap"><Link class="btn small" to="/dashboard/calls">{t('dashboard.trunks.calls')}</Link>{writes && <Button small kind="quiet" icon="trash" class="bad-text" onClick={() => void drop()}>{t('dashboard.trunks.delete')}</Button>}</p>
        </div>
      </div>
      {editing && <TrunkForm trunk={x} onClose={() => setEditing(false)} onDone={() => { setEditing(false); again(); toast(t('core.saved'), 'good'); }} />}
    </>
  );
}

export const yes = (is: boolean) => t(is ? 'dashboard.yes' : 'dashboard.no');
