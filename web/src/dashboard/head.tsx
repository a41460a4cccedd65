import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n/words';
import { Icon, Link } from '../parts/basic';

/** The head of a screen: the way back, what it is called, what can be done. It names the tab of the browser too. */
export function ScreenHead({ title, sub, back, actions }: { title: string; sub?: ComponentChildren; back?: { to: string; label: string }; actions?: ComponentChildren }) {
  useEffect(() => { document.title = `${title} · ${t('dashboard.nav.label')}`; }, [title]);
  return (
    <header class="screen-head">
      <div class="grow">
        {back && <p class="small"><Link to={back.to} class="back"><Icon name="left" size={14} /> {back.label}</Link></p>}
        <h1 class="wrap-any">{title}</h1>
        {sub && <div class="soft">{sub}</div>}
      </div>
      {actions && <div class="row wrap">{actions}</div>}
    </header>
  );
}

/** A stylesheet of the Dashboard, which the Workspace does not load: whether it is there. Nothing is shown without it. */
export function useStyle(href: string): boolean {
  const [there, setThere] = useState(() => Boolean(document.querySelector(`link[href="${href}"][data-there]`)));
  useEffect(() => {
    if (there) return;
    let link = document.querySelector<HTMLLinkElement>(`link[href="${href}"]`);
    if (!link) {
      link = document.createElement('link');
      link.rel = 'stylesheet';
      link.href = href;
      document.head.append(link);
    }
    const mine = link;
    const done = () => { mine.dataset['there'] = ''; setThere(true); };
    mine.addEventListener('load', done);
    mine.addEventListener('error', done); // an unstyled page is better than none
    return () => { mine.removeEventListener('load', done); mine.removeEventListener('error', done); };
  }, [href, there]);
  return there;
}
