/** Which columns of a table are shown: chosen by the reader, and remembered. */
import { useEffect, useRef } from "preact/hooks";
import { useKept } from "./kept.ts";

/** What is stored when nothing is hidden: an empty text means that nothing was chosen. */
const NONE = "-";

interface Choosable {
  key: string;
  label: string;
  /** Whether it is shown only to who asks for it. */
  isExtra?: boolean;
}

/**
 * The columns that are shown, and how to choose. The first one always is.
 *
 * @param name of the table, under which the choice is remembered
 */
export function useColumns<C extends Choosable>(
  name: string,
  columns: C[],
): { shown: C[]; isShown(column: C): boolean; toggle(column: C): void } {
  const [kept, keep] = useKept(`columns-${name}`);
  const extras = columns.filter(({ isExtra }) => isExtra).map(({ key }) => key);
  const hidden = new Set(kept === "" ? extras : kept.split(","));
  const isShown = (column: C) => column === columns[0] || !hidden.has(column.key);
  return {
    shown: columns.filter(isShown),
    isShown,
    toggle(column) {
      const next = new Set(hidden);
      next.delete(NONE);
      if (!next.delete(column.key)) next.add(column.key);
      keep(next.size === 0 ? NONE : [...next].join(","));
    },
  };
}

/** A menu with a box for each column but the first. */
export function ColumnMenu<C extends Choosable>(
  { caption, columns, isShown, toggle }: {
    caption: string;
    columns: C[];
    isShown(column: C): boolean;
    toggle(column: C): void;
  },
) {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = () => {
    if (menu.current?.open) {
      menu.current.open = false;
      menu.current.querySelector("summary")?.focus();
    }
  };
  useEffect(() => {
    const closeOutside = ({ target }: Event) => {
      if (!menu.current?.contains(target as Node)) menu.current!.open = false;
    };
    document.addEventListener("pointerdown", closeOutside);
    return () => document.removeEventListener("pointerdown", closeOutside);
  }, []);
  return (
    <details
      ref={menu}
      class="menu"
      onKeyDown={(event) => event.key === "Escape" && close()}
      onFocusOut={(event) => {
        const to = event.relatedTarget;
        if (to instanceof Node && !menu.current?.contains(to)) menu.current!.open = false;
      }}
    >
      <summary aria-label={`Columns of ${caption}`}>Columns</summary>
      <div class="menu-box" role="group" aria-label={`Columns of ${caption}`}>
        {columns.slice(1).map((column) => (
          <label key={column.key}>
            <input
              type="checkbox"
              checked={isShown(column)}
              onChange={() => toggle(column)}
            />{" "}
            {column.label}
          </label>
        ))}
      </div>
    </details>
  );
}
