// The keys of the editor (SPEC F17).
import { t, type Key } from '../i18n/words';
import { Dialog } from '../parts/over';

const all: [Key, string[][]][] = [
  ['flow.keys.move', [['←'], ['↑'], ['→'], ['↓']]], ['flow.keys.start', [['Home']]], ['flow.keys.open', [['Enter']]], ['flow.keys.add', [['+'], ['Insert']]], ['flow.keys.branch', [['B']]],
  ['flow.keys.remove', [['Delete']]], ['flow.keys.shift', [['Alt', '↑'], ['Alt', '↓']]], ['flow.keys.back', [['Esc']]], ['flow.keys.undo', [['Ctrl', 'Z']]], ['flow.keys.redo', [['Ctrl', 'Shift', 'Z']]], ['flow.keys.keep', [['Ctrl', 'S']]], ['flow.keys.help', [['?']]],
];

/** Lists the keys. */
export function KeysHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t('flow.keys.title')} onClose={onClose}>
      <dl class="flow-keys">
        {all.map(([key, combos]) => <div key={key}><dt>{t(key)}</dt><dd>{combos.map((c, i) => <span key={i}>{c.map((k, j) => <span key={k}>{j > 0 && ' + '}<kbd>{k}</kbd></span>)} </span>)}</dd></div>)}
      </dl>
    </Dialog>
  );
}
