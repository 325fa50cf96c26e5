/** Which rows of a table are selected. What is no longer there is not selected either. */
import { useState } from "preact/hooks";

export interface Selection {
  has(key: string): boolean;
  toggle(key: string): void;
  /** Selects all of these, or none when all of them are. */
  toggleAll(keys: string[]): void;
  clear(): void;
}

export function useSelection(): Selection {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  return {
    has: (key) => selected.has(key),
    toggle(key) {
      const next = new Set(selected);
      if (!next.delete(key)) next.add(key);
      setSelected(next);
    },
    toggleAll(keys) {
      const isAll = keys.every((key) => selected.has(key));
      setSelected(new Set(isAll ? [] : keys));
    },
    clear: () => setSelected(new Set()),
  };
}
