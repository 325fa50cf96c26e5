/** What a reader has chosen, kept by the browser: columns, the span of charts. */
import { useEffect, useState } from "preact/hooks";

const listeners = new Set<() => void>();

/** What was chosen under this name; "" for nothing. Without storage it lasts as long as the page. */
const fallback = new Map<string, string>();

function read(key: string): string {
  try {
    return localStorage.getItem(`nsq-${key}`) ?? fallback.get(key) ?? "";
  } catch {
    return fallback.get(key) ?? "";
  }
}

/** A choice, and how to change it; all who use the same key follow. */
export function useKept(key: string): [string, (value: string) => void] {
  const [value, setValue] = useState(() => read(key));
  useEffect(() => {
    const update = () => setValue(read(key));
    update();
    listeners.add(update);
    return () => void listeners.delete(update);
  }, [key]);
  return [value, (next) => {
    fallback.set(key, next);
    try {
      localStorage.setItem(`nsq-${key}`, next);
    } catch {
      // Storage is switched off, or full.
    }
    for (const listener of listeners) listener();
  }];
}
