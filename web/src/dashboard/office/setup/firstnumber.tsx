// The first number.
import { useState } from 'preact/hooks';
import { api } from '../../../api/client';
import { t } from '../../../i18n/words';
import { Button, Refusal } from '../../../parts/basic';
import { TextField } from '../../../parts/fields';
import { aboutAny, useDoing } from '../doing';

export function FirstNumber({ onDone }: { onDone: () => void }) {
  const [e164, setE164] = useState('+33');
  const [name, setName] = useState('');
  const doing = useDoing();
  const p = doing.problem;
  const why = e164.replace(/\D/g, '').length > 4 ? undefined : t('numbers.add.fill');
  const add = async () => {
    if (await doing.run('add', () => api.post('/api/v1/numbers', { body: { e164: e164.replace(/[\s.\-()]/g, ''), name, kind: 'shared' } }))) onDone();
  };
  return (
    <form class="stack" noValidate onSubmit={(e) => { e.preventDefault(); if (!why) void add(); }}>
      <h1>{t('numbers.setup.number_title')}</h1>
      <p class="soft">{t('numbers.setup.number_text')}</p>
      <div class="office-two tight">
        <TextField label={t('numbers.add.number')} hint={t('numbers.add.number_hint')} type="tel" autofocus value={e164} onValue={setE164} error={p?.about('e164')} />
        <TextField label={t('numbers.add.name')} hint={t('numbers.add.name_hint')} maxLength={100} value={name} onValue={setName} error={p?.about('name')} />
      </div>
      {p && !aboutAny(p, ['e164', 'name']) && <Refusal problem={p} />}
      <div class="row"><Button kind="primary" type="submit" busy={doing.busy !== ''} why={why}>{t('numbers.add.go')}</Button></div>
    </form>
  );
}
