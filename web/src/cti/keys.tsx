// Twelve keys.
import { t } from '../i18n/words';

const letters: Record<string, string> = { 2: 'ABC', 3: 'DEF', 4: 'GHI', 5: 'JKL', 6: 'MNO', 7: 'PQRS', 8: 'TUV', 9: 'WXYZ', 0: '+' };

/** Twelve keys. */
export function Keys({ onKey }: { onKey: (key: string) => void }) {
  return (
    <div class="cti-keys" role="group" aria-label={t('cti.call.keypad')}>
      {[...'123456789*0#'].map((k) => <button key={k} type="button" onClick={() => onKey(k)}><b>{k}</b><small aria-hidden="true">{letters[k] ?? '\u00a0'}</small></button>)}
    </div>
  );
}
