// The question that a newly bought French mobile number asks when its distribution is first opened (SPEC D3, D12).
import { useState } from 'preact/hooks';
import { api } from '../../../api/client';
import { t, type Key } from '../../../i18n/words';
import { Button, Icon, Refusal } from '../../../parts/basic';
import type { IconName } from '../../../parts/icons';
import { Dialog, toast } from '../../../parts/over';
import { useDoing } from '../doing';
import { act, type Held } from './ask';
import { ConvertDialog } from './convert';

const ways: { value: 'direct' | 'shared'; icon: IconName; title: Key; text: Key; more: Key }[] = [
  { value: 'direct', icon: 'user', title: 'numbers.setup_question.direct', text: 'numbers.setup_question.direct_text', more: 'numbers.setup_question.direct_more' },
  { value: 'shared', icon: 'team', title: 'numbers.setup_question.shared', text: 'numbers.setup_question.shared_text', more: 'numbers.setup_question.shared_more' },
];

export function SetupQuestion(held: Held & { onClose: () => void }) {
  const { number: n, etag, onClose } = held;
  const [way, setWay] = useState<'direct' | 'shared' | ''>('');
  const [user, setUser] = useState(false);
  const doing = useDoing();
  const go = async () => {
    if (way === 'direct') {
      setUser(true);
      return;
    }
    if (await doing.run('keep', () => act(n.id, () => api.post('/api/v1/numbers/{id}/keep-shared', { path: { id: n.id }, ifMatch: etag })))) {
      toast(t('numbers.setup_question.kept', { number: n.display }), 'good');
      onClose();
    }
  };
  if (user) return <ConvertDialog {...held} />;
  return (
    <Dialog title={t('numbers.setup_question.title', { number: n.display })} onClose={onClose} wide actions={<>
      <Button kind="quiet" onClick={onClose}>{t('numbers.setup_question.later')}</Button><span class="grow" />
      <Button kind="primary" busy={doing.busy !== ''} onClick={() => void go()} why={way ? undefined : t('numbers.setup_question.choose')}>{t('numbers.setup_question.go')}</Button>
    </>}>
      <div class="stack">
        <p>{t('numbers.setup_question.text')}</p>
        {doing.problem && <Refusal problem={doing.problem} />}
        <fieldset class="office-ways"><legend class="sr">{t('numbers.setup_question.title', { number: n.display })}</legend>
          {ways.map((w) => (
            <label key={w.value} class={`office-way ${way === w.value ? 'on' : ''}`}>
              <input type="radio" name="way" value={w.value} checked={way === w.value} onChange={() => setWay(w.value)} />
              <span class="office-way-icon"><Icon name={w.icon} size={26} /></span>
              <span class="stack tight"><strong>{t(w.title)}</strong><span>{t(w.text)}</span><span class="soft small">{t(w.more)}</span></span>
            </label>
          ))}
        </fieldset>
      </div>
    </Dialog>
  );
}
