// Keys that work everywhere, unless one types.
import { useEffect } from 'preact/hooks';
import { navigate } from '../parts/router';
import * as phone from '../phone/phone';
import { kept } from '../phone/kept';
import { attempt } from './act';

/** Whether keys belong to what has the focus. */
export function typing(target: EventTarget | null): boolean {
  const el = target as { tagName?: string; isContentEditable?: boolean; type?: string } | null;
  if (!el?.tagName) return false;
  if (el.isContentEditable || el.tagName === 'TEXTAREA' || el.tagName === 'SELECT') return true;
  return el.tagName === 'INPUT' && !['checkbox', 'radio', 'button', 'range'].includes(el.type ?? 'text');
}

/** Puts the caret into the dialler, once its page is drawn: how long that takes is the machine's. */
function toDialler(tries = 100): void {
  const box = document.querySelector<HTMLInputElement>('#dial-to');
  if (box) box.focus();
  else if (tries > 0) setTimeout(() => toDialler(tries - 1), 50);
}

function act(key: string): boolean {
  const rings = phone.incoming.value[0];
  if (rings && key === kept.value.answerKey) return void attempt(() => phone.answer(rings.id)), true;
  if (rings && key === kept.value.declineKey) return void attempt(() => phone.decline(rings.id)), true;
  const c = phone.current.value;
  if (c?.state === 'in_call') {
    if (key === 'm') return void attempt(() => (c.muted ? phone.unmute(c.id) : phone.mute(c.id))), true;
    if (key === 'h') return void attempt(() => (c.held ? phone.unhold(c.id) : phone.hold(c.id))), true;
    if (/^[0-9*#]$/.test(key)) return void attempt(() => phone.sendDigits(c.id, key)), true;
  }
  if (key === '/') {
    phone.clearEnded();
    if (!document.querySelector('#dial-to')) navigate('/');
    setTimeout(() => toDialler());
    return true;
  }
  return false;
}

/** Listens for the keys: A answer, D decline (both can be changed), M mute, H hold, digits in a call, / the dialler. */
export function useShortcuts(): void {
  useEffect(() => {
    const hear = (e: KeyboardEvent) => {
      if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || e.repeat || typing(e.target) || document.querySelector('dialog[open]')) return;
      if (act(e.key.toLowerCase())) e.preventDefault();
    };
    addEventListener('keydown', hear);
    return () => removeEventListener('keydown', hear);
  }, []);
}
