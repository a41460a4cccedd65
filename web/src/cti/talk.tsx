// A call in the panel: ringing, and while one talks.
import { useEffect, useState } from 'preact/hooks';
import { Problem, type Schemas } from '../api/client';
import { t, tMaybe } from '../i18n/words';
import { Avatar, Badge, Banner, Button, Icon, IconButton, Timer } from '../parts/basic';
import type { IconName } from '../parts/icons';
import * as phone from '../phone/phone';
import type { PhoneCall } from '../phone/phone';
import { factsOf } from './facts';
import { openCard } from './level2';
import { cards, type Card } from './state';
import { decline, transfer } from './verbs';
import { Keys } from './keys';
import { Notes, Tags } from './pieces';

type Facts = Schemas['CallObject'];

/** What the server knows of a call, as soon as it does. */
export function useFacts(call: PhoneCall): Facts | null {
  const [facts, setFacts] = useState<Facts | null>(null);
  useEffect(() => {
    let here = true;
    void factsOf(call).then((f) => { if (here) setFacts(f); });
    return () => { here = false; };
  }, [call.id, call.callID]);
  return facts;
}

/** Who the other side is: what the page knows, then the contacts, then the number. */
function whoIs(call: PhoneCall, facts: Facts | null): { name: string; number: string; card: Card | null } {
  const raw = facts ? (call.direction === 'inbound' ? facts.from : facts.to) : call.number;
  const shown = facts ? (call.direction === 'inbound' ? facts.from_display : facts.to_display) : call.number;
  const card = cards.value[raw] ?? cards.value[call.number] ?? null;
  const number = facts?.anonymous || (!shown && call.direction === 'inbound') ? t('cti.call.hidden') : shown;
  return { name: card?.name || facts?.contact?.name || call.name || number, number, card };
}

function CardView({ card }: { card: Card }) {
  if (!card.url && !card.fields?.length) return null;
  return (
    <section class="cti-card" aria-label={t('cti.call.card')}>
      {card.fields?.map((f) => <p key={f.label} class="row between"><span class="soft small">{f.label}</span><span class="cut" title={f.value}>{f.value}</span></p>)}
      {card.url && <Button small icon="external" onClick={() => openCard(card.url!)}>{t('cti.call.open_card')}</Button>}
    </section>
  );
}

function Who({ call, facts }: { call: PhoneCall; facts: Facts | null }) {
  const who = whoIs(call, facts);
  return (
    <div class="cti-who">
      <Avatar name={who.name.replace(/[^\p{L} ]/gu, '').trim() || '#'} size={64} />
      <p class="cti-name cut" title={who.name}>{who.name}</p>
      {who.name !== who.number && <p class="soft num">{who.number}</p>}
      {facts?.number && <p class="soft small cut">{t(call.direction === 'inbound' ? 'cti.call.to_line' : 'cti.call.from_line', { name: facts.number.name })}</p>}
      {who.card && <CardView card={who.card} />}
    </div>
  );
}

/** What rings: it takes no focus from whoever writes elsewhere. */
export function Incoming({ call, small }: { call: PhoneCall; small: boolean }) {
  const facts = useFacts(call);
  const who = whoIs(call, facts);
  const path = (facts?.ivr ?? []).map((x) => x.label || x.title).filter(Boolean).join(' › ');
  return (
    <section class={`cti-incoming ${small ? 'small-one' : ''}`} role="alertdialog" aria-label={t('cti.call.rings', { name: who.name })}>
      <p class="sr" aria-live="assertive">{t('cti.call.rings', { name: who.name })}</p>
      {small ? <p class="cut strong">{who.name}</p> : <>
        <p class="cti-state"><span class="cti-pulse" aria-hidden="true" /> {t('cti.call.comes_in')}</p>
        <Who call={call} facts={facts} />
        {path && <p class="soft small cut" title={path}>{t('cti.call.path', { path })}</p>}
      </>}
      <div class="cti-answer">
        <Button kind="bad" icon="hangup" onClick={() => void decline(call)}>{t('cti.call.decline')}</Button>
        <Button kind="good" icon="phone" onClick={() => void phone.answer(call.id)}>{t('cti.call.answer')}</Button>
      </div>
    </section>
  );
}

type Drawer = 'keypad' | 'transfer' | 'note' | 'tags';

function Transfer({ call, done }: { call: PhoneCall; done: () => void }) {
  const [to, setTo] = useState('');
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const go = () => {
    setBusy(true);
    transfer(call, to.trim()).then(done, (e: unknown) => setProblem(e instanceof Problem ? e.detail || e.title : tMaybe(`cti.error.${(e as { code?: string }).code}`, t('cti.error.any')))).finally(() => setBusy(false));
  };
  return (
    <form class="stack" onSubmit={(e) => { e.preventDefault(); if (to.trim() && !busy) go(); }}>
      {problem && <Banner tone="bad">{problem}</Banner>}
      <div class="row"><input type="tel" autofocus class="grow" aria-label={t('cti.call.transfer_to')} placeholder={t('cti.call.transfer_to')} value={to} maxLength={64} onInput={(e) => setTo(e.currentTarget.value)} />
        <Button kind="primary" icon="transfer" type="submit" busy={busy} why={to.trim() ? undefined : t('cti.call.transfer_fill')}>{t('cti.call.transfer')}</Button></div>
    </form>
  );
}

function stateOf(call: PhoneCall): preact.ComponentChildren {
  if (call.state === 'ended') {
    if (call.elsewhere) return t('cti.call.elsewhere');
    return call.refused ? call.refused.text || t('cti.call.refused', { n: call.refused.status }) : t('cti.call.over');
  }
  if (call.state === 'suspended' || call.resuming) return t('cti.call.resumes');
  if (call.state === 'in_call') return <>{call.held && <Badge tone="warn">{t('cti.call.held')}</Badge>} {call.answeredAt !== null && <Timer since={call.answeredAt} />}</>;
  return t(call.state === 'ringing' ? 'cti.call.rings_there' : 'cti.call.dialling');
}

function Round({ icon, label, on, why, onClick }: { icon: IconName; label: string; on?: boolean; why?: string | undefined; onClick: () => void }) {
  return <button type="button" class="cti-round" aria-pressed={on} aria-disabled={why ? true : undefined} title={why} onClick={() => { if (!why) onClick(); }}><span><Icon name={icon} size={20} /></span>{label}</button>;
}

/** The call in which one talks. */
export function InCall({ call }: { call: PhoneCall }) {
  const facts = useFacts(call);
  const [drawer, setDrawer] = useState<Drawer | null>(null);
  const others = phone.calls.value.filter((c) => c.id !== call.id && c.state === 'in_call');
  const flip = (d: Drawer) => setDrawer(drawer === d ? null : d);
  const talks = call.state === 'in_call';
  const notYet = talks ? undefined : t('cti.call.not_yet');
  const unknown = call.callID ? undefined : t('cti.call.not_yet');
  return (
    <section class="cti-call" aria-label={t('cti.call.title')}>
      <p class="cti-state" aria-live="polite">{stateOf(call)}{talks && call.quality && call.quality !== 'good' && <Badge tone="warn" icon="warning">{t(`cti.call.quality_${call.quality}`)}</Badge>}</p>
      {call.deaf && talks && <Banner tone="bad">{t('cti.mic.deaf')}</Banner>}
      <Who call={call} facts={facts} />
      {call.state !== 'ended' && <>
        <div class="cti-rounds">
          <Round icon={call.muted ? 'micoff' : 'mic'} label={t(call.muted ? 'cti.call.unmute' : 'cti.call.mute')} on={call.muted} why={notYet} onClick={() => void (call.muted ? phone.unmute(call.id) : phone.mute(call.id))} />
          <Round icon={call.held ? 'play' : 'pause'} label={t(call.held ? 'cti.call.unhold' : 'cti.call.hold')} on={call.held} why={notYet} onClick={() => void (call.held ? phone.unhold(call.id) : phone.hold(call.id))} />
          <Round icon="keypad" label={t('cti.call.keypad')} on={drawer === 'keypad'} why={notYet} onClick={() => flip('keypad')} />
          <Round icon="transfer" label={t('cti.call.transfer')} on={drawer === 'transfer'} why={notYet ?? unknown} onClick={() => flip('transfer')} />
          <Round icon="note" label={t('cti.call.note')} on={drawer === 'note'} why={unknown} onClick={() => flip('note')} />
          <Round icon="tag" label={t('cti.call.tags')} on={drawer === 'tags'} why={unknown} onClick={() => flip('tags')} />
        </div>
        <div class="cti-drawer">
          {drawer === 'keypad' && <><p class="cti-digits num" aria-live="polite">{call.digits}</p><Keys onKey={(k) => void phone.sendDigits(call.id, k)} /></>}
          {drawer === 'transfer' && <Transfer call={call} done={() => setDrawer(null)} />}
          {drawer === 'note' && <Notes callID={call.callID} />}
          {drawer === 'tags' && <Tags callID={call.callID} />}
        </div>
        <Button kind="bad" icon="hangup" class="cti-hangup" onClick={() => void phone.hangup(call.id)}>{t('cti.call.hang_up')}</Button>
      </>}
      {others.map((c) => <div key={c.id} class="cti-other row between"><span class="cut">{c.name || c.number} · {t('cti.call.held')}</span><IconButton icon="play" small label={t('cti.call.unhold')} onClick={() => void phone.unhold(c.id)} /></div>)}
    </section>
  );
}
