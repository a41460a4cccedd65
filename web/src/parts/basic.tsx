// The smallest parts: what a screen is made of.
import type { AnchorHTMLAttributes, ButtonHTMLAttributes, ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { icons, type IconName } from './icons';
import { pageTime } from '../api/time';
import { clock, t } from '../i18n/words';
import { navigate } from './router';

/** An icon beside words. Alone it has no meaning: give IconButton a label. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      <path d={icons[name]} />
    </svg>
  );
}

type ButtonBase = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'icon' | 'size' | 'loading'>;
export interface ButtonProps extends ButtonBase {
  kind?: 'plain' | 'primary' | 'good' | 'bad' | 'quiet';
  icon?: IconName;
  small?: boolean;
  busy?: boolean;
  /** Why it cannot be pressed: shown as its tip, and told to screen readers. The button stays focusable. */
  why?: string | undefined;
}

export function Button({ kind = 'plain', icon, small, busy, why, children, class: extra, onClick, disabled, ...rest }: ButtonProps) {
  const off = Boolean(why) || busy;
  return (
    <button type="button" {...rest} disabled={disabled} aria-disabled={off || undefined} aria-busy={busy || undefined} title={why ?? rest.title}
      class={`btn ${kind} ${small ? 'small' : ''} ${String(extra ?? '')}`}
      onClick={(e) => { if (off) e.preventDefault(); else onClick?.(e); }}>
      {busy ? <span class="spin" aria-hidden="true" /> : icon && <Icon name={icon} size={small ? 16 : 18} />}
      {children}
    </button>
  );
}

/** A button that shows an icon only; its label is its name and its tip. */
export function IconButton({ icon, label, small, kind = 'quiet', why, class: extra, onClick, ...rest }: Omit<ButtonProps, 'icon' | 'label'> & { icon: IconName; label: string }) {
  return (
    <button type="button" title={why ?? label} {...rest} aria-label={label} aria-disabled={why ? true : undefined} class={`btn icon-only ${kind} ${small ? 'small' : ''} ${String(extra ?? '')}`}
      onClick={(e) => { if (why) e.preventDefault(); else onClick?.(e); }}>
      <Icon name={icon} size={small ? 16 : 20} />
    </button>
  );
}

/** A link of this page: no reload. */
export function Link({ to, children, class: extra, current, ...rest }: { to: string; children: ComponentChildren; class?: string; current?: boolean } & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href' | 'class' | 'role'>) {
  return (
    <a {...rest} href={to} class={extra} aria-current={current ? 'page' : undefined}
      onClick={(e) => {
        if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
        e.preventDefault();
        navigate(to);
      }}>{children}</a>
  );
}

export type Tone = 'good' | 'bad' | 'warn' | 'info' | 'soft' | 'brand';

/** A state in words; its colour says the same again. */
export function Badge({ tone = 'soft', icon, children, title }: { tone?: Tone; icon?: IconName; children: ComponentChildren; title?: string }) {
  return <span class={`badge ${tone}`} title={title}>{icon && <Icon name={icon} size={14} />}<span>{children}</span></span>;
}

const initials = (name: string) => name.trim().split(/\s+/).slice(0, 2).map((w) => [...w][0] ?? '').join('').toUpperCase() || '?';
function hue(name: string): number {
  let h = 0;
  for (const c of name) h = (h * 31 + (c.codePointAt(0) ?? 0)) % 360;
  return h;
}

/** A person's initials, with their presence where it is known. */
export function Avatar({ name, size = 36, presence }: { name: string; size?: number; presence?: 'available' | 'busy' | 'away' | 'offline' | undefined }) {
  return (
    <span class="avatar" style={{ '--size': `${size}px`, '--hue': hue(name) }} aria-hidden="true">
      {/\p{L}/u.test(name) ? initials(name) : <Icon name="user" size={size / 2} />}
      {presence && <i class={`dot ${presence}`} />}
    </span>
  );
}

export function Spinner({ label }: { label?: string }) {
  return <p class="waiting" role="status"><span class="spin" aria-hidden="true" /> {label ?? t('core.loading')}</p>;
}

/** What a screen says when there is nothing: why, and what to do. */
export function Empty({ icon, title, children, action, heading }: { icon?: IconName; title: string; children?: ComponentChildren; action?: ComponentChildren; /** It is all that the screen has. */ heading?: boolean }) {
  return (
    <div class="empty">
      {icon && <Icon name={icon} size={32} />}
      {heading ? <h1>{title}</h1> : <p class="strong">{title}</p>}
      {children && <p class="soft">{children}</p>}
      {action}
    </div>
  );
}

/** A word to the reader at the top of what it is about. */
export function Banner({ tone = 'info', children, action, onClose }: { tone?: Tone; children: ComponentChildren; action?: ComponentChildren; onClose?: () => void }) {
  return (
    <div class={`banner ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <Icon name={tone === 'bad' || tone === 'warn' ? 'warning' : tone === 'good' ? 'check' : 'info'} />
      <div class="grow">{children}</div>
      {action}
      {onClose && <IconButton icon="close" label={t('core.close')} small onClick={onClose} />}
    </div>
  );
}

/** What the server refused, in its words. */
export function Refusal({ problem, retry }: { problem: { code: string; title: string; detail: string; errors?: { location?: string; message: string }[] } | undefined; retry?: () => void }) {
  if (!problem) return null;
  const offline = problem.code === 'offline';
  const more = (problem.errors ?? []).map((e) => e.message).filter((m) => m && m !== problem.detail);
  return (
    <Banner tone="bad" action={retry && <Button small onClick={retry}>{t('core.retry')}</Button>}>
      <p class="strong">{offline ? t('core.offline') : problem.title}</p>
      {!offline && problem.detail && problem.detail !== problem.title && <p>{problem.detail}</p>}
      {more.length > 0 && <ul>{more.map((m) => <li key={m}>{m}</li>)}</ul>}
    </Banner>
  );
}

export function Card({ title, actions, children, class: extra }: { title?: ComponentChildren; actions?: ComponentChildren; children: ComponentChildren; class?: string }) {
  return (
    <section class={`card ${extra ?? ''}`}>
      {(title || actions) && <header class="row between wrap">{title && <h2>{title}</h2>}{actions && <div class="row">{actions}</div>}</header>}
      {children}
    </section>
  );
}

/** The time since a moment, each second. */
export function Timer({ since }: { since: string | number }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const i = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(i);
  }, []);
  return <span class="num" role="timer">{clock((now - (typeof since === 'string' ? pageTime(since) : since)) / 1000)}</span>;
}

/** Names and values, in two columns. */
export function Facts({ facts }: { facts: [string, ComponentChildren][] }) {
  return <dl class="facts">{facts.filter(([, v]) => v !== null && v !== undefined && v !== '').map(([k, v]) => <div key={k}><dt>{k}</dt><dd>{v}</dd></div>)}</dl>;
}

/** A text that a click copies. */
export function Copy({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState(false);
  return (
    <Button small kind="quiet" icon={done ? 'check' : 'copy'} aria-live="polite"
      onClick={() => void navigator.clipboard.writeText(text).then(() => { setDone(true); setTimeout(() => setDone(false), 2000); })}>
      {done ? t('core.copied') : label}
    </Button>
  );
}
