// Two people edit one flow (SPEC F21): the difference is shown, and the second one chooses.
import { useState } from 'preact/hooks';
import type { Problem, Schemas } from '../api/client';
import { t } from '../i18n/words';
import { Button, Refusal } from '../parts/basic';
import { Dialog } from '../parts/over';
import { useDesk } from './desk';
import { difference, type Difference } from './diff';
import { DifferenceView } from './differenceview';
import type { FlowDocument } from './model';
import { asProblem } from './draft';

/** Somebody else kept the draft while ours had changes. */
export function Clash() {
  const { draft } = useDesk();
  const [problem, setProblem] = useState<Problem>();
  const theirs = draft.theirs.value;
  if (!theirs) return null;
  const them = theirs.draft.document as unknown as FlowDocument;
  const mine = draft.doc.value!;
  const settle = (who: 'mine' | 'theirs') => draft.settle(who).catch((e: unknown) => setProblem(asProblem(e)));
  return (
    <Dialog title={t('flow.clash.title')} wide onClose={() => undefined} actions={<>
      <span class="grow" />
      <Button onClick={() => void settle('theirs')}>{t('flow.clash.theirs')}</Button>
      <Button kind="primary" onClick={() => void settle('mine')}>{t('flow.clash.mine')}</Button>
    </>}>
      <div class="stack"><p>{t('flow.clash.text')}</p><Refusal problem={problem} /><DifferenceView d={difference(them, mine)} before={them} after={mine} /></div>
    </Dialog>
  );
}

/** Somebody else published while this draft was made. */
export function Stale({ problem, onSettle }: { problem: Problem; onSettle: (base: number | null) => void }) {
  const { draft } = useDesk();
  const d = problem.difference as Difference | undefined;
  const base = Number((d as Schemas['FlowDifference'] | undefined)?.to ?? 0);
  const drop = async () => {
    onSettle(null);
    await draft.drop();
  };
  return (
    <Dialog title={t('flow.stale.title')} wide onClose={() => onSettle(null)} actions={<>
      <Button onClick={() => onSettle(null)}>{t('core.cancel')}</Button><span class="grow" />
      <Button onClick={() => void drop()}>{t('flow.stale.theirs')}</Button>
      <Button kind="primary" why={base > 0 ? undefined : t('flow.stale.unknown')} onClick={() => onSettle(base)}>{t('flow.stale.mine')}</Button>
    </>}>
      <div class="stack"><p>{problem.detail}</p><p class="soft">{t('flow.stale.text')}</p>{d && <DifferenceView d={d} before={draft.doc.value!} after={draft.doc.value!} />}</div>
    </Dialog>
  );
}
