// One call: what it was, why nobody took it, what happened, its legs, its SIP, and what people say of it.
import { useEffect, useState } from 'preact/hooks';
import { api, type Schemas } from '../../api/client';
import { hear } from '../../api/events';
import { useQuery } from '../../api/query';
import { may } from '../../entry/signed';
import { clock, t, when } from '../../i18n/words';
import { Badge, Button, Card, Empty, Facts, Icon, Link, Refusal, Spinner, Timer } from '../../parts/basic';
import { Tabs } from '../../parts/lists';
import { place } from '../../parts/router';
import { ScreenHead } from '../head';
import { CallLadder } from './callladder';
import { CallNotes } from './callnotes';
import { hangUp } from './live';
import { callLook, channelWord, deviceWord, directionWord, messageLook, otherNumber, otherParty, reasonWord, type Call } from './says';
import { Timeline } from './timeline';

/** Asks again when something happens to this call, and to no other. */
function useCall(id: string) {
  const q = useQuery(`watch.call.${id}`, (signal) => api.get('/api/v1/calls/{id}', { path: { id }, signal }));
  useEffect(() => {
    let wait: ReturnType<typeof setTimeout> | undefined;
    const off = hear(['call.*'], (e) => { if (e.type === 'reset' || e.subject === id || e.data['id'] === id) wait ??= setTimeout(() => { wait = undefined; q.refresh(); }, 250); });
    return () => { clearTimeout(wait); off(); };
  }, [id]);
  return q;
}

export function CallScreen({ args }: { args: Record<string, string> }) {
  const id = args['id'] ?? '';
  const q = useCall(id);
  const back = { to: '/dashboard/calls', label: t('dashboard.nav.calls') };
  if (!q.data) {
    return <><ScreenHead title={t('dashboard.call.title')} back={back} />{q.problem?.status === 404 ? <Empty icon="search" title={t('dashboard.call.gone')} action={<Link class="btn" to={back.to}>{back.label}</Link>} /> : q.problem ? <Refusal problem={q.problem} retry={q.refresh} /> : <Spinner />}</>;
  }
  const c = q.data;
  const at = place.value.query.get('tab') ?? 'story';
  const base = `/dashboard/calls/${c.id}`;
  const tabs = [
    { to: base, label: t('dashboard.call.tab_story') }, { to: `${base}?tab=legs`, label: t('dashboard.call.tab_legs'), count: c.legs?.length }, { to: `${base}?tab=sip`, label: t('dashboard.call.tab_sip') },
  ];
  return (
    <>
      <Head call={c} back={back} />
      <Tabs label={t('dashboard.call.title')} tabs={tabs} at={at === 'story' ? base : `${base}?tab=${at}`} />
      {at === 'sip' ? <CallLadder id={c.id} legs={c.legs ?? []} /> : at === 'legs' ? <Legs call={c} /> : <Story call={c} />}
    </>
  );
}

function Head({ call: c, back }: { call: Call; back: { to: string; label: string } }) {
  const look = callLook(c);
  const party = otherParty(c), number = otherNumber(c);
  const sub = (
    <p class="row wrap">
      <Badge tone={look.tone}>{look.text}</Badge><span>{directionWord(c.direction)}</span>
      {party !== number && <span>· {number}</span>}
      <span>· {when(c.started_at, 'exact')}</span><span>· {t('dashboard.call.number_n', { n: String(c.call_number) })}</span>
      {c.status !== 'ended' && <span>· <Timer since={c.answered_at ?? c.started_at} /></span>}
    </p>
  );
  return <ScreenHead title={party} back={back} sub={sub} actions={c.status !== 'ended' && may('calls:control') ? <Button kind="bad" icon="hangup" onClick={() => void hangUp(c, party)}>{t('dashboard.live.hang_up')}</Button> : undefined} />;
}

function Story({ call: c }: { call: Call }) {
  return (
    <div class="two-columns">
      <div class="stack loose wide-card">
        {c.explanation && (
          <section class="card why" aria-label={t('dashboard.call.why')}>
            <h2><Icon name="missed" /> {t('dashboard.call.why')}</h2>
            {c.missed_reason && <p><Badge tone="bad">{reasonWord(c.missed_reason)}</Badge></p>}
            <p class="why-text">{c.explanation}</p>
            {(c.notified?.length ?? 0) > 0 && <p class="soft small">{t('dashboard.call.notified', { names: (c.notified ?? []).map((u) => u?.name).join(', ') })}</p>}
          </section>
        )}
        <Card title={t('dashboard.call.timeline')}><Timeline id={c.id} start={c.started_at} /></Card>
        <Related call={c} />
      </div>
      <div class="stack loose aside">
        <Card title={t('dashboard.call.summary')}><Summary call={c} /></Card>
        <CallNotes call={c} />
      </div>
    </div>
  );
}

const ref = (to: string, r: { id: string; name: string } | null | undefined) => (r ? <Link to={`${to}/${r.id}`}>{r.name}</Link> : '');

function Summary({ call: c }: { call: Call }) {
  const chosen = (c.ivr ?? []).map((i) => [i?.title, i?.label || i?.key].filter(Boolean).join(' : ')).join(' → ');
  return (
    <Facts facts={[
      [t('dashboard.call.from'), <span class="nowrap">{c.anonymous && c.direction === 'inbound' ? t('dashboard.calls.anonymous') : c.from_display}</span>],
      [t('dashboard.call.to'), <span class="nowrap">{c.to_display}</span>],
      [t('dashboard.calls.number'), ref('/dashboard/numbers', c.number)],
      [t('dashboard.calls.user'), ref('/dashboard/users', c.user)],
      [t('dashboard.call.teams'), (c.teams ?? []).map((x) => x?.name).join(', ')],
      [t('dashboard.call.flow'), c.flow ? <Link to={`/dashboard/flows/${c.flow.id}`}>{t('dashboard.call.flow_version', { n: c.flow.version })}</Link> : ''],
      [t('dashboard.call.ivr'), chosen],
      ...(c.inputs ?? []).map((i): [string, string] => [i?.title || t('dashboard.call.input'), i?.value ?? '']),
      [t('dashboard.calls.wait'), c.direction === 'inbound' ? clock(c.wait_seconds) : ''],
      [t('dashboard.call.ring'), c.ring_seconds ? clock(c.ring_seconds) : ''],
      [t('dashboard.calls.talk'), c.answered_at ? clock(c.talk_seconds) : ''],
      [t('dashboard.call.hold'), c.hold_seconds ? clock(c.hold_seconds) : ''],
      [t('dashboard.call.duration'), c.ended_at ? clock(c.duration_seconds) : ''],
      [t('dashboard.call.voicemail'), c.voicemail ? clock(c.voicemail.seconds) : ''],
      [t('dashboard.call.ended_by'), c.hangup ? t(`dashboard.call.by_${c.hangup.by === 'caller' || c.hangup.by === 'callee' ? c.hangup.by : 'system'}`) : ''],
      [t('dashboard.call.cause'), c.hangup ? <span title={`SIP ${c.hangup.sip_code} · Q.850 ${c.hangup.q850}`}>{c.hangup.text}</span> : ''],
      [t('dashboard.call.trunk'), ref('/dashboard/trunks', c.trunk)],
      [t('dashboard.calls.assigned'), c.assigned_to?.name ?? ''],
      ...Object.entries(c.custom ?? {}).map(([k, v]): [string, string] => [k, v]),
    ]} />
  );
}

/** The messages between the same two numbers: calls and messages are one conversation. */
function Related({ call: c }: { call: Call }) {
  const peer = c.direction === 'inbound' ? c.from : c.to;
  const asks = may('messages:read') && c.number && c.direction !== 'internal' && !c.anonymous;
  const q = useQuery(`watch.call.${c.id}.messages`, async (signal) => (asks ? (await api.get('/api/v1/messages', { query: { number_id: c.number!.id, peer, limit: 5 }, signal })).data ?? [] : []), ['message.*']);
  if (!q.data || q.data.length === 0) return null;
  return (
    <Card title={t('dashboard.call.messages')} actions={<Link class="btn small" to={`/dashboard/messages?number_id=${c.number?.id ?? ''}&peer=${encodeURIComponent(peer)}`}>{t('dashboard.call.all_messages')}</Link>}>
      <ul class="plain now-list">{q.data.map((m) => (
        <li key={m.id}><Link to={`/dashboard/messages/${m.id}`} class="now-line">
          <Icon name={m.direction === 'inbound' ? 'in' : 'out'} /><span class="grow cut" title={m.body}>{m.body}<br /><span class="small soft">{channelWord(m.channel)} · {messageLook(m.state).text}</span></span><span class="small soft">{when(m.created_at)}</span>
        </Link></li>
      ))}</ul>
    </Card>
  );
}

type Leg = Schemas['LegObject'];

function Legs({ call: c }: { call: Call }) {
  const legs = c.legs ?? [];
  const sounds = useQuery(`watch.call.${c.id}.quality`, async (signal) => (await api.get('/api/v1/calls/{id}/quality', { path: { id: c.id }, signal })).data ?? [], ['call.*'], c.id);
  if (legs.length === 0) return <Empty icon="phone" title={t('dashboard.call.no_legs')} />;
  return <ul class="plain legs">{legs.map((l, i) => <LegCard key={l.id} leg={l} sound={sounds.data?.find((x) => x.leg === l.id)} caller={i === 0} end={c.ended_at} />)}</ul>;
}

const legName = (l: Leg) => l.user?.name ?? l.trunk?.name ?? t('dashboard.call.leg_outside');
const seconds = (a: string | null, b: string | null) => (a && b ? (new Date(b).getTime() - new Date(a).getTime()) / 1000 : null);

type Sound = Schemas['LegQuality'];
const verdicts = {
  good: { tone: 'good', word: 'dashboard.call.quality_good' }, fair: { tone: 'warn', word: 'dashboard.call.quality_fair' }, poor: { tone: 'bad', word: 'dashboard.call.quality_poor' },
  unheard: { tone: 'bad', word: 'dashboard.call.quality_unheard' }, unknown: null,
} as const;

/** What is known of one direction, in a line. */
function way(q: Sound['in'] | null): string {
  return q ? t('dashboard.call.sound_n', { mos: q.mos.toFixed(1), percent: q.lost_percent.toFixed(1), jitter: q.jitter_ms.toFixed(0), longest: String(q.longest_loss_ms) }) : '';
}

function LegCard({ leg: l, sound, caller, end }: { leg: Leg; sound: Sound | undefined; caller: boolean; end: string | null }) {
  const q = sound ? verdicts[sound.verdict] : null;
  const lost = l.packets_in + l.packets_lost > 0 ? (100 * l.packets_lost) / (l.packets_in + l.packets_lost) : 0;
  const [open, setOpen] = useState(false);
  const ringing = seconds(l.ringing_at, l.answered_at ?? l.ended_at ?? end);
  const talking = seconds(l.answered_at, l.ended_at ?? end);
  return (
    <li class="card leg">
      <div class="row between wrap">
        <div class="row grow"><Icon name={l.kind === 'trunk' || l.kind === 'external' ? 'trunk' : l.device === 'native' ? 'mobile' : l.kind === 'webrtc' ? 'laptop' : 'headset'} /><div class="stack tight grow"><p class="strong cut" title={legName(l)}>{legName(l)}</p><p class="small soft">{l.device ? deviceWord(l.device) : t(caller ? 'dashboard.call.leg_caller' : 'dashboard.call.leg_trunk')}</p></div></div>
        <span class="row wrap">
          {q && <Badge tone={q.tone}>{t(q.word)}</Badge>}
          <Badge tone={l.answered_at ? 'good' : l.state === 'ended' ? 'soft' : 'brand'}>{t(l.answered_at ? 'dashboard.call.leg_answered' : l.state === 'ended' ? 'dashboard.call.leg_not_answered' : 'dashboard.call.leg_ringing')}</Badge>
        </span>
      </div>
      <p class="small soft">{[ringing !== null && ringing > 0 ? t('dashboard.call.leg_rang', { time: clock(ringing) }) : '', talking !== null ? t('dashboard.call.leg_talked', { time: clock(talking) }) : '', l.cause_text ?? ''].filter(Boolean).join(' · ')}</p>
      {q && <p class="small">{sound?.text}</p>}
      <Button kind="quiet" small icon={open ? 'up' : 'down'} aria-expanded={open} onClick={() => setOpen(!open)}>{t('dashboard.call.leg_more')}</Button>
      {open && <Facts facts={[
        [t('dashboard.call.codec'), l.codec ?? ''], [t('dashboard.call.packets'), l.packets_in + l.packets_out > 0 ? t('dashboard.call.packets_n', { in: l.packets_in, out: l.packets_out }) : ''],
        [t('dashboard.call.lost'), l.packets_in > 0 ? t('dashboard.call.lost_n', { n: l.packets_lost, percent: lost.toFixed(1) }) : ''], [t('dashboard.call.jitter'), l.packets_in > 0 ? `${l.jitter_ms.toFixed(1)} ms` : ''],
        [t('dashboard.call.sound_in'), way(sound?.in ?? null)], [t('dashboard.call.sound_out'), way(sound?.out ?? null)],
        [t('dashboard.call.round_trip'), sound?.round_trip_ms ? `${sound.round_trip_ms.toFixed(0)} ms` : ''], [t('dashboard.call.worst_mos'), sound?.worst_mos ? sound.worst_mos.toFixed(1) : ''],
        [t('dashboard.call.started'), when(l.started_at, 'exact')], [t('dashboard.call.answered_at'), when(l.answered_at, 'exact')], [t('dashboard.call.ended_at'), when(l.ended_at, 'exact')],
        [t('dashboard.call.cause'), l.sip_code ? `SIP ${l.sip_code}${l.q850 ? ` · Q.850 ${l.q850}` : ''}` : ''], ['Call-ID', <code class="wrap-any">{l.sip_call_id}</code>],
      ]} />}
    </li>
  );
}
