// The frame that the lists of the call settings share: what it is for, the rows, and adding, changing and deleting one.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { may } from '../../../entry/signed';
import { t } from '../../../i18n/words';
import { Button, Card, Empty, IconButton } from '../../../parts/basic';
import type { IconName } from '../../../parts/icons';
import { More, Table, type Column, type Pages } from '../../../parts/lists';
import { confirm } from '../../../parts/over';
import { sayRefusal } from '../doing';

interface Row { id: string }

export function Records<T extends Row>({ pages, columns, nameOf, remove, texts, icon, scope, edit, extra }: {
  pages: Pages<T>; columns: Column<T>[]; nameOf: (row: T) => string; remove: (row: T) => Promise<unknown>;
  texts: { title: string; text: string; add: string; empty: string; emptyText: string; deleteText: string };
  icon: IconName; scope: string;
  /** The dialog that makes one (no row) or changes one. */
  edit: (row: T | undefined, close: () => void) => ComponentChildren;
  extra?: ComponentChildren;
}) {
  const [open, setOpen] = useState<{ row: T | undefined } | null>(null);
  const rights = may(scope) ? undefined : t('numbers.may_not');
  const drop = async (row: T) => {
    if (!(await confirm(t('numbers.records.delete_title', { name: nameOf(row) }), <p>{texts.deleteText}</p>, t('core.delete')))) return;
    try {
      await remove(row);
      pages.refresh();
    } catch (e) {
      sayRefusal(e);
    }
  };
  const add = <Button kind="primary" icon="plus" onClick={() => setOpen({ row: undefined })} why={rights}>{texts.add}</Button>;
  const all: Column<T>[] = [...columns, { name: '', cell: (row) => <span class="row office-acts"><IconButton small icon="edit" label={t('numbers.records.edit', { name: nameOf(row) })} why={rights} onClick={() => setOpen({ row })} /><IconButton small icon="trash" label={t('numbers.records.delete', { name: nameOf(row) })} why={rights} onClick={() => void drop(row)} /></span> }];
  const none = pages.rows.length === 0 && !pages.loading && !pages.problem;
  const close = () => { setOpen(null); pages.refresh(); };
  return (
    <Card title={texts.title} actions={none ? undefined : add}>
      <p class="soft">{texts.text}</p>
      {none ? <Empty icon={icon} title={texts.empty} action={add}>{texts.emptyText}</Empty> : pages.rows.length > 0 && <Table label={texts.title} rows={pages.rows} columns={all} id={(r) => r.id} />}
      <More pages={pages} />
      {extra}
      {open && edit(open.row, close)}
    </Card>
  );
}
