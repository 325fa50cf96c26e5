import { useState } from "preact/hooks";

const SHOWN_MS = 2_000;

/** Copies a text, and says that it did. Where the clipboard is closed it shows the text. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [state, setState] = useState<"" | "copied" | "shown">("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState("copied");
      setTimeout(() => setState(""), SHOWN_MS);
    } catch {
      setState("shown"); // Without HTTPS only localhost may use the clipboard.
    }
  };
  return (
    <span class="copy">
      <button type="button" class="quiet" data-copy={text} onClick={copy}>
        {state === "copied" ? "Copied" : label}
      </button>
      <span class="sr-only" role="status">{state === "copied" ? "copied" : ""}</span>
      {state === "shown" && <code class="copy-text">{text}</code>}
    </span>
  );
}
