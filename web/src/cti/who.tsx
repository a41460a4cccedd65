// Whose panel it is: signing in beside a page of others, and the window in which that happens.
import { useEffect, useState } from 'preact/hooks';
import { api, Problem } from '../api/client';
import { findSession, session } from '../entry/signed';
import { t } from '../i18n/words';
import { Banner, Button, Spinner } from '../parts/basic';
import { TextField } from '../parts/fields';
import { framed } from './parent';

const handed = 'tandem-handoff';

function Frame({ title, children }: { title: string; children: preact.ComponentChildren }) {
  return (
    <main class="cti-gate">
      <p class="cti-brand"><img src="/page/icon.svg" alt="" width="28" height="28" /> Tandem</p>
      <h1>{title}</h1>
      {children}
    </main>
  );
}

function Form({ done }: { done: () => Promise<void> }) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const go = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await api.post('/api/v1/session', { body: { email, password } });
      await done();
    } catch (e) {
      setProblem(e instanceof Problem ? e : new Problem(0, { code: 'page', title: String(e) }));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="stack" noValidate onSubmit={(e) => { e.preventDefault(); if (email && password && !busy) void go(); }}>
      {problem && <Banner tone="bad">{problem.code === 'offline' ? t('core.offline') : problem.retryAfter ? t('core.login.wait', { n: problem.retryAfter }) : problem.detail || problem.title}</Banner>}
      <TextField label={t('core.login.email')} type="email" autocomplete="username" required value={email} onValue={setEmail} />
      <TextField label={t('core.login.password')} type="password" autocomplete="current-password" required value={password} onValue={setPassword} />
      <Button kind="primary" type="submit" busy={busy} why={email && password ? undefined : t('core.login.fill')}>{t('core.login.go')}</Button>
    </form>
  );
}

/** The window of our own in which one signs in for a panel: there the browser keeps the password, and no page of others is around. */
export function SignInWindow() {
  const [problem, setProblem] = useState('');
  const who = session.value;
  const opener = window.opener as Window | null;
  const hand = async () => {
    try {
      const { code } = await api.post('/api/v1/session/handoff');
      opener?.postMessage({ [handed]: code }, location.origin);
      window.close();
    } catch (e) {
      setProblem(e instanceof Problem ? e.detail || e.title : String(e));
    }
  };
  if (!opener) return <Frame title={t('core.login.title')}><Banner tone="warn">{t('cti.sign.no_opener')}</Banner></Frame>;
  if (who === undefined) return <Spinner />;
  return (
    <Frame title={t('core.login.title')}>
      {problem && <Banner tone="bad">{problem}</Banner>}
      {who?.user ? <>
        <p class="soft">{t('cti.sign.as', { name: who.user.name })}</p>
        <Button kind="primary" onClick={() => void hand()}>{t('cti.sign.continue')}</Button>
      </> : <Form done={hand} />}
    </Frame>
  );
}

/** What a panel shows to nobody in particular. */
export function SignIn() {
  const [popup, setPopup] = useState<Window | null>(null);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    if (!popup) return;
    const take = (e: MessageEvent) => {
      const code = (e.data as Record<string, unknown> | null)?.[handed];
      if (e.origin !== location.origin || e.source !== popup || typeof code !== 'string') return;
      void api.post('/api/v1/session/embedded', { body: { code } }).then(findSession).then(() => {
        if (!session.value) setProblem(t('cti.sign.no_cookie'));
      }, (p: unknown) => setProblem(p instanceof Problem ? p.detail || p.title : String(p)));
    };
    addEventListener('message', take);
    const closed = setInterval(() => { if (popup.closed) setPopup(null); }, 500);
    return () => { removeEventListener('message', take); clearInterval(closed); };
  }, [popup]);
  if (!framed) return <Frame title={t('core.login.title')}><Form done={findSession} /></Frame>;
  const open = () => {
    const w = window.open('/cti/login', 'tandem-sign-in', 'popup,width=420,height=560');
    if (w) setPopup(w);
    else setProblem(t('cti.sign.blocked'));
  };
  return (
    <Frame title={t('cti.sign.title')}>
      {problem && <Banner tone="bad">{problem}</Banner>}
      <p class="soft">{t('cti.sign.text')}</p>
      <Button kind="primary" icon="external" busy={popup !== null} onClick={open}>{t('core.login.go')}</Button>
      {popup && <p class="soft small" role="status">{t('cti.sign.waits')}</p>}
    </Frame>
  );
}
