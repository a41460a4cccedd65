// What rings: a card that takes no focus, with what is known of who calls (API.md section 18, screen 2).
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Schemas } from '../api/client';
import { ago, clock, t } from '../i18n/words';
import { Avatar, Badge, Button, Icon, Link, Timer } from '../parts/basic';
import * as phone from '../phone/phone';
import { kept } from '../phone/kept';
import { navigate } from '../parts/router';
import { attempt } from './act';
import { desktop } from './desktop';
import { arrowOf, outcomeOf } from './show';
import { useCard, useNumber, type Call } from './state';

/** Every call that rings here, oldest first. */
export function Incoming() {
  const rings = phone.incoming.value;
  const first = rings[0];
  return (
    <>
      <Announcer call={first} />
      {rings.length > 0 && <div class="incoming-stack">{rings.slice(0, 3).map((c, i) => <Card key={c.id} call={c} keys={i === 0} />)}</div>}
    </>
  );
}

/** Says once that somebody calls, to screen readers. */
function Announcer({ call }: { call: phone.PhoneCall | undefined }) {
  return <p class="sr" role="alert">{call && <Announcement key={call.id} call={call} />}</p>;
}

function Announcement({ call }: { call: phone.PhoneCall }) {
  const { title } = useTitle(call);
  const [text, setText] = useState('');
  const said = useRef(false);
  useEffect(() => {
    if (said.current) return;
    const wait = setTimeout(() => { // the name may come with the call's record
      said.current = true;
      setText(t('workspace.incoming.announce', { name: title, a: kept.value.answerKey.toUpperCase(), d: kept.value.declineKey.toUpperCase() }));
    }, 500);
    return () => clearTimeout(wait);
  }, [title]);
  useEffect(() => { // who looks elsewhere sees it in the tab, and on the desktop
    const before = document.title;
    document.title = `☎ ${title}`;
    return () => { document.title = before; };
  }, [title]);
  useEffect(() => {
    if (phone.owner.value !== 'this' || !kept.value.notifyCalls) return;
    let shown: Notification | null = null;
    const wait = setTimeout(() => { shown = desktop(t('workspace.incoming.title'), title, call.id, () => navigate('/')); }, 500);
    return () => { clearTimeout(wait); shown?.close(); };
  }, [title]);
  return <>{text}</>;
}

/** Whom a call is with, as well as it is known. */
export function useTitle(call: phone.PhoneCall): { title: string; sub: string } {
  const card = useCard(call.callID ?? '').data;
  const found = useNumber(card ? '' : call.number);
  const number = card?.peer_display || found?.display || call.number;
  const title = card?.contact?.name || card?.colleague?.name || found?.contact?.name || found?.user?.name || call.name || number || t('workspace.call.anonymous');
  return { title, sub: [title === number ? '' : number, card?.number?.name].filter(Boolean).join(' · ') };
}

function Card({ call, keys }: { call: phone.PhoneCall; keys: boolean }) {
  const [busy, setBusy] = useState(false);
  const { title, sub } = useTitle(call);
  return (
    <div class="incoming" role="alertdialog" aria-modal="false" aria-label={t('workspace.incoming.from', { name: title })}>
      <header class="row">
        <Avatar name={title} size={48} />
        <div class="grow">
          <p class="soft small">{t('workspace.incoming.title')} · <Timer since={call.startedAt} /></p>
          <h2 class="cut" title={title}>{title}</h2>
          {sub && <p class="soft cut num" title={sub}>{sub}</p>}
        </div>
      </header>
      {call.callID && <About id={call.callID} />}
      <div class="row answers">
        <Button kind="bad" icon="hangup" class="grow" onClick={() => void attempt(() => phone.decline(call.id))}>{t('workspace.incoming.decline')}{keys && <kbd aria-hidden="true">{kept.value.declineKey.toUpperCase()}</kbd>}</Button>
        <Button kind="good" icon="phone" class="grow" busy={busy} onClick={() => { setBusy(true); void attempt(() => phone.answer(call.id)).then((ok) => { if (!ok) setBusy(false); }); }}>{t('workspace.incoming.answer')}{keys && <kbd aria-hidden="true">{kept.value.answerKey.toUpperCase()}</kbd>}</Button>
      </div>
    </div>
  );
}

/** Who it is, the way through the menus, the wait, and the last contacts. */
export function About({ id }: { id: string }) {
  const card = useCard(id).data;
  if (!card) return null;
  return (
    <div class="stack tight about-call">
      {card.contact && (card.contact.company || card.contact.vip) && <p class="row wrap">{card.contact.vip && <Badge tone="warn" icon="star">{t('workspace.people.vip')}</Badge>}<span class="cut" title={card.contact.company}>{card.contact.company}</span></p>}
      {card.contact?.note && <p class="small wrap-any note">{card.contact.note}</p>}
      <Path call={{ ivr: card.path, inputs: card.inputs }} />
      {card.queued_at && card.wait_seconds >= 5 && <p class="row"><Icon name="clock" size={15} /><span>{t('workspace.incoming.waited', { time: clock(card.wait_seconds) })}</span></p>}
      <History card={card} />
    </div>
  );
}

/** What the caller chose and typed in the menus. */
export function Path({ call }: { call: Pick<Call, 'ivr' | 'inputs'> }) {
  const choices = call.ivr ?? [], inputs = call.inputs ?? [];
  if (choices.length + inputs.length === 0) return null;
  return (
    <p class="row wrap"><Icon name="flow" size={15} />
      {choices.map((c, i) => <Badge key={`${c.node}${i}`} tone="brand" title={c.title}>{c.label || t('workspace.incoming.key', { key: c.key })}</Badge>)}
      {inputs.map((x, i) => <Badge key={`${x.node}${i}`} title={x.title}>{`${x.title || t('workspace.incoming.typed')}: ${x.value}`}</Badge>)}
    </p>
  );
}

/** The last three calls and messages with somebody. */
function History({ card }: { card: Schemas['CallCard'] }) {
  const list = card.history ?? [];
  if (list.length === 0) return null;
  return (
    <div class="stack tight">
      <p class="small soft">{t('workspace.incoming.last')}</p>
      <ul class="plain stack tight small">
        {list.map((x) => x.message ? (
          <li key={x.message.id} class="row"><Icon name="chat" size={14} /><span class="grow cut" title={x.message.body}>{x.message.body}</span><span class="soft">{ago(x.at)}</span></li>
        ) : x.call ? (
          <li key={x.call.id} class="row"><Icon name={arrowOf(x.call).icon} size={14} /><span class="grow cut">{outcomeOf(x.call).text}{x.call.user ? ` · ${x.call.user.name}` : ''}{x.call.talk_seconds > 0 ? ` · ${clock(x.call.talk_seconds)}` : ''}</span><span class="soft">{ago(x.at)}</span></li>
        ) : null)}
      </ul>
      {card.conversation_id && <Link to={`/inbox/c/${card.conversation_id}`} class="small">{t('workspace.incoming.conversation')}</Link>}
    </div>
  );
}
