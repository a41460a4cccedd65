// The way in.
import { useState } from 'preact/hooks';
import { api, Problem } from '../api/client';
import { t } from '../i18n/words';
import { Banner, Button } from '../parts/basic';
import { TextField } from '../parts/fields';
import { navigate, place } from '../parts/router';
import { findSession } from './signed';

/** Where to go after the way in: a path of ours, and nothing else. */
export function afterLogin(query: URLSearchParams): string {
  const to = query.get('to') ?? '/';
  return /^\/(?![/\\])/.test(to) && !to.startsWith('/login') ? to : '/';
}

/** The frame of what is shown to strangers. */
export function Gate({ title, children }: { title: string; children: preact.ComponentChildren }) {
  return (
    <main class="gate">
      <div class="gate-card">
        <p class="brandmark"><img src="/page/icon.svg" alt="" width="28" height="28" /> Tandem</p>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}

export function Login() {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const go = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await api.post('/api/v1/session', { body: { email, password } });
      await findSession();
      if (window.opener && place.value.query.get('popup')) window.close();
      const to = afterLogin(place.value.query);
      if (/^\/(handset|crm|cti)\b/.test(to)) location.replace(to); // pages of their own
      else navigate(to, 'replace');
    } catch (e) {
      setProblem(e instanceof Problem ? e : new Problem(0, { code: 'page', title: String(e) }));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Gate title={t('core.login.title')}>
      <form class="stack" noValidate onSubmit={(e) => { e.preventDefault(); void go(); }}>
        {problem && <Banner tone="bad">{problem.code === 'offline' ? t('core.offline') : problem.retryAfter ? t('core.login.wait', { n: problem.retryAfter }) : problem.detail || problem.title}</Banner>}
        <TextField label={t('core.login.email')} type="email" autocomplete="username" required autofocus value={email} onValue={setEmail} />
        <TextField label={t('core.login.password')} type="password" autocomplete="current-password" required value={password} onValue={setPassword} />
        <Button kind="primary" type="submit" busy={busy} why={email && password ? undefined : t('core.login.fill')}>{t('core.login.go')}</Button>
      </form>
    </Gate>
  );
}
