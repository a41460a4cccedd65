// Rules as rows of a small table; on a narrow screen each row is a card. A row that is added has the focus, and one that is moved keeps it.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../../../i18n/words';
import { Button, IconButton } from '../../../parts/basic';
import { moved, type Row } from './terms';

interface Props<R extends Row> {
  label: string; hint: string; rows: R[]; blank: () => R; error: string | undefined; kind: string;
  /** Their order counts: they can be moved. */
  ordered?: boolean;
  onRows: (rows: R[]) => void;
  /** Rows went from where they were. */
  onShift: () => void;
  /** The fields of a row. */
  row: (r: R, i: number, put: (some: Partial<R>) => void) => ComponentChildren;
  /** What is said beside a row. */
  mark?: (i: number) => ComponentChildren;
}

export function Rows<R extends Row>({ label, hint, rows, blank, error, kind, ordered, onRows, onShift, row, mark }: Props<R>) {
  const box = useRef<HTMLFieldSetElement>(null);
  const wants = useRef<string | null>(null);
  useLayoutEffect(() => {
    if (wants.current) box.current?.querySelector<HTMLElement>(wants.current)?.focus();
    wants.current = null;
  }, [rows]);
  const put = (key: number) => (some: Partial<R>) => onRows(rows.map((r) => (r.key === key ? { ...r, ...some } : r)));
  const shift = (next: R[], focus: string) => {
    wants.current = focus;
    onShift();
    onRows(next);
  };
  return (
    <fieldset ref={box} class="bare stack">
      <legend class="legend">{label}</legend>
      <p class="hint">{hint}</p>
      {error && <p class="error" role="alert">{error}</p>}
      {rows.length > 0 && (
        <ol class="plain rules">
          {rows.map((r, i) => (
            <li key={r.key}>
              <div class={`rule ${kind}`} role="group" aria-label={t('dashboard.terms.rule_n', { n: i + 1 })}>
                {row(r, i, put(r.key))}
                <div class="rule-acts">
                  {mark?.(i)}
                  {ordered && <IconButton small icon="up" data-act={`up-${r.key}`} label={t('dashboard.terms.rule_up', { n: i + 1 })} why={i === 0 ? t('dashboard.terms.first') : undefined} onClick={() => shift(moved(rows, i, -1), `[data-act=up-${r.key}]`)} />}
                  {ordered && <IconButton small icon="down" data-act={`down-${r.key}`} label={t('dashboard.terms.rule_down', { n: i + 1 })} why={i === rows.length - 1 ? t('dashboard.terms.last') : undefined} onClick={() => shift(moved(rows, i, 1), `[data-act=down-${r.key}]`)} />}
                  <IconButton small icon="trash" label={t('dashboard.terms.rule_drop', { n: i + 1 })} onClick={() => shift(rows.filter((x) => x.key !== r.key), '.rule-add')} />
                </div>
              </div>
            </li>
          ))}
        </ol>
      )}
      <div><Button small icon="plus" class="rule-add" onClick={() => { wants.current = 'li:last-child :is(input, select)'; onRows([...rows, blank()]); }}>{t('dashboard.terms.rule_add')}</Button></div>
    </fieldset>
  );
}
