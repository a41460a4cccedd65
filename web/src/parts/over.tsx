// What lies over the page: dialogs, menus, toasts.
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n/words';
import { Button, Icon, IconButton, type Tone } from './basic';
import type { IconName } from './icons';

/** A dialog of the platform: the rest of the page rests, Escape closes it, the focus returns to where it was. */
export function Dialog({ title, onClose, children, actions, wide }: { title: string; onClose: () => void; children: ComponentChildren; actions?: ComponentChildren; wide?: boolean }) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => { // before the effects of what is in it, which may want the focus
    const before = document.activeElement as HTMLElement | null;
    ref.current?.showModal();
    return () => before?.focus?.();
  }, []);
  return (
    <dialog ref={ref} aria-labelledby={id} class={wide ? 'wide' : ''} onCancel={(e) => { e.preventDefault(); onClose(); }} onMouseDown={(e) => { if (e.target === ref.current) onClose(); }}>
      <div class="dialog-in">
        <header class="row between"><h2 id={id}>{title}</h2><IconButton icon="close" label={t('core.close')} onClick={onClose} /></header>
        <div class="dialog-body">{children}</div>
        {actions && <footer class="row">{actions}</footer>}
      </div>
    </dialog>
  );
}

/** A dialog that holds a form: Enter does it. */
export function FormDialog({ title, onClose, onSubmit, submit, children, busy, danger, wide, why }: { title: string; onClose: () => void; onSubmit: () => void | Promise<void>; submit: string; children: ComponentChildren; busy?: boolean; danger?: boolean; wide?: boolean; why?: string | undefined }) {
  const id = useId();
  return (
    <Dialog {...{ title, onClose }} wide={wide ?? false} actions={<>
      <span class="grow" />
      <Button onClick={onClose}>{t('core.cancel')}</Button>
      <Button kind={danger ? 'bad' : 'primary'} type="submit" form={id} busy={busy ?? false} why={why}>{submit}</Button>
    </>}>
      <form id={id} class="stack" noValidate onSubmit={(e) => { e.preventDefault(); if (!busy && !why) void onSubmit(); }}>{children}</form>
    </Dialog>
  );
}

export interface MenuItem { label: string; icon?: IconName; onPick: () => void; why?: string | undefined; checked?: boolean; danger?: boolean; lead?: ComponentChildren }

/** A button with a menu (popover API; arrows, Home, End, Escape). A null draws a line. */
export function Menu({ label, items, button }: { label: string; items: (MenuItem | null)[]; button: (props: { onClick: () => void; 'aria-expanded': boolean; 'aria-haspopup': 'menu'; ref: { current: HTMLButtonElement | null } }) => ComponentChildren }) {
  const [open, setOpen] = useState(false);
  const list = useRef<HTMLDivElement>(null);
  const anchor = useRef<HTMLButtonElement>(null);
  const frame = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const el = list.current;
    if (!open || !el) return;
    el.showPopover();
    const at = (anchor.current ?? (frame.current?.firstElementChild as HTMLElement | null))?.getBoundingClientRect();
    if (at) {
      const w = el.offsetWidth, h = el.offsetHeight;
      el.style.left = `${Math.max(8, Math.min(at.left, innerWidth - w - 8))}px`;
      el.style.top = `${at.bottom + h + 8 > innerHeight && at.top > h + 8 ? at.top - h - 4 : at.bottom + 4}px`;
    }
    (el.querySelector('[role^=menuitem]') as HTMLElement | null)?.focus();
  }, [open]);
  const close = () => {
    setOpen(false);
    (anchor.current ?? (frame.current?.querySelector('button') as HTMLElement | null))?.focus();
  };
  const keys = (e: KeyboardEvent) => {
    const all = [...(list.current?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])];
    const i = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: all.length - 1 }[e.key];
    if (to !== undefined) {
      e.preventDefault();
      all[(to + all.length) % all.length]?.focus();
    } else if (e.key === 'Tab') setOpen(false);
    else if (e.key === 'Escape') { e.preventDefault(); close(); }
  };
  return (
    <span ref={frame} class="menu-frame">
      {button({ onClick: () => setOpen(!open), 'aria-expanded': open, 'aria-haspopup': 'menu', ref: anchor })}
      {open && (
        <div ref={list} popover="auto" role="menu" aria-label={label} class="menu" onKeyDown={keys} onToggle={(e) => { if ((e as unknown as ToggleEvent).newState === 'closed') setOpen(false); }}>
          {items.map((m, i) => m === null ? <hr key={i} /> : (
            <button key={m.label} type="button" tabIndex={-1} role={m.checked === undefined ? 'menuitem' : 'menuitemradio'} aria-checked={m.checked} aria-disabled={m.why ? true : undefined} title={m.why} class={m.danger ? 'bad' : ''}
              onClick={() => { if (m.why) return; close(); m.onPick(); }}>
              {m.lead ?? (m.icon && <Icon name={m.icon} size={16} />)}<span class="grow">{m.label}{m.why && <small class="soft"> — {m.why}</small>}</span>{m.checked && <Icon name="check" size={16} />}
            </button>
          ))}
        </div>
      )}
    </span>
  );
}

interface Toast { id: number; tone: Tone; text: string; action?: { label: string; go: () => void } | undefined }
const toasts = signal<Toast[]>([]);
let nextToast = 1;

/** Says something in a corner for some seconds. */
export function toast(text: string, tone: Tone = 'info', action?: { label: string; go: () => void }): void {
  const one = { id: nextToast++, tone, text, action };
  toasts.value = [...toasts.value.slice(-3), one];
  setTimeout(() => dropToast(one.id), action ? 12_000 : 6_000);
}

function dropToast(id: number) {
  toasts.value = toasts.value.filter((x) => x.id !== id);
}

/** Where toasts appear: once a page. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((x) => (
        <div key={x.id} class={`toast ${x.tone}`}>
          <Icon name={x.tone === 'bad' || x.tone === 'warn' ? 'warning' : x.tone === 'good' ? 'check' : 'info'} />
          <span class="grow">{x.text}</span>
          {x.action && <Button small onClick={() => { dropToast(x.id); x.action?.go(); }}>{x.action.label}</Button>}
          <IconButton icon="close" small label={t('core.close')} onClick={() => dropToast(x.id)} />
        </div>
      ))}
    </div>
  );
}

const asking = signal<{ title: string; text: ComponentChildren; yes: string; danger: boolean; done: (ok: boolean) => void } | null>(null);

/** Asks before what cannot be undone. */
export function confirm(title: string, text: ComponentChildren, yes: string, danger: 'danger' | 'plain' = 'danger'): Promise<boolean> {
  return new Promise((resolve) => {
    asking.value = { title, text, yes, danger: danger === 'danger', done: (ok) => { asking.value = null; resolve(ok); } };
  });
}

/** Where questions appear: once a page. */
export function Questions() {
  const q = asking.value;
  if (!q) return null;
  return (
    <Dialog title={q.title} onClose={() => q.done(false)} actions={<>
      <span class="grow" /><Button onClick={() => q.done(false)}>{t('core.cancel')}</Button>
      <Button kind={q.danger ? 'bad' : 'primary'} onClick={() => q.done(true)}>{q.yes}</Button>
    </>}>{q.text}</Dialog>
  );
}
