// A call under way: what can be done with it, and what is written about it (API.md section 18, screen 3).
import { useState } from 'preact/hooks';
import { t } from '../i18n/words';
import { Avatar, Button, Icon, Timer } from '../parts/basic';
import type { IconName } from '../parts/icons';
import { lazy } from '../parts/router';
import * as phone from '../phone/phone';
import { attempt } from './act';
import { CallNotes } from './notes';
import { Keypad } from './dialler';
import { About, useTitle } from './incoming';
import { useCall } from './state';

const Transfer = lazy(async () => (await import('./transfer')).Transfer, () => null);

function Tool({ icon, label, on, onClick, why }: { icon: IconName; label: string; on?: boolean; onClick: () => void; why?: string | undefined }) {
  return (
    <button type="button" class={`tool ${on ? 'on' : ''}`} aria-pressed={on === undefined ? undefined : on} aria-disabled={why ? true : undefined} title={why} onClick={() => { if (!why) onClick(); }}>
      <span><Icon name={icon} size={22} /></span>{label}
    </button>
  );
}

/** How the call sounds, in a dot and a word. */
function QualityMark({ call }: { call: phone.PhoneCall }) {
  if (!call.quality || call.state !== 'in_call' || call.held) return null;
  const words = { good: t('workspace.quality.good'), fair: t('workspace.quality.fair'), poor: t('workspace.quality.poor') }[call.quality];
  return <span class={`quality ${call.quality}`} role="img" aria-label={words} title={words}><i /><i /><i /></span>;
}

function stateWords(c: phone.PhoneCall): string {
  if (c.state === 'suspended' || (c.resuming && c.state !== 'ended')) return t('workspace.call.resuming');
  if (c.state === 'dialling') return t('workspace.call.dialling');
  if (c.state === 'ringing') return t('workspace.call.ringing');
  if (c.state === 'ended') return c.refused ? refusedWords(c.refused.status, c.refused.text) : t('workspace.call.ended');
  return c.held ? t('workspace.call.on_hold') : t('workspace.call.in_call');
}

/** Why a call out did not come about. The server's own words come with what it refused itself. */
export function refusedWords(status: number, text: string): string {
  if (status === 486 || status === 600) return t('workspace.refused.busy');
  if (status === 404 || status === 604 || status === 484) return t('workspace.refused.unknown');
  if (status === 408 || status === 480) return t('workspace.refused.no_answer');
  if (status === 603 || status === 607) return t('workspace.refused.declined');
  if (status === 403) return text && text !== 'Forbidden' ? text : t('workspace.refused.forbidden');
  if (status === 488) return t('workspace.refused.media');
  return t('workspace.refused.failed');
}

export function InCall({ call }: { call: phone.PhoneCall }) {
  const [drawer, setDrawer] = useState<'keypad' | 'transfer' | null>(null);
  const over = call.state === 'ended';
  const talks = call.state === 'in_call';
  const notYet = talks ? undefined : t('workspace.call.not_yet');
  return (
    <section class={`in-call ${call.state} ${call.held ? 'held' : ''}`} aria-label={t('workspace.call.current')}>
      <Who call={call} />
      <p class="call-state" role="status">
        <span>{stateWords(call)}</span>
        {call.answeredAt !== null && !over && <Timer since={call.answeredAt} />}
        <QualityMark call={call} />
      </p>
      {call.deaf && talks && <p class="hint warn row"><Icon name="micoff" size={16} /> {t('workspace.call.deaf')}</p>}
      {!over && (
        <div class="tools" role="group" aria-label={t('workspace.call.tools')}>
          <Tool icon={call.muted ? 'micoff' : 'mic'} label={call.muted ? t('workspace.call.unmute') : t('workspace.call.mute')} on={call.muted} why={notYet} onClick={() => void attempt(() => (call.muted ? phone.unmute(call.id) : phone.mute(call.id)))} />
          <Tool icon={call.held ? 'play' : 'pause'} label={call.held ? t('workspace.call.unhold') : t('workspace.call.hold')} on={call.held} why={notYet} onClick={() => void attempt(() => (call.held ? phone.unhold(call.id) : phone.hold(call.id)))} />
          <Tool icon="keypad" label={t('workspace.call.keypad')} on={drawer === 'keypad'} why={notYet} onClick={() => setDrawer(drawer === 'keypad' ? null : 'keypad')} />
          <Tool icon="transfer" label={t('workspace.call.transfer')} why={notYet ?? (call.callID ? undefined : t('workspace.call.not_yet'))} onClick={() => setDrawer('transfer')} />
        </div>
      )}
      {drawer === 'keypad' && talks && (
        <div class="stack">
          <p class="digits num" aria-live="polite">{call.digits || ' '}</p>
          <Keypad onDigit={(d) => void attempt(() => phone.sendDigits(call.id, d))} />
        </div>
      )}
      {!over && <Button kind="bad" icon="hangup" class="call-button" onClick={() => void attempt(() => phone.hangup(call.id))}>{call.state === 'dialling' || call.state === 'ringing' ? t('core.cancel') : t('workspace.call.hangup')}</Button>}
      {drawer === 'transfer' && call.callID && talks && <Transfer callID={call.callID} onClose={() => setDrawer(null)} />}
      {call.callID && <AboutCall id={call.callID} />}
    </section>
  );
}

/** Who it is: what the call's record says, or else what came with the call. */
function Who({ call }: { call: phone.PhoneCall }) {
  const { title, sub } = useTitle(call);
  return (
    <header class="who">
      <Avatar name={title} size={72} />
      <h2 class="cut" title={title}>{title}</h2>
      {sub && <p class="soft num cut" title={sub}>{sub}</p>}
    </header>
  );
}

/** What is written of the call, and what is known of who it is with. */
function AboutCall({ id }: { id: string }) {
  const call = useCall(id).data;
  return (
    <div class="stack about-call">
      {call && <CallNotes call={call} />}
      <About id={id} />
    </div>
  );
}
