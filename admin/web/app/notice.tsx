/** What was done, told once to everybody, screen readers too. */
import { useEffect, useState } from "preact/hooks";

const SHOWN_MS = 8_000;

interface Notice {
  text: string;
  kind: "good" | "warning" | "error";
}

let show: (notice: Notice) => void = () => {};

/** Says something. */
export function notify(text: string, kind: Notice["kind"] = "good"): void {
  show({ text, kind });
}

/** Where it is said; once on a page. */
export function Notices() {
  const [notice, setNotice] = useState<Notice | null>(null);
  useEffect(() => {
    show = setNotice;
  }, []);
  useEffect(() => {
    if (notice === null) return;
    const timer = setTimeout(() => setNotice(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  return (
    <div class="notices" role="status" aria-live="polite">
      {notice !== null && <p class={`note ${notice.kind}`}>{notice.text}</p>}
    </div>
  );
}
