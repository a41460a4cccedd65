// The phone beside the screens: what rings or talks, what is left to do after it, or the dialler.
import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n/words';
import { Banner, Button, Icon, IconButton, Link, Timer } from '../parts/basic';
import { place } from '../parts/router';
import * as phone from '../phone/phone';
import { pageTime } from '../api/time';
import { attempt } from './act';
import { Dialler } from './dialler';
import { InCall } from './incall';
import { useTitle } from './incoming';
import { WrapUp } from './wrapup';
import { useMe, useStatus } from './state';

/** Says what keeps the phone from working, and what to do about it. */
function Trouble() {
  if (phone.line.value === 'refused') return <Banner tone="bad"><p class="strong">{t('workspace.line.refused')}</p><p>{phone.refusal.value?.detail || phone.refusal.value?.title}</p></Banner>;
  if (phone.owner.value === 'other') {
    return <Banner tone="info" action={<Button small onClick={phone.takeOver}>{t('workspace.tab.take')}</Button>}>{t('workspace.tab.other')}</Banner>;
  }
  if (phone.line.value === 'lost') return <Banner tone="warn">{t('workspace.line.lost')}</Banner>;
  if (!phone.soundAllowed.value) return <Banner tone="info" action={<Button small onClick={() => void phone.allowSound()}>{t('workspace.sound.enable')}</Button>}>{t('workspace.sound.locked')}</Banner>;
  const words = { refused: t('workspace.mic.refused'), missing: t('workspace.mic.missing'), busy: t('workspace.mic.busy'), insecure: t('workspace.mic.insecure') } as Record<string, string>;
  const text = words[phone.microphone.value];
  return text ? <Banner tone="warn" action={<Link class="btn small" to="/settings/audio">{t('workspace.mic.check')}</Link>}>{text}</Banner> : null;
}

/** Whether the phone is connected: a dot and a word. */
function LineState() {
  const l = phone.line.value;
  const words = { off: t('workspace.line.connecting'), connecting: t('workspace.line.connecting'), on: t('workspace.line.on'), lost: t('workspace.line.away'), refused: t('workspace.line.off') }[l];
  return <span class={`line-state ${l}`} role="status"><i aria-hidden="true" />{words}</span>;
}

/** The moment until which a wrap-up lasts; null: there is none. */
export function useWrapUp(): { until: number | null; mustTag: string[] } | null {
  const status = useStatus();
  const a = status.data;
  const until = a?.wrap_up?.ends_at ? pageTime(a.wrap_up.ends_at) : null;
  const [, again] = useState(0);
  useEffect(() => { // the server ends it; its event may come a moment later
    if (until === null) return;
    const timer = setTimeout(() => { again((n) => n + 1); status.refresh(); }, Math.max(0, until - Date.now()) + 300);
    return () => clearTimeout(timer);
  }, [until]);
  if (a?.status !== 'after_call_work' || !a.wrap_up) return null;
  return { until, mustTag: a.wrap_up.must_tag ?? [] };
}

export function PhonePane() {
  const me = useMe().data;
  const wrap = useWrapUp();
  const call = phone.current.value;
  const live = phone.calls.value.filter((c) => c.state !== 'ended' && !(c.direction === 'inbound' && c.state === 'ringing'));
  return (
    <aside class="work-pane" aria-label={t('workspace.nav.phone')}>
      <header class="row between">
        <span class="row"><h2>{t('workspace.nav.phone')}</h2>{me?.extension && <span class="ext" title={t('workspace.profile.extension')}><span class="sr">{t('workspace.profile.extension')} </span>{me.extension}</span>}</span>
        <LineState />
      </header>
      <Trouble />
      {live.length > 1 && (
        <ul class="plain switcher" aria-label={t('workspace.call.all')}>
          {live.map((c) => (
            <li key={c.id}>
              <button type="button" aria-pressed={c.id === call?.id} onClick={() => void attempt(() => phone.unhold(c.id))}>
                <Icon name={c.held ? 'pause' : 'phone'} size={16} /><Title call={c} />
                <span class="soft small">{c.held ? t('workspace.call.on_hold') : t('workspace.call.talking')}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {call ? <InCall key={call.id} call={call} /> : wrap ? <WrapUp until={wrap.until} mustTag={wrap.mustTag} /> : <Dialler />}
    </aside>
  );
}

function Title({ call }: { call: phone.PhoneCall }) {
  const { title } = useTitle(call);
  return <span class="cut grow strong" title={title}>{title}</span>;
}

/** Where the phone is not in sight (a narrow page), the call is: a bar above the screen. */
export function CallBar() {
  const call = phone.current.value;
  if (!call || call.state === 'ended' || place.value.path === '/') return null;
  return (
    <div class="call-bar" role="region" aria-label={t('workspace.call.current')}>
      <Link to="/" class="grow row"><Icon name="phone" /><Title call={call} />{call.answeredAt !== null && <Timer since={call.answeredAt} />}</Link>
      {call.state === 'in_call' && <IconButton icon={call.muted ? 'micoff' : 'mic'} label={call.muted ? t('workspace.call.unmute') : t('workspace.call.mute')} aria-pressed={call.muted} onClick={() => void attempt(() => (call.muted ? phone.unmute(call.id) : phone.mute(call.id)))} />}
      <IconButton icon="hangup" kind="bad" label={t('workspace.call.hangup')} onClick={() => void attempt(() => phone.hangup(call.id))} />
    </div>
  );
}
