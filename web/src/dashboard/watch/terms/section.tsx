// A part of the form of a trunk: closed until it is wanted, or until something in it was refused. Its line says whether anything in it is not as usual.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import type { Problem } from '../../../api/client';
import { t } from '../../../i18n/words';
import { Badge } from '../../../parts/basic';
import type { Form } from '../form';
import { refusedOf, setOf } from './terms';

/** Some of a form under a name of its own: what was typed, and how it is told. */
export interface Piece<T> {
  v: T;
  set: <K extends keyof T>(name: K) => (value: T[K]) => void;
  /** What is wrong with a field, or with what is in it. */
  error: (field: string) => string | undefined;
  /** What is wrong with a list itself, and with none of its rows. */
  own: (field: string) => string | undefined;
  forget: () => void;
}

/** What parts change of a trunk that is none of its terms. */
export interface Own { trust_pai: boolean; direct_numbers: boolean; max_calls: string; priority: string }

/** The object of a form under a name. */
export function pieceOf<F extends object, N extends keyof F & string>(f: Form<F>, name: N): Piece<F[N]> {
  const v = f.v[name];
  return {
    v, forget: f.forget,
    set: (field) => (value) => f.put({ [name]: { ...v, [field]: value } } as Partial<F>),
    error: (field) => f.error(`${name}.${field}`),
    own: (field) => f.problem?.errors.find((e) => e.location === `body.${name}.${field}`)?.message,
  };
}

export function Section({ title, fields, v, problem, children }: { title: string; fields: readonly string[]; v: object; problem: Problem | null; children: () => ComponentChildren }) {
  const [open, setOpen] = useState(false);
  const wrong = refusedOf(problem?.errors ?? [], fields);
  const set = setOf(v, fields);
  useLayoutEffect(() => { if (wrong > 0) setOpen(true); }, [problem]);
  return (
    <details class="more-fields" open={open} onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>{title} {wrong > 0 ? <Badge tone="bad" icon="warning">{t('dashboard.terms.wrong', { n: wrong })}</Badge> : set > 0 ? <Badge tone="brand">{t('dashboard.terms.set', { n: set })}</Badge> : <small class="soft">{t('dashboard.terms.usual')}</small>}</summary>
      {open && <div class="stack loose">{children()}</div>}
    </details>
  );
}
