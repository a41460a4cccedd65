// The stylesheet of the flow editor, which nobody else loads.
import { useEffect, useState } from 'preact/hooks';

/** Loads the stylesheet, and says when it is there: nothing is drawn before. */
export function useFlowStyle(): boolean {
  const [ready, setReady] = useState(() => Boolean(document.querySelector<HTMLLinkElement>('link[href="/flow.css"]')?.sheet));
  useEffect(() => {
    if (ready) return;
    let link = document.querySelector<HTMLLinkElement>('link[href="/flow.css"]');
    if (!link) {
      link = document.createElement('link');
      link.rel = 'stylesheet';
      link.href = '/flow.css';
      document.head.append(link);
    }
    const done = () => setReady(true);
    link.addEventListener('load', done);
    link.addEventListener('error', done); // better plain than nothing
    return () => {
      link.removeEventListener('load', done);
      link.removeEventListener('error', done);
    };
  }, [ready]);
  return ready;
}
