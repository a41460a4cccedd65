// The first run: the company and its first administrator, then a carrier, a number, a call flow and colleagues.
import { useEffect, useState } from 'preact/hooks';
import { api, type Schemas } from '../../api/client';
import { useQuery } from '../../api/query';
import { findSession, keepLanguage, session } from '../../entry/signed';
import { language, t, type Language } from '../../i18n/words';
import { Banner, Button, Copy, Icon, Link, Refusal, Spinner } from '../../parts/basic';
import { Segments } from '../../parts/fields';
import { useStyle } from '../head';
import { Begin } from './setup/begin';
import { Carrier } from './setup/carrier';
import { FirstFlow } from './setup/firstflow';
import { FirstNumber } from './setup/firstnumber';
import { Invite } from './setup/invite';

const names = ['company', 'carrier', 'number', 'flow', 'people'] as const;
export type StepName = (typeof names)[number];

/** The key of the link that the program printed. It does not stay in the address bar. */
function takeToken(): string {
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? '';
  if (token) history.replaceState(null, '', '/setup');
  return token;
}

export function Setup() {
  const styled = useStyle('/dashboard.css');
  const [token] = useState(takeToken);
  const [at, setAt] = useState<StepName | ''>('');
  const asked = useQuery('setup', (signal) => api.get('/api/v1/setup', { signal }), ['trunk.created', 'number.*', 'flow.published', 'user.created']);
  useEffect(() => { void findSession().then(asked.refresh); document.title = t('dashboard.setup.title'); }, []);
  const s = asked.data;
  if (!s || !styled || session.value === undefined) return asked.problem ? <Frame at="company" done={[]}><Refusal problem={asked.problem} retry={asked.refresh} /></Frame> : <Spinner />;
  if (s.open) return <Frame at="company" done={[]}>{token ? <Begin token={token} onDone={() => { void findSession().then(asked.refresh); setAt('carrier'); }} /> : <NoLink />}</Frame>;
  if (!session.value) return <Frame at="company" done={['company']}><h1>{t('numbers.setup.there')}</h1><p class="soft">{t('numbers.setup.there_text')}</p><div class="row"><Link class="btn primary" to="/login?to=/setup">{t('core.login.go')}</Link></div></Frame>;
  return <Going steps={s.steps ?? []} at={at} go={setAt} />;
}

/** The steps that follow the first: each can be left for later. */
function Going({ steps, at, go }: { steps: Schemas['SetupStep'][]; at: StepName | ''; go: (s: StepName) => void }) {
  const done: StepName[] = ['company', ...steps.filter((s) => s.done).map((s) => s.name)];
  const now = at || (steps.find((s) => !s.done)?.name ?? 'people');
  const next = names[names.indexOf(now) + 1];
  const on = () => { if (next) go(next); };
  const isDone = done.includes(now);
  return (
    <Frame at={now} done={done} go={go}>
      {isDone && <Banner tone="good">{t('numbers.setup.step_done')}</Banner>}
      {now === 'carrier' && <Carrier />}
      {now === 'number' && <FirstNumber onDone={on} />}
      {now === 'flow' && <FirstFlow onDone={on} />}
      {now === 'people' && <Invite />}
      <div class="row setup-foot"><span class="grow" />
        {next ? <Button kind={isDone ? 'primary' : 'quiet'} onClick={on}>{t(isDone ? 'numbers.setup.next' : 'numbers.setup.later')}</Button>
          : <><Link class="btn" to="/">{t('numbers.setup.to_workspace')}</Link><Link class="btn primary" to="/dashboard">{t('numbers.setup.to_dashboard')}</Link></>}
      </div>
    </Frame>
  );
}

function NoLink() {
  return (
    <>
      <h1>{t('dashboard.setup.title')}</h1>
      <p>{t('numbers.setup.no_link')}</p>
      <p class="row wrap"><code class="setup-code">tandem setup</code><Copy text="tandem setup" label={t('numbers.copy')} /></p>
      <p class="soft">{t('numbers.setup.demo')} <code>tandem demo</code></p>
    </>
  );
}

/** The frame: where one is on the way, and the language. */
function Frame({ at, done, go, children }: { at: StepName; done: StepName[]; go?: (s: StepName) => void; children: preact.ComponentChildren }) {
  return (
    <main class="gate setup">
      <div class="gate-card wide">
        <div class="row between wrap">
          <p class="brandmark"><img src="/page/icon.svg" alt="" width="28" height="28" /> Tandem</p>
          <Segments label={t('numbers.user.language')} value={language.value} onValue={(v) => void keepLanguage(v as Language)} choices={[{ value: 'fr', label: 'Français' }, { value: 'en', label: 'English' }]} />
        </div>
        <ol class="plain office-steps" aria-label={t('numbers.setup.way')}>
          {names.map((n) => {
            const mark = n === at ? 'now' : done.includes(n) ? 'done' : 'next';
            return (
              <li key={n} class={mark} aria-current={n === at ? 'step' : undefined}>
                <span class="office-step-dot">{mark === 'done' ? <Icon name="check" size={14} /> : null}</span>
                {go && n !== 'company' && n !== at ? <button type="button" class="as-link" onClick={() => go(n)}>{t(`numbers.setup.step_${n}`)}</button> : <span>{t(`numbers.setup.step_${n}`)}</span>}
              </li>
            );
          })}
        </ol>
        {children}
      </div>
    </main>
  );
}
