// The page of the Workspace and of the Dashboard: which of them, who is signed in, and what to show until that is known.
import './style/base.css';
import './parts/parts.css';
import './style/app.css';
import { render } from 'preact';
import { findSession, firstImpression, lost, runsTheOffice, session } from './entry/signed';
import { Gate, Login } from './entry/login';
import { language, needWords, setLanguage, t } from './i18n/words';
import { Button, Empty, Link, Refusal, Spinner } from './parts/basic';
import { Questions, Toasts } from './parts/over';
import { lazy, navigate, place } from './parts/router';
import { Workspace } from './workspace/workspace';

const Dashboard = lazy(async () => {
  await needWords('dashboard', 'numbers');
  return (await import('./dashboard/dashboard')).Dashboard;
}, () => <Spinner />);
const Setup = lazy(async () => {
  await needWords('dashboard', 'numbers');
  return (await import('./dashboard/office/setup')).Setup;
}, () => <Spinner />);

function Page() {
  const { path } = place.value;
  const who = session.value;
  if (path === '/setup') return <Setup />;
  if (path === '/login') return <Login />;
  if (lost.value && who === undefined) return <Gate title={t('core.lost.title')}><Refusal problem={lost.value} retry={() => void findSession()} /></Gate>;
  if (who === undefined) return <Spinner />;
  if (who === null) {
    queueMicrotask(() => navigate(`/login?to=${encodeURIComponent(path + location.search)}`, 'replace'));
    return <Spinner />;
  }
  if (path.startsWith('/dashboard')) {
    if (runsTheOffice()) return <Dashboard />;
    return <Gate title={t('core.not_yours.title')}><Empty icon="lock" title={t('core.not_yours.text')} action={<Link class="btn primary" to="/">{t('core.not_yours.back')}</Link>} /></Gate>;
  }
  if (who.user === null) { // a program's key, or the key of the configuration: there is no phone for it
    queueMicrotask(() => navigate('/dashboard', 'replace'));
    return <Spinner />;
  }
  return <Workspace />;
}

function Failed({ error }: { error: unknown }) {
  return <Gate title="Tandem"><p>{String(error)}</p><Button kind="primary" onClick={() => location.reload()}>↻</Button></Gate>;
}

async function start() {
  const root = document.getElementById('page')!;
  try {
    language.value = firstImpression();
    await needWords('core', 'workspace');
    await setLanguage(language.value);
    document.documentElement.lang = language.value;
    render(<><Page /><Toasts /><Questions /></>, root);
    if (place.value.path !== '/setup') await findSession();
  } catch (e) {
    render(<Failed error={e} />, root);
  }
}

void start();
