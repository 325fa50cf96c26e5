/** What is around every page. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Envelope } from "../../console/contract.ts";
import { config, url } from "./config.ts";
import { clock, plural } from "./format.ts";
import type { Live } from "./live.ts";
import { usePause } from "./live.ts";
import { Notices } from "./notice.tsx";
import type { Route } from "./router.ts";
import { toggleTheme, useTheme } from "./theme.ts";

const PLACES = [
  { label: "Streams", href: url`/`, pages: ["streams", "topic", "channel"] },
  { label: "Nodes", href: url`/nodes`, pages: ["nodes", "node"] },
  { label: "Counter", href: url`/counter`, pages: ["counter"] },
  { label: "Lookup", href: url`/lookup`, pages: ["lookup"] },
];

/** Header, navigation, notices, and the page itself. */
export function Layout({ route, children }: { route: Route; children: ComponentChildren }) {
  return (
    <>
      <a class="skip" href="#main">Skip to content</a>
      <header class="top">
        <a class="brand" href={url`/`} aria-label="NSQ console, streams">NSQ</a>
        <nav aria-label="Main">
          {PLACES.map(({ label, href, pages }) => (
            <a
              key={label}
              href={href}
              aria-current={pages.includes(route.page) ? "page" : undefined}
            >
              {label}
            </a>
          ))}
        </nav>
        <span class="spring" />
        <PauseButton />
        <ThemeButton />
      </header>
      <main id="main" tabIndex={-1}>{children}</main>
      <Notices />
      <footer>
        <span>NSQ {config.version}</span>
        <span class="keys">
          <kbd>/</kbd> search · <kbd>j</kbd> <kbd>k</kbd> next and previous row
        </span>
      </footer>
    </>
  );
}

function PauseButton() {
  const [isPaused, setPaused] = usePause();
  return (
    <button
      type="button"
      class={"quiet live" + (isPaused ? " paused" : "")}
      aria-pressed={isPaused}
      title={isPaused ? "Figures stand still" : "Figures are updated by themselves"}
      onClick={() => setPaused(!isPaused)}
    >
      <span class="dot" aria-hidden="true" />
      {isPaused ? "Paused" : "Live"}
      <span class="sr-only">{isPaused ? ", go on updating" : ", pause updates"}</span>
    </button>
  );
}

function ThemeButton() {
  const theme = useTheme();
  const other = theme === "dark" ? "light" : "dark";
  return (
    <button
      type="button"
      class="quiet"
      aria-label={`Switch to ${other} colours`}
      title={`Switch to ${other} colours`}
      onClick={toggleTheme}
    >
      {theme === "dark" ? "☀" : "☾"}
    </button>
  );
}

interface FrameProps<T> {
  title: string;
  /** The way up, outermost first. */
  crumbs?: { label: string; href: string }[];
  /** Beside the title. */
  aside?: ComponentChildren;
  live: Live<T>;
  children(data: T): ComponentChildren;
}

/** A page's title, what is wrong with its figures, and its content as soon as there are any. */
export function Page<T extends Envelope>({ title, crumbs, aside, live, children }: FrameProps<T>) {
  const { data, error } = live;
  useEffect(() => {
    document.title = `${title} · NSQ`;
  }, [title]);
  return (
    <>
      {crumbs !== undefined && (
        <nav class="crumbs" aria-label="Breadcrumb">
          <ol>
            {crumbs.map(({ label, href }) => (
              <li key={href}>
                <a href={href}>{label}</a>
              </li>
            ))}
          </ol>
        </nav>
      )}
      <div class="title">
        <h1>{title}</h1>
        {data !== undefined && aside}
      </div>
      {error !== "" && (
        <p class="note error" role="alert">
          {data === undefined
            ? `No figures: ${error}`
            : `No new figures: ${error}. These are from ${clock(data.atMs)}.`}
        </p>
      )}
      {data !== undefined && <Warnings warnings={data.warnings} />}
      {data === undefined ? error === "" && <Waiting /> : children(data)}
    </>
  );
}

const WAIT_SHOWN_AFTER_MS = 300;

function Waiting() {
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), WAIT_SHOWN_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return <p class="muted" role="status">{isShown ? "Asking the cluster…" : ""}</p>;
}

function Warnings({ warnings }: { warnings: string[] }) {
  if (warnings.length === 0) return null;
  return (
    <details class="note warning" role="group">
      <summary>
        {plural(warnings.length, "daemon")} did not answer: what follows lacks its figures
      </summary>
      <ul>{warnings.map((text) => <li key={text}>{text}</li>)}</ul>
    </details>
  );
}

/** A part of a page with a heading. */
export function Section(
  { title, aside, children }: {
    title: string;
    aside?: ComponentChildren;
    children: ComponentChildren;
  },
) {
  return (
    <section>
      <div class="title">
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** What is said in place of an empty table. */
export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty-note">{children}</p>;
}
