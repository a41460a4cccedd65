// A new user, with an extension that is free (SPEC X1).
import { useEffect, useState } from 'preact/hooks';
import { api, type Schemas } from '../../../api/client';
import { session } from '../../../entry/signed';
import { t } from '../../../i18n/words';
import { Banner, Button, Copy, Facts, Refusal } from '../../../parts/basic';
import { CheckField, SelectField, TextField } from '../../../parts/fields';
import { Dialog, FormDialog } from '../../../parts/over';
import { navigate } from '../../../parts/router';
import { roleName } from '../badges';
import { aboutAny, useDoing } from '../doing';
import { roles, type User } from './ask';
import { ExtensionHint } from './extension';

/** A password that people can read out: 20 characters without the ones that look alike. */
export function newPassword(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
  const random = crypto.getRandomValues(new Uint8Array(20));
  return [...random].map((b) => letters[b % letters.length]).join('').replace(/(.{5})(?=.)/g, '$1-');
}

export function AddUser({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [extension, setExtension] = useState('');
  const [role, setRole] = useState<User['role']>('agent');
  const [signIn, setSignIn] = useState(true);
  const [made, setMade] = useState<{ user: User; password: string } | null>(null);
  const doing = useDoing();
  useEffect(() => { api.get('/api/v1/extensions/next').then((e) => setExtension((was) => was || e.extension), () => {}); }, []);
  const add = () => doing.run('add', async () => {
    const password = signIn ? newPassword() : '';
    const body: Schemas['UserCreate'] = { name, email, role, ...(extension ? { extension } : {}), ...(password ? { password } : {}) };
    setMade({ user: await api.post('/api/v1/users', { body }), password });
  }).then(() => undefined);
  if (made) return <Welcome {...made} />;
  const p = doing.problem;
  const owner = session.value?.user === null || session.value?.user?.role === 'owner';
  return (
    <FormDialog title={t('numbers.users.add')} onClose={onClose} onSubmit={add} submit={t('numbers.users.add_go')} busy={doing.busy !== ''} why={!name.trim() ? t('numbers.fill_name') : /.@./.test(email) ? undefined : t('numbers.users.fill_email')}>
      {p && !aboutAny(p, ['name', 'email', 'extension', 'role', 'password']) && <Refusal problem={p} />}
      <TextField label={t('numbers.users.name')} autocomplete="off" autofocus maxLength={200} value={name} onValue={setName} error={p?.about('name')} />
      <TextField label={t('numbers.users.email')} type="email" autocomplete="off" value={email} onValue={setEmail} error={p?.about('email')} />
      <div class="office-two tight">
        <div class="stack tight">
          <TextField label={t('numbers.users.extension')} inputmode="numeric" maxLength={3} value={extension} onValue={setExtension} error={p?.about('extension')} />
          <ExtensionHint extension={extension} />
        </div>
        <SelectField label={t('numbers.users.role')} value={role} onValue={(v) => setRole(v as User['role'])} hint={t(`numbers.role_means.${role}`)} error={p?.about('role')} choices={roles.filter((r) => owner || r !== 'owner').map((r) => ({ value: r, label: roleName(r) }))} />
      </div>
      <CheckField label={t('numbers.users.sign_in')} hint={t('numbers.users.sign_in_hint')} checked={signIn} onValue={setSignIn} />
    </FormDialog>
  );
}

/** What to tell the new user: the password is shown this once. */
function Welcome({ user, password }: { user: User; password: string }) {
  const open = () => navigate(`/dashboard/users/${user.id}`);
  const text = `${location.origin}/\n${user.email}${password ? `\n${password}` : ''}`;
  return (
    <Dialog title={t('numbers.users.added', { name: user.name })} onClose={open} actions={<><span class="grow" /><Button kind="primary" onClick={open}>{t('numbers.users.open')}</Button></>}>
      <div class="stack">
        <p>{t('numbers.users.tell')}</p>
        <Facts facts={[[t('numbers.users.address'), `${location.origin}/`], [t('numbers.users.email'), user.email], [t('numbers.users.password'), password && <span class="mono">{password}</span>], [t('numbers.users.extension'), user.extension]]} />
        <div class="row"><Copy text={text} label={t('numbers.users.copy_all')} /></div>
        {password && <Banner tone="warn">{t('numbers.users.once')}</Banner>}
      </div>
    </Dialog>
  );
}
