// A call that was: what happened, why it was missed in words (SPEC L10), what was written, and the way to call back.
import { useState } from 'preact/hooks';
import { api } from '../api/client';
import { refresh, useQuery } from '../api/query';
import { clock, t, when } from '../i18n/words';
import { Avatar, Badge, Banner, Button, Card, Facts, Icon, Link, Refusal, Spinner } from '../parts/basic';
import { navigate } from '../parts/router';
import { attempt, callNumber } from './act';
import { ContactForm } from './contact';
import { Path } from './incoming';
import { CallNotes } from './notes';
import { Sound } from './sounded';
import { arrowOf, missedWords, otherSide, outcomeOf } from './show';
import { myID, useCall, useColleagues, type Call } from './state';

export function CallDetail({ id, back }: { id: string; back: string }) {
  const asked = useCall(id);
  const call = asked.data;
  if (!call) return asked.problem ? <div class="screen"><Back to={back} /><Refusal problem={asked.problem} retry={asked.refresh} /></div> : <Spinner />;
  const outcome = outcomeOf(call), arrow = arrowOf(call), side = otherSide(call);
  return (
    <div class="screen">
      <Back to={back} />
      <header class="person-head">
        <Avatar name={side.name} size={56} />
        <div class="stack tight grow">
          <h2 class="cut" title={side.name}>{side.name}</h2>
          <p class="row wrap small"><Badge tone={outcome.tone}>{outcome.text}</Badge><span class="soft">{arrow.label} · {when(call.started_at, 'exact')}</span></p>
        </div>
      </header>
      <Actions call={call} />
      {call.explanation && <Banner tone={call.outcome === 'missed' ? 'warn' : 'info'}><p class="strong">{call.missed_reason ? missedWords(call.missed_reason) : t('workspace.detail.why')}</p><p class="wrap-any">{call.explanation}</p></Banner>}
      <CalledBack call={call} />
      <Card>
        <Path call={call} />
        <Facts facts={[
          [t('workspace.detail.number'), side.display], [t('workspace.detail.line'), call.number?.name && `${call.number.name}${call.direction === 'inbound' ? ` · ${call.to_display}` : ''}`],
          [t('workspace.detail.user'), call.user?.name], [t('workspace.detail.device'), deviceOf(call)], [t('workspace.detail.waited'), call.wait_seconds > 0 && clock(call.wait_seconds)],
          [t('workspace.detail.talked'), call.talk_seconds > 0 && clock(call.talk_seconds)], [t('workspace.detail.on_hold'), call.hold_seconds > 0 && clock(call.hold_seconds)],
          [t('workspace.detail.ended_by'), call.hangup && endedBy(call.hangup.by)], [t('workspace.detail.assigned'), call.assigned_to?.name],
        ]} />
      </Card>
      <Card title={t('workspace.detail.notes')}><CallNotes call={call} /></Card>
      <Sound id={call.id} />
      <Timeline id={id} />
    </div>
  );
}

const Back = ({ to }: { to: string }) => <Link to={to} class="back narrow-only"><Icon name="left" /> {t('core.back')}</Link>;

function endedBy(by: string): string {
  if (by === 'caller') return t('workspace.detail.by_caller');
  if (by === 'callee') return t('workspace.detail.by_callee');
  return t('workspace.detail.by_system');
}

/** The device that a person answered or called with (SPEC E10). */
function deviceOf(call: Call): string {
  const words: Record<string, string> = { native: t('workspace.device.native'), workspace: t('workspace.device.workspace'), cti: t('workspace.device.cti'), app: t('workspace.device.app'), sip_phone: t('workspace.device.sip_phone') };
  const leg = (call.legs ?? []).find((l) => l.device && l.answered_at);
  return leg?.device ? words[leg.device] ?? '' : '';
}

function Actions({ call }: { call: Call }) {
  const side = otherSide(call);
  const [saving, setSaving] = useState(false);
  const { users } = useColleagues();
  void users;
  const patch = (body: { archived?: boolean; assigned_to?: string | null }) => void attempt(async () => {
    await api.patch('/api/v1/calls/{id}', { path: { id: call.id }, body });
    refresh(`call:${call.id}`);
  }, t('core.saved'));
  const reach = side.number !== '' && call.status === 'ended';
  return (
    <div class="row wrap">
      {reach && <Button kind="primary" icon="phone" onClick={() => callNumber(side.number, { name: side.name })}>{call.direction === 'outbound' ? t('workspace.call.call_again') : t('workspace.call.call_back')}</Button>}
      {reach && call.direction !== 'internal' && <Button icon="chat" onClick={() => navigate(`/inbox/c/new?to=${encodeURIComponent(side.number)}`)}>{t('workspace.contact.write')}</Button>}
      {reach && !call.contact && call.direction !== 'internal' && <Button icon="plus" onClick={() => setSaving(true)}>{t('workspace.contact.save_as')}</Button>}
      {call.contact && <Link class="btn" to={`/people/contact/${call.contact.id}`}>{t('workspace.contact.see')}</Link>}
      {call.assigned_to?.id === myID() ? <Button kind="quiet" onClick={() => patch({ assigned_to: null })}>{t('workspace.detail.unassign')}</Button> : <Button kind="quiet" icon="user" onClick={() => patch({ assigned_to: myID() })}>{t('workspace.detail.take')}</Button>}
      {saving && <ContactForm number={side.display} onClose={() => setSaving(false)} onSaved={() => { setSaving(false); refresh(`call:${call.id}`); }} />}
    </div>
  );
}

/** Who called back, for all who were told of the missed call (SPEC L13). */
function CalledBack({ call }: { call: Call }) {
  const asked = useQuery(`notices:${call.id}`, (signal) => api.get('/api/v1/notifications', { query: { call_id: call.id, limit: 20 }, signal }), ['notification.*']);
  const one = asked.data?.data?.find((n) => n.handled_at);
  if (!one?.handled_at) return null;
  return <Banner tone="good">{one.call_back_id ? t('workspace.detail.called_back', { name: one.handled_by?.name ?? '', at: when(one.handled_at) }) : t('workspace.detail.handled', { name: one.handled_by?.name ?? '', at: when(one.handled_at) })}</Banner>;
}

function Timeline({ id }: { id: string }) {
  const asked = useQuery(`timeline:${id}`, (signal) => api.get('/api/v1/calls/{id}/timeline', { path: { id }, signal }), ['call.*'], id);
  const list = asked.data?.data ?? [];
  return (
    <Card title={t('workspace.detail.timeline')}>
      {asked.problem && !asked.data && <Refusal problem={asked.problem} retry={asked.refresh} />}
      {asked.loading && !asked.data && <Spinner />}
      <ol class="plain timeline">
        {list.map((x) => <li key={x.seq}><time class="small soft num" dateTime={x.at}>{new Date(x.at).toLocaleTimeString(document.documentElement.lang, { hour: '2-digit', minute: '2-digit', second: '2-digit' })}</time><span class="wrap-any">{x.text}</span></li>)}
      </ol>
    </Card>
  );
}
