// Which screen the address bar asks for.
import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** Where the page is: path and query of the address bar. */
export const place = signal({ path: location.pathname, query: new URLSearchParams(location.search) });

/** Asks before the page is left while something is unsaved: a function that says whether to go. */
export const leaving = { ask: null as null | ((to: string) => boolean) };

function read() {
  place.value = { path: location.pathname, query: new URLSearchParams(location.search) };
}

let here = location.pathname + location.search;
addEventListener('popstate', () => {
  const to = location.pathname + location.search;
  if (leaving.ask && !leaving.ask(to)) {
    history.pushState(null, '', here);
    return;
  }
  here = to;
  read();
});

/** Goes to an address of this page. */
export function navigate(to: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push' && leaving.ask && !leaving.ask(to)) return;
  if (how === 'push') history.pushState(null, '', to);
  else history.replaceState(null, '', to);
  here = to;
  read();
  if (how === 'push') scrollTo(0, 0);
}

/** Matches "/users/:id/*" and gives what stands in its places; null where it does not match. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const want = pattern.split('/').filter(Boolean);
  const have = path.split('/').filter(Boolean);
  const out: Record<string, string> = {};
  for (let i = 0; i < want.length; i++) {
    const w = want[i]!;
    if (w === '*') {
      out['rest'] = have.slice(i).join('/');
      return out;
    }
    const h = have[i];
    if (h === undefined) return null;
    if (w.startsWith(':')) {
      try {
        out[w.slice(1)] = decodeURIComponent(h);
      } catch {
        return null;
      }
    } else if (w !== h) return null;
  }
  return want.length === have.length ? out : null;
}

/** A screen takes what its pattern names. */
export type Screen = ComponentType<{ args: Record<string, string> }>;
export interface Route { path: string; screen: Screen }

/** The first route that matches; null where none does. */
export function routeOf(routes: Route[], path: string): { route: Route; args: Record<string, string> } | null {
  for (const route of routes) {
    const args = match(route.path, path);
    if (args) return { route, args };
  }
  return null;
}

/** A screen that is loaded when it is first shown. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>, waiting: () => preact.ComponentChildren): ComponentType<P> {
  let loaded: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [C, setC] = useState<ComponentType<P> | null>(() => loaded);
    const [failed, setFailed] = useState(0);
    useEffect(() => {
      if (loaded) return;
      load().then((c) => { loaded = c; setC(() => c); }, () => setTimeout(() => setFailed(failed + 1), 1500)); // the server may be starting again
    }, [failed]);
    return C ? <C {...props} /> : <>{waiting()}</>;
  };
}
