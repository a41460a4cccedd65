// The log of messages, and one message with what became of it on each channel.
import { useEffect, useState } from 'preact/hooks';
import { api, type Schemas } from '../../api/client';
import { hear } from '../../api/events';
import { useQuery } from '../../api/query';
import { t, tMaybe, when } from '../../i18n/words';
import { Badge, Button, Card, Empty, Facts, Icon, Link, Refusal, Spinner } from '../../parts/basic';
import { SelectField, TextField } from '../../parts/fields';
import { More, Table, usePages, type Column } from '../../parts/lists';
import { navigate, place } from '../../parts/router';
import { ScreenHead } from '../head';
import { useCatalogue } from './callfilters';
import { periodOf, periods } from './filters';
import { useZone } from './home';
import { channelWord, messageLook, messageReason } from './says';
import { serverNow } from '../../api/time';

type Entry = Schemas['MessageEntry'];
const names = ['peer', 'period', 'direction', 'state', 'channel', 'number_id', 'conversation_id'] as const;
type Wanted = Partial<Record<(typeof names)[number], string>>;

function read(query: URLSearchParams): Wanted {
  const out: Wanted = {};
  for (const n of names) {
    const v = query.get(n);
    if (v) out[n] = v.slice(0, 100);
  }
  return out;
}

function write(w: Wanted): string {
  const q = new URLSearchParams();
  for (const n of names) if (w[n]) q.set(n, w[n]);
  return `/dashboard/messages${q.size ? `?${q.toString()}` : ''}`;
}

const any = () => ({ value: '', label: t('dashboard.calls.any') });

export function Messages() {
  const zone = useZone();
  const wanted = read(place.value.query);
  const address = write(wanted);
  const { numbers } = useCatalogue();
  const pages = usePages<Entry>(`${address} ${zone}`, async (cursor, signal) => {
    const { period, ...rest } = wanted;
    const span = periodOf(period ? { period } : {}, new Date(serverNow()), zone);
    const p = await api.get('/api/v1/messages', { query: { ...rest, ...span, limit: 50, ...(cursor ? { cursor } : {}) } as never, signal });
    return { data: p.data ?? [], next_cursor: p.next_cursor };
  });
  const small = pages.rows.length <= 50;
  useEffect(() => {
    if (!small) return;
    let wait: ReturnType<typeof setTimeout> | undefined;
    const off = hear(['message.*'], () => { wait ??= setTimeout(() => { wait = undefined; pages.refresh(); }, 500); });
    return () => { clearTimeout(wait); off(); };
  }, [address, small, zone]);
  const put = (name: keyof Wanted, v: string) => navigate(write({ ...wanted, [name]: v }), 'replace');
  const some = Object.keys(wanted).length > 0;
  return (
    <>
      <ScreenHead title={t('dashboard.nav.messages')} />
      <div class="stack filters">
        <div class="filter-row">
          <Peer value={wanted.peer ?? ''} onValue={(v) => put('peer', v)} />
          <SelectField label={t('dashboard.calls.period')} value={wanted.period ?? ''} onValue={(v) => put('period', v)} choices={[any(), ...periods.filter((p) => p !== 'dates').map((p) => ({ value: p, label: t(`dashboard.calls.period_${p}`) }))]} />
          <SelectField label={t('dashboard.calls.direction')} value={wanted.direction ?? ''} onValue={(v) => put('direction', v)} choices={[any(), { value: 'inbound', label: t('dashboard.message.in') }, { value: 'outbound', label: t('dashboard.message.out') }]} />
          <SelectField label={t('dashboard.message.state')} value={wanted.state ?? ''} onValue={(v) => put('state', v)} choices={[any(), ...['received', 'accepted', 'sent', 'delivered', 'unknown', 'failed'].map((s) => ({ value: s, label: messageLook(s).text }))]} />
          <SelectField label={t('dashboard.message.channel')} value={wanted.channel ?? ''} onValue={(v) => put('channel', v)} choices={[any(), ...['network', 'native', 'workspace', 'cti', 'app', 'api', 'flow', 'sip_phone'].map((c) => ({ value: c, label: channelWord(c) }))]} />
          <SelectField label={t('dashboard.calls.number')} value={wanted.number_id ?? ''} onValue={(v) => put('number_id', v)} choices={[any(), ...numbers.map((n) => ({ value: n.id, label: n.name ? `${n.name} · ${n.display}` : n.display }))]} />
        </div>
        {some && <div><Button kind="quiet" small icon="close" onClick={() => navigate('/dashboard/messages', 'replace')}>{t('dashboard.calls.clear')}</Button></div>}
      </div>
      {pages.problem && pages.rows.length === 0 && <Refusal problem={pages.problem} retry={pages.refresh} />}
      {pages.rows.length > 0 && <Table label={t('dashboard.nav.messages')} columns={columns()} rows={pages.rows} open={pages.more !== null} id={(m) => m.id} href={(m) => `/dashboard/messages/${m.id}`} />}
      {!pages.loading && !pages.problem && pages.rows.length === 0 && (some
        ? <Empty icon="search" title={t('dashboard.message.none_found')} action={<Button onClick={() => navigate('/dashboard/messages', 'replace')}>{t('dashboard.calls.clear')}</Button>} />
        : <Empty icon="chat" title={t('dashboard.message.none')} action={<Link class="btn" to="/dashboard/connectors">{t('dashboard.nav.connectors')}</Link>}>{t('dashboard.message.none_text')}</Empty>)}
      <More pages={pages} />
    </>
  );
}

function Peer({ value, onValue }: { value: string; onValue: (v: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const tell = () => { const v = text.replace(/[ .-]/g, ''); if (v !== value) onValue(v); };
  return <TextField type="search" label={t('dashboard.message.peer')} placeholder="+33…" value={text} onValue={setText} onBlur={tell} onKeyDown={(e) => { if (e.key === 'Enter') tell(); }} maxLength={40} />;
}

const otherSide = (m: Entry) => m.contact?.name || (m.direction === 'inbound' ? m.from_display : m.to_display);

function State({ state, reason }: { state: string; reason: string | null | undefined }) {
  const look = messageLook(state);
  return <span class="stack tight outcome"><Badge tone={look.tone}>{look.text}</Badge>{reason && <span class="small soft">{messageReason(reason)}</span>}</span>;
}

const columns = (): Column<Entry>[] => [
  { name: t('dashboard.calls.party'), cell: (m) => <span class="party"><Icon name={m.direction === 'inbound' ? 'in' : 'out'} /><span class="sr">{t(m.direction === 'inbound' ? 'dashboard.message.in' : 'dashboard.message.out')}</span><span class="cut" title={otherSide(m)}>{otherSide(m)}</span></span> },
  { name: t('dashboard.message.text'), cell: (m) => <span class="cut cell message-text" title={m.body}>{m.body}</span> },
  { name: t('dashboard.calls.number'), wide: true, cell: (m) => <span class="cut cell">{m.number?.name ?? ''}</span> },
  { name: t('dashboard.message.channel'), wide: true, cell: (m) => channelWord(m.channel) },
  { name: t('dashboard.message.state'), cell: (m) => <State state={m.state} reason={m.reason} /> },
  { name: t('dashboard.calls.when'), wide: true, num: true, cell: (m) => <time dateTime={m.created_at} title={when(m.created_at, 'exact')}>{when(m.created_at)}</time> },
];

export function MessageScreen({ args }: { args: Record<string, string> }) {
  const id = args['id'] ?? '';
  const q = useQuery(`watch.message.${id}`, (signal) => api.get('/api/v1/messages/{id}', { path: { id }, signal }), ['message.status_updated']);
  const back = { to: '/dashboard/messages', label: t('dashboard.nav.messages') };
  if (!q.data) return <><ScreenHead title={t('dashboard.message.title')} back={back} />{q.problem?.status === 404 ? <Empty icon="search" title={t('dashboard.message.gone')} /> : q.problem ? <Refusal problem={q.problem} retry={q.refresh} /> : <Spinner />}</>;
  const m = q.data;
  const look = messageLook(m.state);
  return (
    <>
      <ScreenHead title={otherSide(m)} back={back} sub={<p class="row wrap"><Badge tone={look.tone}>{look.text}</Badge><span>{t(m.direction === 'inbound' ? 'dashboard.message.in' : 'dashboard.message.out')}</span><span>· {when(m.created_at, 'exact')}</span></p>} />
      <div class="two-columns">
        <div class="stack loose">
          <Card title={t('dashboard.message.text')}><p class={`bubble ${m.direction}`}>{m.body}</p>{m.reason && <p class="bad small">{messageReason(m.reason)}</p>}{m.missing_segments > 0 && <p class="warn small">{t('dashboard.message.missing', { n: m.missing_segments })}</p>}</Card>
          <Card title={t('dashboard.message.deliveries')}>
            {(m.deliveries ?? []).length === 0 ? <p class="soft">{t('dashboard.message.no_deliveries')}</p>
              : <ul class="plain now-list">{(m.deliveries ?? []).map((d, i) => (
                <li key={i} class="row wrap"><span class="strong">{channelWord(d.channel)}</span>{d.connector && <Link to={`/dashboard/connectors/${d.connector.id}`} class="soft">{d.connector.name}</Link>}<span class="grow" /><State state={d.state} reason={d.reason} />
                  <span class="small soft">{d.tries > 1 && t('dashboard.message.tries', { n: d.tries })} {d.repeated && t('dashboard.message.repeated')} {when(d.at, 'exact')}</span></li>
              ))}</ul>}
          </Card>
        </div>
        <div class="aside"><Card title={t('dashboard.call.summary')}>
          <Facts facts={[
            [t('dashboard.call.from'), <span class="nowrap">{m.from_display}</span>], [t('dashboard.call.to'), <span class="nowrap">{m.to_display}</span>],
            [t('dashboard.calls.number'), m.number ? <Link to={`/dashboard/numbers/${m.number.id}`}>{m.number.name}</Link> : ''], [t('dashboard.message.by'), m.user?.name ?? ''], [t('dashboard.message.channel'), channelWord(m.channel)],
            [t('dashboard.message.size'), t('dashboard.message.segments', { n: m.segments, encoding: tMaybe(`dashboard.message.encoding_${m.encoding}`, m.encoding) })],
            [t('dashboard.message.call'), m.call_id ? <Link to={`/dashboard/calls/${m.call_id}`}>{t('dashboard.message.see_call')}</Link> : ''],
            [t('dashboard.message.conversation'), <Link to={write({ conversation_id: m.conversation_id })}>{t('dashboard.message.see_all')}</Link>],
          ]} />
        </Card></div>
      </div>
    </>
  );
}
