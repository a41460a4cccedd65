// The dialler of the handset: its keypad, and its own list of calls.
import { useState } from 'preact/hooks';
import { ago, t } from '../i18n/words';
import { Button, Icon, IconButton } from '../parts/basic';
import { act, handset, linesOf, type HandsetLine } from './state';

const letters: Record<string, string> = { 2: 'ABC', 3: 'DEF', 4: 'GHI', 5: 'JKL', 6: 'MNO', 7: 'PQRS', 8: 'TUV', 9: 'WXYZ', 0: '+' };

/** The twelve keys. */
export function Keys({ onKey }: { onKey: (key: string) => void }) {
  return (
    <div class="keys" role="group" aria-label={t('demo.handset.keypad')}>
      {[...'123456789*0#'].map((k) => <button key={k} type="button" class="key" onClick={() => onKey(k)}><b>{k}</b><small aria-hidden="true">{letters[k] ?? ' '}</small></button>)}
    </div>
  );
}

/** The keypad of the native dialler. */
export function Keypad() {
  const [number, setNumber] = useState('');
  const go = () => void act('dial', { to: number }).then((done) => { if (done) setNumber(''); });
  return (
    <form class="keypad" onSubmit={(e) => { e.preventDefault(); if (number) go(); }}>
      <div class="typed">
        <input type="tel" autocomplete="off" aria-label={t('demo.handset.number')} placeholder={t('demo.handset.number')} value={number} maxLength={32} onInput={(e) => setNumber(e.currentTarget.value)} />
        {number && <IconButton icon="left" small label={t('demo.handset.erase')} onClick={() => setNumber(number.slice(0, -1))} />}
      </div>
      <Keys onKey={(k) => setNumber(number + k)} />
      <Button kind="good" icon="phone" type="submit" class="round" aria-label={t('demo.handset.call')} why={number ? undefined : t('demo.handset.type_first')} />
    </form>
  );
}

const icons = { missed: 'missed', received: 'in', declined: 'close', dialled: 'out' } as const;

function Line({ line }: { line: HandsetLine & { times: number } }) {
  const name = line.peer_display || t('demo.handset.hidden');
  return (
    <li class={`line ${line.kind}`}>
      <Icon name={icons[line.kind]} />
      <div class="grow stack tight">
        <span class="cut strong" title={name}>{name}{line.times > 1 && ` (${line.times})`}</span>
        <span class="small soft">{t(`demo.handset.${line.kind}`)} · {ago(line.at)}</span>
      </div>
      {line.peer && <IconButton icon="phone" label={t('demo.handset.call_back', { name })} onClick={() => void act('dial', { to: line.peer })} />}
    </li>
  );
}

/** The handset's own list of calls (SPEC E11). */
export function Recents() {
  const lines = linesOf(handset.value?.calls ?? []);
  if (lines.length === 0) return <div class="nothing"><Icon name="history" size={28} /><p class="soft">{t('demo.handset.no_calls')}</p></div>;
  return <ul class="plain lines" aria-label={t('demo.handset.recents')}>{lines.map((l) => <Line key={`${l.at}${l.peer}`} line={l} />)}</ul>;
}
