// Tables that scroll inside their box, and say something when they are empty.
import { type Child, el, replace } from './dom.ts';

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => Child;
  /** Figures stand at the right. */
  readonly isNumber?: boolean;
  /** Names the row for those who hear the table. */
  readonly isHead?: boolean;
}

export interface DataTable<Row> {
  readonly root: HTMLElement;
  show(rows: readonly Row[]): void;
}

/** `caption` says what it is, `nothing` stands there without rows. */
export function dataTable<Row>(caption: string, columns: readonly Column<Row>[], nothing: Child): DataTable<Row> {
  const body = el('tbody');
  const head = el(
    'thead',
    {},
    el('tr', {}, ...columns.map((column) => el('th', { scope: 'col', class: classOf(column) }, column.head))),
  );
  const table = el('table', {}, el('caption', { class: 'unseen' }, caption), head, body);
  const box = el('div', { class: 'table-box', role: 'region', 'aria-label': caption, tabindex: 0 }, table);
  const none = el('div', {}, nothing);
  const root = el('div', {}, none);
  let shown = '';
  return {
    root,
    show: (rows) => {
      if (rows.length === 0) {
        if (none.parentNode !== root) root.replaceChildren(none);
        shown = '';
        return;
      }
      if (box.parentNode !== root) root.replaceChildren(box);
      // What has not changed stays: a selection, the focus, and work for the browser. Ages are as old as the minute.
      const next = `${Math.floor(Date.now() / 10_000)}${JSON.stringify(rows)}`;
      if (next === shown) return;
      shown = next;
      replace(
        body,
        rows.map((row) => rowElement(row, columns)),
      );
    },
  };
}

export function rowElement<Row>(row: Row, columns: readonly Column<Row>[]): HTMLTableRowElement {
  return el(
    'tr',
    {},
    ...columns.map((column) =>
      column.isHead === true
        ? el('th', { scope: 'row', class: classOf(column) }, column.cell(row))
        : el('td', { class: classOf(column) }, column.cell(row)),
    ),
  );
}

function classOf({ isNumber }: { readonly isNumber?: boolean }): string | undefined {
  return isNumber === true ? 'number' : undefined;
}
