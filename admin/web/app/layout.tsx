/** What is around every page. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Envelope } from "../../console/contract.ts";
import { OldListing } from "./absent.tsx";
import { mayAct } from "./api.ts";
import { config, url } from "./config.ts";
import { clock, duration, plural } from "./format.ts";
import { HELP_EVENT, KeyHelp } from "./key_help.tsx";
import { type Freshness, type Live, useFreshness, useIsOld, usePause } from "./live.ts";
import { Notices } from "./notice.tsx";
import type { Route } from "./router.ts";
import { toggleTheme, useTheme } from "./theme.ts";

const PLACES = [
  { label: "Streams", href: url`/`, pages: ["streams", "topic", "channel"] },
  { label: "Nodes", href: url`/nodes`, pages: ["nodes", "node"] },
  { label: "Counter", href: url`/counter`, pages: ["counter"] },
  { label: "Lookup", href: url`/lookup`, pages: ["lookup"] },
  { label: "Policies", href: url`/policies`, pages: ["policies"] },
];

/** Header, navigation, notices, and the page itself. */
export function Layout({ route, children }: { route: Route; children: ComponentChildren }) {
  return (
    <>
      <a class="skip" href="#main">Skip to content</a>
      <header
        class={`top ${config.environmentColour && `environment ${config.environmentColour}`}`}
      >
        <a class="brand" href={url`/`} aria-label="NSQ console, streams">NSQ</a>
        {config.clusterName !== "" && <span class="cluster">{config.clusterName}</span>}
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
        {!mayAct && (
          <span class="tag" title="You may look, and change nothing: see --admin-user">
            Read-only
          </span>
        )}
        <PauseButton />
        <ThemeButton />
      </header>
      <main id="main" tabIndex={-1}>{children}</main>
      <Notices />
      <KeyHelp />
      <footer>
        <span>NSQ {config.version}</span>
        <span class="keys">
          <button
            type="button"
            class="quiet small"
            onClick={() => dispatchEvent(new Event(HELP_EVENT))}
          >
            <kbd>?</kbd> keys
          </button>
        </span>
      </footer>
    </>
  );
}

/** Says how fresh the figures are, and holds them when pressed. Never "Live" beside old ones. */
function PauseButton() {
  const [isPaused, setPaused] = usePause();
  const freshness = useFreshness();
  if (freshness === null) return null;
  const look = isPaused ? "paused" : freshness.state;
  return (
    <button
      type="button"
      class={`quiet live ${look}`}
      aria-pressed={isPaused}
      title={isPaused ? "Figures stand still" : HINTS[freshness.state]}
      onClick={() => setPaused(!isPaused)}
    >
      <span class="dot" aria-hidden="true" />
      {isPaused ? "Paused" : wordOf(freshness)}
      <span class="sr-only">{isPaused ? ", go on updating" : ", pause updates"}</span>
    </button>
  );
}

const HINTS: Record<Freshness["state"], string> = {
  live: "Figures are updated by themselves",
  stale: "These figures are old: the console has no newer ones",
  waiting: "Waits for the first figures",
  failed: "There are no figures",
};

function wordOf({ state, ageMs }: Freshness): string {
  switch (state) {
    case "live":
      return "Live";
    case "stale":
      return `Stale, ${duration(Math.max(1000, Math.floor(ageMs / 1000) * 1000))} old`;
    case "waiting":
      return "Waiting";
    case "failed":
      return "No figures";
  }
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

/** Of the window: with many clusters open, whose it is comes before whose console. */
export function titleOf(page: string): string {
  return [page, config.clusterName, "NSQ"].filter((part) => part !== "").join(" · ");
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
  const isOld = useIsOld();
  useEffect(() => {
    document.title = titleOf(title);
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
      {error === "NODE_NOT_FOUND" && data === undefined && (
        <p class="note" role="alert">
          There is no such node: the console knows none of this name. See{" "}
          <a href={url`/nodes`}>Nodes</a> for all that there are.
        </p>
      )}
      {error !== "" && !(error === "NODE_NOT_FOUND" && data === undefined) && (
        <p class="note error" role="alert">
          {data === undefined
            ? `No figures: ${error}.`
            : `No new figures: ${error}. These are from ${clock(data.atMs)}.`}
        </p>
      )}
      {data !== undefined && <OldListing view={data} />}
      {data !== undefined && <Warnings warnings={data.warnings} />}
      {data === undefined
        ? error === "" && <Waiting />
        : <div class={isOld ? "old-figures" : ""}>{children(data)}</div>}
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
        {plural(warnings.length, "daemon")} did not answer: what follows lacks{" "}
        {warnings.length === 1 ? "its" : "their"} figures
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
