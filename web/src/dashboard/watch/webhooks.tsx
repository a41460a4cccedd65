// The webhooks: which there are, and one with its deliveries.
import { useState } from 'preact/hooks';
import { api, Problem, type Schemas } from '../../api/client';
import { refresh, useQuery } from '../../api/query';
import { may } from '../../entry/signed';
import { t, tMaybe, when } from '../../i18n/words';
import { Badge, Banner, Button, Card, Empty, Facts, IconButton, Refusal, Spinner, type Tone } from '../../parts/basic';
import { AreaField, SelectField, Switch, TextField } from '../../parts/fields';
import { More, Table, usePages } from '../../parts/lists';
import { confirm, Dialog, FormDialog, toast } from '../../parts/over';
import { navigate } from '../../parts/router';
import { ScreenHead } from '../head';
import { DeveloperHead, Secret } from './developers';
import { eventFamilies } from './events';
import { everyPage } from './follow';
import { elsewhere, linesOf, listOf, useForm } from './form';

type Webhook = Schemas['WebhookObject'];
type Delivery = Schemas['DeliveryObject'];

const webhookLook = (w: Webhook): { tone: Tone; text: string } => (w.disabled_reason ? { tone: 'bad', text: tMaybe(`dashboard.hooks.off_${w.disabled_reason}`, w.disabled_reason) } : w.disabled ? { tone: 'soft', text: t('dashboard.connectors.off') } : { tone: 'good', text: t('dashboard.hooks.on') });

export function Webhooks() {
  const q = useQuery('watch.webhooks', () => everyPage((cursor) => api.get('/api/v1/webhooks', { query: { limit: 200, ...(cursor ? { cursor } : {}) } })), ['webhook.*']);
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<Webhook | null>(null);
  const add = may('webhooks:write') && <Button kind="primary" icon="plus" onClick={() => setMaking(true)}>{t('dashboard.hooks.add')}</Button>;
  return (
    <>
      <DeveloperHead at="/dashboard/developers/webhooks" actions={add} />
      {q.problem && !q.data ? <Refusal problem={q.problem} retry={q.refresh} /> : !q.data ? <Spinner /> : q.data.length === 0
        ? <Empty icon="send" title={t('dashboard.hooks.none')} action={add || undefined}>{t('dashboard.hooks.none_text')}</Empty>
        : <Table label={t('dashboard.dev.tab_webhooks')} rows={q.data} id={(w) => w.id} href={(w) => `/dashboard/developers/webhooks/${w.id}`} columns={[
          { name: t('dashboard.trunks.name'), cell: (w) => <span class="cut cell" title={w.name}>{w.name}</span> }, { name: t('dashboard.trunks.state'), cell: (w) => <Badge tone={webhookLook(w).tone}>{webhookLook(w).text}</Badge> },
          { name: 'URL', wide: true, cell: (w) => <code class="cut cell" title={w.url}>{w.url}</code> }, { name: t('dashboard.hooks.types'), wide: true, cell: (w) => <span class="cut cell small" title={(w.types ?? []).join(', ')}>{(w.types ?? []).join(', ') || t('dashboard.hooks.all_types')}</span> },
        ]} />}
      {making && <WebhookForm onClose={() => setMaking(false)} onDone={(w) => { setMaking(false); setMade(w); q.refresh(); }} />}
      {made?.secret && <Secret title={t('dashboard.hooks.made')} text={t('dashboard.hooks.secret_once')} secret={made.token ? `${made.secret}\ntoken: ${made.token}` : made.secret} onClose={() => { navigate(`/dashboard/developers/webhooks/${made.id}`); setMade(null); }} />}
    </>
  );
}

function WebhookForm({ webhook, onClose, onDone }: { webhook?: Webhook; onClose: () => void; onDone: (w: Webhook) => void }) {
  const f = useForm({ name: webhook?.name ?? '', url: webhook?.url ?? 'https://', types: linesOf(webhook?.types), format: webhook?.format ?? 'standard' });
  const { v } = f;
  const inbox = `${location.origin}/dev/inbox`;
  const go = () => f.run(async () => {
    const body = { name: v.name.trim(), url: v.url.trim(), types: listOf(v.types), format: v.format };
    onDone(webhook ? await api.patch('/api/v1/webhooks/{id}', { path: { id: webhook.id }, body }) : await api.post('/api/v1/webhooks', { body }));
  });
  return (
    <FormDialog title={webhook ? t('dashboard.trunks.edit', { name: webhook.name }) : t('dashboard.hooks.add')} submit={webhook ? t('core.save') : t('core.add')} busy={f.busy} why={v.name.trim() ? undefined : t('dashboard.trunks.name_needed')} onClose={onClose} onSubmit={async () => { await go(); }}>
      <Refusal problem={elsewhere(f.problem, ['name', 'url', 'types', 'format']) ?? undefined} />
      <TextField label={t('dashboard.trunks.name')} value={v.name} onValue={f.set('name')} error={f.error('name')} maxLength={100} autofocus />
      <TextField type="url" label="URL" hint={<>{t('dashboard.hooks.url_hint')} <button type="button" class="as-link small" onClick={() => f.set('url')(inbox)}>{t('dashboard.hooks.try_inbox')}</button></>} value={v.url} onValue={f.set('url')} error={f.error('url')} spellcheck={false} />
      <AreaField label={t('dashboard.hooks.types')} hint={t('dashboard.hooks.types_hint')} rows={3} value={v.types} onValue={f.set('types')} error={f.error('types')} placeholder={'call.*\nmessage.received'} spellcheck={false} class="mono" />
      <p class="row wrap">{eventFamilies.slice(0, 8).map((x) => <Button key={x} small kind="quiet" icon="plus" onClick={() => { if (!listOf(v.types).includes(`${x}.*`)) f.set('types')([...listOf(v.types), `${x}.*`].join('\n')); }}>{x}.*</Button>)}</p>
      <SelectField label={t('dashboard.hooks.format')} value={v.format} onValue={(x) => f.set('format')(x as 'standard')} choices={[{ value: 'standard', label: t('dashboard.hooks.format_standard') }, { value: 'aircall', label: t('dashboard.hooks.format_aircall') }]} />
    </FormDialog>
  );
}

export function WebhookScreen({ args }: { args: Record<string, string> }) {
  const id = args['id'] ?? '';
  const q = useQuery(`watch.webhook.${id}`, (signal) => api.get('/api/v1/webhooks/{id}', { path: { id }, signal }), ['webhook.*']);
  const back = { to: '/dashboard/developers/webhooks', label: t('dashboard.dev.tab_webhooks') };
  if (!q.data) return <><ScreenHead title={t('dashboard.hooks.one')} back={back} />{q.problem?.status === 404 ? <Empty icon="send" title={t('dashboard.hooks.gone')} /> : q.problem ? <Refusal problem={q.problem} retry={q.refresh} /> : <Spinner />}</>;
  return <Shown webhook={q.data} back={back} again={q.refresh} />;
}

function Shown({ webhook: w, back, again }: { webhook: Webhook; back: { to: string; label: string }; again: () => void }) {
  const [open, setOpen] = useState<'edit' | 'test' | 'replay' | null>(null);
  const [secret, setSecret] = useState('');
  const [turn, setTurn] = useState(0);
  const writes = may('webhooks:write');
  const look = webhookLook(w);
  const act = async (go: () => Promise<unknown>) => {
    try {
      await go();
      again();
      setTimeout(() => setTurn((n) => n + 1), 700); // a delivery takes its time, and no event tells of it
      return true;
    } catch (e) {
      toast(e instanceof Problem ? e.detail || e.title : String(e), 'bad');
      return false;
    }
  };
  const drop = async () => {
    if (await confirm(t('dashboard.hooks.delete_ask', { name: w.name }), t('dashboard.hooks.delete_text'), t('core.delete')) && await act(() => api.delete('/api/v1/webhooks/{id}', { path: { id: w.id } }))) {
      refresh('watch.webhooks');
      navigate(back.to);
    }
  };
  const rotate = async () => {
    if (await confirm(t('dashboard.hooks.rotate_ask'), t('dashboard.hooks.rotate_text'), t('dashboard.hooks.rotate'), 'plain')) await act(async () => setSecret((await api.post('/api/v1/webhooks/{id}/rotate-secret', { path: { id: w.id } })).secret ?? ''));
  };
  return (
    <>
      <ScreenHead title={w.name} back={back} sub={<p class="row wrap"><Badge tone={look.tone}>{look.text}</Badge><code class="wrap-any">{w.url}</code></p>}
        actions={writes && <><Switch label={t('dashboard.connectors.on')} checked={!w.disabled} onValue={(on) => void act(() => api.patch('/api/v1/webhooks/{id}', { path: { id: w.id }, body: { disabled: !on } }))} /><Button icon="send" onClick={() => setOpen('test')}>{t('dashboard.hooks.test')}</Button><Button icon="history" onClick={() => setOpen('replay')}>{t('dashboard.hooks.replay')}</Button><Button kind="primary" icon="edit" onClick={() => setOpen('edit')}>{t('core.edit')}</Button></>} />
      {w.disabled_reason && <Banner tone="bad">{tMaybe(`dashboard.hooks.off_${w.disabled_reason}_text`, w.disabled_reason)}</Banner>}
      <div class="two-columns">
        <Deliveries key={turn} webhook={w} writes={writes} />
        <div class="stack loose aside">
          <Card title={t('dashboard.trunks.settings')}><Facts facts={[[t('dashboard.hooks.types'), (w.types ?? []).join(', ') || t('dashboard.hooks.all_types')], [t('dashboard.hooks.format'), t(w.format === 'aircall' ? 'dashboard.hooks.format_aircall' : 'dashboard.hooks.format_standard')], [t('dashboard.hooks.former'), w.former_secret_until ? when(w.former_secret_until) : '']]} /></Card>
          {writes && <p class="row wrap"><Button small icon="lock" onClick={() => void rotate()}>{t('dashboard.hooks.rotate')}</Button><Button small kind="quiet" icon="trash" class="bad-text" onClick={() => void drop()}>{t('core.delete')}</Button></p>}
        </div>
      </div>
      {open === 'edit' && <WebhookForm webhook={w} onClose={() => setOpen(null)} onDone={() => { setOpen(null); again(); toast(t('core.saved'), 'good'); }} />}
      {open === 'test' && <TestForm webhook={w} onClose={() => setOpen(null)} onDone={() => { setOpen(null); setTimeout(() => setTurn((n) => n + 1), 700); }} />}
      {open === 'replay' && <ReplayForm webhook={w} onClose={() => setOpen(null)} onDone={() => { setOpen(null); setTimeout(() => setTurn((n) => n + 1), 700); }} />}
      {secret && <Secret title={t('dashboard.hooks.rotated')} text={t('dashboard.hooks.rotated_text')} secret={secret} onClose={() => setSecret('')} />}
    </>
  );
}

function TestForm({ webhook: w, onClose, onDone }: { webhook: Webhook; onClose: () => void; onDone: () => void }) {
  const f = useForm({ type: 'call.ended' });
  return (
    <FormDialog title={t('dashboard.hooks.test')} submit={t('dashboard.hooks.test_send')} busy={f.busy} onClose={onClose} onSubmit={async () => { if (await f.run(() => api.post('/api/v1/webhooks/{id}/test', { path: { id: w.id }, body: { type: f.v.type.trim() } }))) onDone(); }}>
      <Refusal problem={elsewhere(f.problem, ['type']) ?? undefined} />
      <p class="soft">{t('dashboard.hooks.test_text')}</p>
      <TextField label={t('dashboard.hooks.type')} value={f.v.type} onValue={f.set('type')} error={f.error('type')} spellcheck={false} autofocus />
    </FormDialog>
  );
}

function ReplayForm({ webhook: w, onClose, onDone }: { webhook: Webhook; onClose: () => void; onDone: () => void }) {
  const hour = new Date(Date.now() - 3_600_000);
  const f = useForm({ since: new Date(hour.getTime() - hour.getTimezoneOffset() * 60_000).toISOString().slice(0, 16) });
  const go = async () => {
    await f.run(async () => {
      const r = await api.post('/api/v1/webhooks/{id}/replay', { path: { id: w.id }, body: { since: new Date(f.v.since).toISOString() } });
      toast(t('dashboard.hooks.replayed', { n: r.events }), 'good');
      onDone();
    });
  };
  return (
    <FormDialog title={t('dashboard.hooks.replay')} submit={t('dashboard.hooks.replay_send')} busy={f.busy} why={f.v.since ? undefined : t('dashboard.hooks.since_needed')} onClose={onClose} onSubmit={go}>
      <Refusal problem={elsewhere(f.problem, ['since']) ?? undefined} />
      <p class="soft">{t('dashboard.hooks.replay_text')}</p>
      <TextField type="datetime-local" label={t('dashboard.hooks.since')} value={f.v.since} onValue={f.set('since')} error={f.error('since')} />
    </FormDialog>
  );
}

const tones: Record<string, Tone> = { delivered: 'good', waiting: 'warn', failed: 'bad', dropped: 'soft' };

function Deliveries({ webhook: w, writes }: { webhook: Webhook; writes: boolean }) {
  const [state, setState] = useState('');
  const [shown, setShown] = useState<string | null>(null);
  const pages = usePages<Delivery>(`${w.id} ${state}`, async (cursor, signal) => {
    const p = await api.get('/api/v1/webhooks/{id}/deliveries', { path: { id: w.id }, query: { limit: 50, ...(state ? { state: state as 'failed' } : {}), ...(cursor ? { cursor } : {}) }, signal });
    return { data: p.data ?? [], next_cursor: p.next_cursor };
  });
  return (
    <Card title={t('dashboard.hooks.deliveries')} actions={<><SelectField label={t('dashboard.trunks.state')} hideLabel value={state} onValue={setState} choices={[{ value: '', label: t('dashboard.calls.any') }, ...['delivered', 'waiting', 'failed', 'dropped'].map((s) => ({ value: s, label: tMaybe(`dashboard.hooks.state_${s}`, s) }))]} /><IconButton icon="refresh" label={t('dashboard.hooks.refresh')} onClick={pages.refresh} /></>}>
      {!pages.loading && pages.rows.length === 0 && <Empty icon="send" title={t('dashboard.hooks.no_deliveries')} />}
      <ul class="plain now-list">{pages.rows.map((d) => {
        const last = d.attempts?.at(-1);
        return (
          <li key={d.id}><button type="button" class="now-line as-row" onClick={() => setShown(d.id)}>
            <Badge tone={tones[d.state] ?? 'soft'}>{tMaybe(`dashboard.hooks.state_${d.state}`, d.state)}</Badge><span class="grow cut"><code>{d.event?.type}</code>{d.origin !== 'event' && <span class="small soft"> · {tMaybe(`dashboard.hooks.origin_${d.origin}`, d.origin)}</span>}<br /><span class="small soft">{last ? `${last.status ?? tMaybe(`dashboard.hooks.error_${last.error ?? ''}`, last.error ?? '')} · ${Math.round(last.latency_ms)} ms` : ''}{(d.attempts?.length ?? 0) > 1 && ` · ${t('dashboard.message.tries', { n: d.attempts?.length ?? 0 })}`}</span></span><span class="small soft">{when(d.created_at, 'exact')}</span>
          </button></li>
        );
      })}</ul>
      <More pages={pages} />
      {shown && <DeliveryDialog webhook={w} id={shown} writes={writes} onClose={() => setShown(null)} onReplayed={() => { setShown(null); setTimeout(pages.refresh, 700); }} />}
    </Card>
  );
}

const pretty = (text: string | null | undefined) => {
  try {
    return JSON.stringify(JSON.parse(text ?? ''), null, 2);
  } catch {
    return text ?? '';
  }
};

function DeliveryDialog({ webhook: w, id, writes, onClose, onReplayed }: { webhook: Webhook; id: string; writes: boolean; onClose: () => void; onReplayed: () => void }) {
  const q = useQuery(`watch.delivery.${id}`, (signal) => api.get('/api/v1/webhooks/{id}/deliveries/{delivery}', { path: { id: w.id, delivery: id }, signal }));
  const replay = () => void api.post('/api/v1/webhooks/{id}/deliveries/{delivery}/replay', { path: { id: w.id, delivery: id } }).then(onReplayed, (e: unknown) => toast(e instanceof Problem ? e.detail || e.title : String(e), 'bad'));
  const d = q.data;
  return (
    <Dialog wide title={d?.event?.type ?? t('dashboard.hooks.delivery')} onClose={onClose} actions={writes && <><span class="grow" /><Button icon="history" onClick={replay}>{t('dashboard.hooks.again')}</Button></>}>
      {q.problem ? <Refusal problem={q.problem} /> : !d ? <Spinner /> : (
        <div class="stack">
          <ul class="plain now-list">{(d.attempts ?? []).map((a, i) => <li key={i} class="row wrap"><Badge tone={a.status && a.status < 300 ? 'good' : 'bad'}>{a.status ?? tMaybe(`dashboard.hooks.error_${a.error ?? ''}`, a.error ?? '')}</Badge><span class="soft small">{when(a.at, 'exact')} · {Math.round(a.latency_ms)} ms</span></li>)}</ul>
          {d.next_attempt_at && <p class="soft">{t('dashboard.hooks.next', { time: when(d.next_attempt_at, 'exact') })}</p>}
          <h3>{t('dashboard.hooks.sent')}</h3><pre class="code" tabIndex={0}>{pretty(d.request_body)}</pre>
          {d.response_body && <><h3>{t('dashboard.hooks.answered')}</h3><pre class="code" tabIndex={0}>{pretty(d.response_body)}</pre></>}
        </div>
      )}
    </Dialog>
  );
}
