// Fields of forms. Each has a name, says what it wants, and shows beside itself what is wrong with it.
import type { ComponentChildren, InputHTMLAttributes, SelectHTMLAttributes, TextareaHTMLAttributes } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n/words';
import { Icon } from './basic';

interface Common { label: string; hint?: ComponentChildren; error?: string | undefined; hideLabel?: boolean }

/** The frame of a field: label above, hint and error below, tied together for screen readers. */
export function Field({ label, hint, error, hideLabel, id, children }: Common & { id: string; children: ComponentChildren }) {
  return (
    <div class={`field ${error ? 'wrong' : ''}`}>
      <label for={id} class={hideLabel ? 'sr' : ''}>{label}</label>
      {children}
      {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
      {error && <p class="error" id={`${id}-error`} role="alert"><Icon name="warning" size={14} /> {error}</p>}
    </div>
  );
}

const described = (id: string, { hint, error }: Common) => [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;

type InputProps = Omit<InputHTMLAttributes<HTMLInputElement>, 'value' | 'label' | 'role' | 'type'> & { type?: 'text' | 'email' | 'password' | 'number' | 'tel' | 'url' | 'search' | 'date' | 'time' | 'datetime-local' };

export function TextField({ label, hint, error, hideLabel, value, onValue, ...rest }: Common & InputProps & { value: string; onValue: (v: string) => void }) {
  const id = useId();
  const given = rest as Record<string, unknown>; // the types of an input depend on its kind more closely than a part can follow
  return (
    <Field {...{ label, hint, error, hideLabel, id }}>
      <input {...given} id={id} value={value} aria-invalid={error ? true : undefined} aria-describedby={described(id, { label, hint, error })} onInput={(e) => onValue(e.currentTarget.value)} />
    </Field>
  );
}

export function AreaField({ label, hint, error, hideLabel, value, onValue, ...rest }: Common & Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, 'value' | 'label' | 'role' | 'multiple' | 'size'> & { value: string; onValue: (v: string) => void }) {
  const id = useId();
  return (
    <Field {...{ label, hint, error, hideLabel, id }}>
      <textarea rows={3} {...rest} id={id} value={value} aria-invalid={error ? true : undefined} aria-describedby={described(id, { label, hint, error })} onInput={(e) => onValue(e.currentTarget.value)} />
    </Field>
  );
}

export interface Choice { value: string; label: string; disabled?: boolean }

export function SelectField({ label, hint, error, hideLabel, value, onValue, choices, ...rest }: Common & Omit<SelectHTMLAttributes<HTMLSelectElement>, 'value' | 'label' | 'role' | 'multiple' | 'size'> & { value: string; onValue: (v: string) => void; choices: Choice[] }) {
  const id = useId();
  return (
    <Field {...{ label, hint, error, hideLabel, id }}>
      <select {...rest} id={id} value={value} aria-invalid={error ? true : undefined} aria-describedby={described(id, { label, hint, error })} onChange={(e) => onValue(e.currentTarget.value)}>
        {choices.map((c) => <option key={c.value} value={c.value} disabled={c.disabled} selected={c.value === value}>{c.label}</option>)}
      </select>
    </Field>
  );
}

export function CheckField({ label, hint, checked, onValue, disabled, why }: { label: ComponentChildren; hint?: ComponentChildren; checked: boolean; onValue: (v: boolean) => void; disabled?: boolean; why?: string }) {
  const id = useId();
  return (
    <div class="check" title={why}>
      <input type="checkbox" id={id} checked={checked} disabled={disabled || Boolean(why)} aria-describedby={hint || why ? `${id}-hint` : undefined} onChange={(e) => onValue(e.currentTarget.checked)} />
      <div><label for={id}>{label}</label>{(hint || why) && <p class="hint" id={`${id}-hint`}>{why ?? hint}</p>}</div>
    </div>
  );
}

/** On or off, at once. */
export function Switch({ label, checked, onValue, disabled, hideLabel }: { label: string; checked: boolean; onValue: (v: boolean) => void; disabled?: boolean; hideLabel?: boolean }) {
  return (
    <button type="button" role="switch" aria-checked={checked} aria-label={hideLabel ? label : undefined} disabled={disabled} class="switch" onClick={() => onValue(!checked)}>
      <i aria-hidden="true" />{!hideLabel && <span>{label}</span>}
    </button>
  );
}

/** One of a few, all in sight. */
export function Segments({ label, value, onValue, choices }: { label: string; value: string; onValue: (v: string) => void; choices: Choice[] }) {
  const name = useId();
  return (
    <fieldset class="segments"><legend class="sr">{label}</legend>
      {choices.map((c) => (
        <label key={c.value} class={c.value === value ? 'on' : ''}>
          <input type="radio" name={name} value={c.value} checked={c.value === value} disabled={c.disabled} onChange={() => onValue(c.value)} />{c.label}
        </label>
      ))}
    </fieldset>
  );
}

export interface Found { id: string; label: string; detail?: string; group?: string; /** Why it cannot be chosen. */ why?: string | undefined; lead?: ComponentChildren }

/** Finds one of many from the first letter (SPEC F6): a combobox (WAI-ARIA APG). What cannot be chosen is shown with the reason. */
export function Picker({ label, hint, error, hideLabel, found, onPick, onSearch, placeholder, chosen }: Common & { found: Found[]; onPick: (f: Found) => void; onSearch?: (text: string) => void; placeholder?: string; chosen?: string }) {
  const id = useId();
  const [text, setText] = useState(chosen ?? '');
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const box = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  useLayoutEffect(() => { // over whatever would cut it off: a dialog that scrolls, the foot of the window
    const el = list.current, at = box.current?.getBoundingClientRect();
    if (!open || !el || !at) return;
    const below = innerHeight - at.bottom - 12, above = at.top - 12;
    const up = below < 180 && above > below;
    Object.assign(el.style, { left: `${at.left}px`, width: `${at.width}px`, maxHeight: `${Math.min(288, up ? above : below)}px`, top: up ? 'auto' : `${at.bottom + 4}px`, bottom: up ? `${innerHeight - at.top + 4}px` : 'auto' });
    const away = (e: Event) => { if (!el.contains(e.target as Node)) setOpen(false); };
    addEventListener('scroll', away, true);
    return () => removeEventListener('scroll', away, true);
  }, [open]);
  const simple = (s: string) => s.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  const shown = onSearch || text === (chosen ?? '') ? found : found.filter((f) => simple(`${f.label} ${f.detail ?? ''}`).includes(simple(text)));
  const pick = (f: Found | undefined) => {
    if (!f || f.why) return;
    setText(f.label);
    setOpen(false);
    onPick(f);
  };
  const keys = (e: KeyboardEvent) => {
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault();
      setOpen(true);
      setAt((shown.length + at + (e.key === 'ArrowDown' ? (open ? 1 : 0) : -1)) % Math.max(1, shown.length));
    } else if (e.key === 'Enter' && open) {
      e.preventDefault();
      pick(shown[at]);
    } else if (e.key === 'Escape' && open) {
      e.stopPropagation();
      setOpen(false);
    }
  };
  return (
    <Field {...{ label, hint, error, hideLabel, id }}>
      <div class="picker">
        <input ref={box} id={id} role="combobox" aria-expanded={open} aria-controls={`${id}-list`} aria-autocomplete="list" autocomplete="off" placeholder={placeholder}
          aria-activedescendant={open && shown[at] ? `${id}-${at}` : undefined} value={text} aria-describedby={described(id, { label, hint, error })}
          onInput={(e) => { setText(e.currentTarget.value); setOpen(true); setAt(0); onSearch?.(e.currentTarget.value); }}
          onFocus={() => { setOpen(true); box.current?.select(); }} onBlur={() => setOpen(false)} onKeyDown={keys} />
        <ul ref={list} id={`${id}-list`} role="listbox" aria-label={label} hidden={!open}>
          {shown.length === 0 && <li class="soft" role="option" aria-selected="false" aria-disabled="true">{t('core.nothing_found')}</li>}
          {shown.slice(0, 50).map((f, i) => (
            <li key={f.id} id={`${id}-${i}`} role="option" aria-selected={i === at} aria-disabled={f.why ? true : undefined} class={i === at ? 'at' : ''} title={f.why}
              onMouseDown={(e) => { e.preventDefault(); pick(f); }} onMouseMove={() => setAt(i)}>
              {f.lead}<span class="grow"><span class="cut block">{f.label}</span>{f.why && <span class="soft small block">{f.why}</span>}</span>{!f.why && f.detail && <span class="soft small">{f.detail}</span>}
            </li>
          ))}
        </ul>
      </div>
    </Field>
  );
}
