// Who is signed in, and how they like the page.
import { signal } from '@preact/signals';
import { api, door, Problem, type Schemas } from '../api/client';
import { startEvents, stopEvents } from '../api/events';
import { forgetAll } from '../api/query';
import { language, languageOf, setLanguage, type Language } from '../i18n/words';
import { navigate } from '../parts/router';

export type Session = Schemas['SessionObject'];
export type Theme = 'light' | 'dark' | 'auto';

/** undefined: not asked yet; null: nobody. */
export const session = signal<Session | null | undefined>(undefined);
/** Why the server could not be asked. */
export const lost = signal<Problem | null>(null);
export const theme = signal<Theme>('auto');

const keep = {
  get: (k: string) => { try { return localStorage.getItem(k); } catch { return null; } },
  set: (k: string, v: string) => { try { localStorage.setItem(k, v); } catch { /* a page without storage forgets */ } },
};

/** Shows the page in a theme from now on. */
export function setTheme(to: Theme): void {
  theme.value = to;
  keep.set('theme', to);
  if (to === 'auto') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = to;
}

/** Keeps a language in this browser; a person's own setting is with the API. */
export async function keepLanguage(to: Language): Promise<void> {
  keep.set('language', to);
  await setLanguage(to);
}

/** Theme and language before anything is known of the person: ?lang= and ?theme= win, then what this browser kept, then what it asks for. */
export function firstImpression(): Language {
  const q = new URLSearchParams(location.search);
  const wish = q.get('theme') ?? keep.get('theme');
  setTheme(wish === 'light' || wish === 'dark' ? wish : 'auto');
  return languageOf(q.get('lang'), keep.get('language'), navigator.language);
}

/** Asks who is signed in. A page that needs somebody then shows the sign-in. */
export async function findSession(): Promise<void> {
  try {
    const s = await api.get('/api/v1/session');
    lost.value = null;
    session.value = s;
    const wished = s.user?.language;
    if (wished && !keep.get('language')) await setLanguage(languageOf(wished, language.value));
    startEvents();
  } catch (e) {
    if (e instanceof Problem && e.status === 401) session.value = null;
    else lost.value = e instanceof Problem ? e : new Problem(0, { code: 'page', title: String(e) });
  }
}

/** Signs out, and forgets what was shown. */
export async function signOut(): Promise<void> {
  await api.delete('/api/v1/session').catch(() => undefined);
  endSession();
  navigate('/login');
}

function endSession() {
  stopEvents();
  forgetAll();
  session.value = null;
}

door.signedOut = () => {
  if (session.value) endSession();
};

/** Whether the signed-in person may do what a scope allows ("users:write"). */
export function may(scope: string): boolean {
  const all = session.value?.scopes ?? [];
  const family = scope.split(':')[0];
  return all.includes('*') || all.includes(scope) || all.includes(`${family}:*`);
}

/** Whether they run the office: the Dashboard is for them. */
export function runsTheOffice(): boolean {
  const s = session.value;
  return Boolean(s && (s.user === null || ['owner', 'admin', 'supervisor', 'carrier', 'readonly'].includes(s.user.role)));
}
