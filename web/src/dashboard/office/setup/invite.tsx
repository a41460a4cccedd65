// Colleagues: each gets an extension and a first password, which are shown here once.
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../../../api/client';
import { t } from '../../../i18n/words';
import { Avatar, Banner, Button, Copy, Refusal } from '../../../parts/basic';
import { TextField } from '../../../parts/fields';
import { aboutAny, useDoing } from '../doing';
import { newPassword } from '../user/add';

interface Added { user: Schemas['UserObject']; password: string }

const card = (a: Added) => `${a.user.name}\n${location.origin}/\n${a.user.email}\n${a.password}`;

export function Invite() {
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [added, setAdded] = useState<Added[]>([]);
  const doing = useDoing();
  const p = doing.problem;
  const why = !name.trim() ? t('numbers.fill_name') : /.@./.test(email) ? undefined : t('numbers.users.fill_email');
  const add = () => void doing.run('add', async () => {
    const password = newPassword();
    const user = await api.post('/api/v1/users', { body: { name, email, password } });
    setAdded((all) => [...all, { user, password }]);
    setName('');
    setEmail('');
  });
  return (
    <div class="stack">
      <h1>{t('numbers.setup.people_title')}</h1>
      <p class="soft">{t('numbers.setup.people_text')}</p>
      <form class="stack" noValidate onSubmit={(e) => { e.preventDefault(); if (!why) add(); }}>
        <div class="office-two tight">
          <TextField label={t('numbers.users.name')} maxLength={200} autocomplete="off" value={name} onValue={setName} error={p?.about('name')} />
          <TextField label={t('numbers.users.email')} type="email" autocomplete="off" value={email} onValue={setEmail} error={p?.about('email')} />
        </div>
        {p && !aboutAny(p, ['name', 'email']) && <Refusal problem={p} />}
        <div class="row"><Button icon="plus" type="submit" busy={doing.busy !== ''} why={why}>{t('numbers.users.add_go')}</Button></div>
      </form>
      {added.length > 0 && (
        <>
          <ul class="plain office-list">{added.map((a) => <li key={a.user.id} class="row wrap"><Avatar name={a.user.name} size={34} /><span class="stack tight grow"><strong class="cut" title={a.user.name}>{a.user.name}</strong><span class="soft small cut">{t('numbers.user.ext', { extension: a.user.extension })} · {a.user.email}</span></span><span class="mono">{a.password}</span><Copy text={card(a)} label={t('numbers.copy')} /></li>)}</ul>
          <Banner tone="warn" action={<Copy text={added.map(card).join('\n\n')} label={t('numbers.users.copy_all')} />}>{t('numbers.setup.passwords_once')}</Banner>
        </>
      )}
    </div>
  );
}
