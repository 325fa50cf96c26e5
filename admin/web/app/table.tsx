/** Tables that can be sorted, and that are read as cards on a phone. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

/** One column. */
export interface Column<Row> {
  key: string;
  label: string;
  /** What the label means, for those who hover. */
  hint?: string;
  isNumber?: boolean;
  cell(row: Row): ComponentChildren;
  /** What to sort by; left out: cannot be sorted. */
  value?(row: Row): number | string;
  /** The cell of the last row, under all others. */
  total?: ComponentChildren;
}

export interface Sort {
  key: string;
  isDescending: boolean;
}

interface TableProps<Row> {
  /** For screen readers. */
  caption: string;
  columns: Column<Row>[];
  rows: Row[];
  rowKey(row: Row): string;
  /** Where sorting is done elsewhere: what it is now, and how to change it. */
  sort?: Sort;
  onSort?(sort: Sort): void;
  /** Whether columns have `total`. */
  hasTotal?: boolean;
  /** Looks of a row. */
  rowClass?(row: Row): string;
}

/** The first column is the row's heading. */
export function Table<Row>(props: TableProps<Row>) {
  const { caption, columns, rows, rowKey, hasTotal, rowClass } = props;
  const [own, setOwn] = useState<Sort | undefined>(undefined);
  const sort = props.sort ?? own;
  const setSort = props.onSort ?? setOwn;
  const shown = props.onSort === undefined ? sorted(rows, columns, own) : rows;
  const by = (column: Column<Row>) => setSort(nextSort(sort, column));
  const canSort = (column: Column<Row>) =>
    props.onSort !== undefined ? column.key !== "" && column.value !== undefined : column.value;
  return (
    <div class="table-box">
      <SortSelect columns={columns.filter(canSort)} sort={sort} onSort={setSort} />
      <table role="table">
        <caption class="sr-only">{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <th
                key={column.key}
                role="columnheader"
                scope="col"
                class={column.isNumber ? "number" : ""}
                aria-sort={ariaSort(sort, column.key)}
                title={column.hint}
              >
                {canSort(column)
                  ? (
                    <button type="button" class="sort" onClick={() => by(column)}>
                      {column.label}
                    </button>
                  )
                  : column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {shown.map((row) => (
            <tr key={rowKey(row)} role="row" class={rowClass?.(row) ?? ""}>
              {columns.map((column, at) => (
                <Cell key={column.key} {...{ column, at }}>{column.cell(row)}</Cell>
              ))}
            </tr>
          ))}
        </tbody>
        {hasTotal && (
          <tfoot role="rowgroup">
            <tr role="row">
              {columns.map((column, at) => (
                <Cell key={column.key} {...{ column, at }}>{column.total}</Cell>
              ))}
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  );
}

interface CellProps {
  column: { label: string; isNumber?: boolean };
  at: number;
  children?: ComponentChildren;
}

function Cell({ column, at, children }: CellProps) {
  if (at === 0) return <th role="rowheader" scope="row">{children}</th>;
  const isEmpty = children === undefined || children === null || children === "";
  return (
    <td
      role="cell"
      class={(column.isNumber ? "number" : "") + (isEmpty ? " empty" : "")}
      data-label={column.label}
    >
      {children}
    </td>
  );
}

/** What stands for the headings where there is no room for them. */
function SortSelect<Row>(
  { columns, sort, onSort }: {
    columns: Column<Row>[];
    sort: Sort | undefined;
    onSort(sort: Sort): void;
  },
) {
  if (columns.length < 2) return null;
  return (
    <label class="sort-select">
      Sort by{" "}
      <select
        value={sort?.key ?? ""}
        onChange={(event) => {
          const column = columns.find(({ key }) => key === event.currentTarget.value);
          if (column) onSort(nextSort(undefined, column));
        }}
      >
        {sort === undefined && <option value="">as it comes</option>}
        {columns.map(({ key, label }) => <option key={key} value={key}>{label}</option>)}
      </select>
    </label>
  );
}

/** Numbers start with the largest, names with the first. */
function nextSort<Row>(sort: Sort | undefined, { key, isNumber }: Column<Row>): Sort {
  if (sort?.key === key) return { key, isDescending: !sort.isDescending };
  return { key, isDescending: isNumber ?? false };
}

function ariaSort(sort: Sort | undefined, key: string): "ascending" | "descending" | undefined {
  if (sort?.key !== key) return undefined;
  return sort.isDescending ? "descending" : "ascending";
}

function sorted<Row>(rows: Row[], columns: Column<Row>[], sort: Sort | undefined): Row[] {
  const value = columns.find(({ key }) => key === sort?.key)?.value;
  if (sort === undefined || value === undefined) return rows;
  const sign = sort.isDescending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const left = value(a), right = value(b);
    return left === right ? 0 : left < right ? -sign : sign;
  });
}
