// What is wrong with the flow, or may be; each line leads to its node (SPEC F8).
import { t } from '../i18n/words';
import { Empty, Icon, Refusal } from '../parts/basic';
import { useDesk } from './desk';
import { holeText, issueText, nameIn } from './tell';

interface Line { node: string; tone: 'bad' | 'warn'; text: string; key: string }

/** The issues, errors first. */
export function Issues() {
  const { draft, show } = useDesk();
  const doc = draft.doc.value!;
  const holes = draft.open.value.map((u): Line => ({ node: u.node, tone: 'bad', text: holeText(u.hole), key: `${u.node} ${u.hole}` }));
  const unfinished = new Set(holes.map((h) => h.node));
  const told = draft.issues.value.filter((p) => !unfinished.has(p.node)).map((p): Line => ({ node: p.node, tone: p.severity === 'error' ? 'bad' : 'warn', text: issueText(p, doc), key: `${p.code} ${p.path}` }));
  const lines = [...holes, ...told].sort((a, b) => Number(a.tone === 'warn') - Number(b.tone === 'warn'));
  const errors = lines.filter((l) => l.tone === 'bad').length;
  return (
    <div class="stack">
      <header class="flow-panel-head"><h2>{t('flow.issues.title')}</h2></header>
      {draft.refusal.value && <Refusal problem={draft.refusal.value} />}
      {lines.length === 0 ? <Empty icon="check" title={t('flow.issues.none')}>{t('flow.issues.none_text')}</Empty> : <p class="soft small">{errors > 0 ? t('flow.issues.blocked') : t('flow.issues.allowed')}</p>}
      <ul class="plain flow-issues">
        {lines.map((l) => (
          <li key={l.key}>
            <button type="button" class={`flow-issue ${l.tone}`} disabled={l.node === ''} onClick={() => { draft.selected.value = l.node; show('node'); }}>
              <Icon name="warning" size={16} /><span class="grow"><b>{l.node ? nameIn(doc, l.node) : t('flow.issues.whole')}</b><span class="wrap-any">{l.text}</span><span class="sr">{l.tone === 'bad' ? t('flow.issues.error') : t('flow.issues.warning')}</span></span>{l.node && <Icon name="right" size={16} />}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
