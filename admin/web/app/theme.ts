/** Light or dark: as the system says, unless the reader says otherwise. */
import { useEffect, useState } from "preact/hooks";

export type Theme = "light" | "dark";

const KEY = "nsq-theme";
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

/** Takes over what was chosen before. */
export function applyTheme(): void {
  const chosen = read();
  if (chosen !== null) document.documentElement.dataset.theme = chosen;
}

/** The theme that is shown. */
export function useTheme(): Theme {
  const [theme, setTheme] = useState(current);
  useEffect(() => {
    const update = () => setTheme(current());
    listeners.add(update);
    systemIsDark.addEventListener("change", update);
    return () => {
      listeners.delete(update);
      systemIsDark.removeEventListener("change", update);
    };
  }, []);
  return theme;
}

export function toggleTheme(): void {
  const theme = current() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

function current(): Theme {
  const { theme } = document.documentElement.dataset;
  if (theme === "light" || theme === "dark") return theme;
  return systemIsDark.matches ? "dark" : "light";
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // Storage is switched off.
  }
}
