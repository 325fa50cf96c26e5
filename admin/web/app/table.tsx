/** Tables that can be sorted, and that are read as cards on a phone. */
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { ColumnMenu, useColumns } from "./columns.tsx";
import { useFit } from "./fit.ts";
import type { Selection } from "./selection.ts";

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
  /** Whether it is shown only to who chooses it. */
  isExtra?: boolean;
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
  /** Under which the choice of columns is remembered; left out: there is none. */
  name?: string;
  /** Where rows can be selected. */
  selection?: Selection | undefined;
}

/** The first column is the row's heading. */
export function Table<Row>(props: TableProps<Row>) {
  const { caption, rows, rowKey, hasTotal, rowClass, name, selection } = props;
  const { shown: columns, isShown, toggle } = useColumns(name ?? "", props.columns);
  const [own, setOwn] = useState<Sort | undefined>(undefined);
  const sort = props.sort ?? own;
  const setSort = props.onSort ?? setOwn;
  const shown = props.onSort === undefined ? sorted(rows, columns, own) : rows;
  const by = (column: Column<Row>) => setSort(nextSort(sort, column));
  const canSort = (column: Column<Row>) =>
    props.onSort !== undefined ? column.key !== "" && column.value !== undefined : column.value;
  const keys = rows.map(rowKey);
  const box = useRef<HTMLDivElement>(null);
  const fit = useFit(box, columns.map(({ key }) => key).join());
  return (
    <div class={`table-set ${fit}`}>
      <div class="table-tools">
        <SortSelect columns={columns.filter(canSort)} sort={sort} onSort={setSort} />
        {name !== undefined && (
          <ColumnMenu {...{ caption, columns: props.columns, isShown, toggle }} />
        )}
      </div>
      <div ref={box} class="table-box">
        <table role="table">
          <caption class="sr-only">{caption}</caption>
          <thead role="rowgroup">
            <tr role="row">
              {columns.map((column, at) => (
                <th
                  key={column.key}
                  role="columnheader"
                  scope="col"
                  class={(column.isNumber ? "number" : "") +
                    (at === 0 && selection !== undefined ? " pickable" : "")}
                  aria-sort={ariaSort(sort, column.key)}
                  title={column.hint}
                >
                  {at === 0 && selection !== undefined && (
                    <input
                      type="checkbox"
                      aria-label={`Select all of ${caption}`}
                      checked={keys.length > 0 && keys.every((key) => selection.has(key))}
                      onChange={() => selection.toggleAll(keys)}
                    />
                  )}
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
                  <Cell
                    key={column.key}
                    {...{ column, at }}
                    isPickable={selection !== undefined}
                  >
                    {at === 0 && selection !== undefined && (
                      <input
                        type="checkbox"
                        aria-label={`Select ${rowKey(row)}`}
                        checked={selection.has(rowKey(row))}
                        onChange={() => selection.toggle(rowKey(row))}
                      />
                    )}
                    {column.cell(row)}
                  </Cell>
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
    </div>
  );
}

interface CellProps {
  column: { label: string; isNumber?: boolean };
  at: number;
  isPickable?: boolean;
  children?: ComponentChildren;
}

function Cell({ column, at, isPickable = false, children }: CellProps) {
  if (at === 0) {
    return <th role="rowheader" scope="row" class={isPickable ? "pickable" : ""}>{children}</th>;
  }
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
