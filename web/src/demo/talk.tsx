// The call on the handset's screen, over everything else.
import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n/words';
import { Avatar, Button, Timer } from '../parts/basic';
import { Keys } from './dialler';
import { act, type HandsetCall } from './state';
import { ring, silent } from './bell';

/** A call that rings, that was dialled, or in which somebody talks. */
export function Talk({ call }: { call: HandsetCall }) {
  const [keys, setKeys] = useState(false);
  const comes = call.direction === 'inbound' && call.state !== 'answered';
  const name = call.peer_display || t('demo.handset.hidden');
  useEffect(() => {
    if (!comes) return;
    ring();
    return silent;
  }, [comes]);
  return (
    <section class={`talk ${comes ? 'comes' : ''}`} role={comes ? 'alertdialog' : 'region'} aria-label={t(comes ? 'demo.handset.rings' : 'demo.handset.in_call')}>
      <div class="talk-who">
        <Avatar name={name.replace(/[^\p{L}]/gu, '') || '#'} size={88} />
        <p class="talk-name cut" title={name}>{name}</p>
        <p class="soft" aria-live="polite">
          {call.state === 'answered' && call.answered_at ? <Timer since={call.answered_at} /> : comes ? t('demo.handset.comes_in') : t(call.state === 'ringing' ? 'demo.handset.rings_there' : 'demo.handset.calling')}
        </p>
      </div>
      {call.state === 'answered' && (keys ? <Keys onKey={(k) => void act('press', { text: k })} /> : <p class="soft small talk-note">{t('demo.handset.talks_itself')}</p>)}
      <div class="talk-keys">
        {comes ? <>
          <figure><Button kind="bad" icon="hangup" class="round" aria-label={t('demo.handset.decline')} onClick={() => void act('decline')} /><figcaption aria-hidden="true">{t('demo.handset.decline')}</figcaption></figure>
          <figure><Button kind="good" icon="phone" class="round" aria-label={t('demo.handset.answer')} onClick={() => void act('answer')} /><figcaption aria-hidden="true">{t('demo.handset.answer')}</figcaption></figure>
        </> : <>
          {call.state === 'answered' && <figure><Button icon="keypad" class="round" aria-pressed={keys} aria-label={t('demo.handset.keypad')} onClick={() => setKeys(!keys)} /><figcaption aria-hidden="true">{t('demo.handset.keypad')}</figcaption></figure>}
          <figure><Button kind="bad" icon="hangup" class="round" aria-label={t('demo.handset.hang_up')} onClick={() => void act('hang_up')} /><figcaption aria-hidden="true">{t('demo.handset.hang_up')}</figcaption></figure>
        </>}
      </div>
    </section>
  );
}
