/** Keeps a page's figures fresh: asks again when the server says that it is worth it. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Envelope } from "../../console/contract.ts";
import { answerOf, PATIENCE_MS, reasonOf, request } from "./api.ts";

const MIN_WAIT_MS = 1_000;
const RETRY_MS = 5_000;

/** Figures are new every 5 s; older than this they are called stale. */
const STALE_MS = 15_000;

/** Figures, and how good they are. */
export interface Live<T> {
  /** Undefined until the first answer. */
  data: T | undefined;
  /** Why the last attempt failed; empty when it did not. `data` is then older. */
  error: string;
  /** Asks at once, for example after an action. */
  refresh(): void;
}

let isPaused = false;
const pauseListeners = new Set<() => void>();

/** Whether updates are held back, and how to change that. */
export function usePause(): [boolean, (paused: boolean) => void] {
  const [paused, setPaused] = useState(isPaused);
  useEffect(() => {
    const update = () => setPaused(isPaused);
    pauseListeners.add(update);
    return () => void pauseListeners.delete(update);
  }, []);
  return [paused, setPause];
}

/** Holds updates back, or lets them go on. */
export function togglePause(): void {
  setPause(!isPaused);
}

function setPause(value: boolean): void {
  isPaused = value;
  for (const listener of pauseListeners) listener();
}

/** How good the figures of the page are. */
export interface Freshness {
  state: "waiting" | "live" | "stale" | "failed";
  /** How old they are, in ms. */
  ageMs: number;
}

/** What the page's poll has come to. `bornMs`: when its figures were true, by this page's clock. */
let latest: { bornMs: number; error: string } | null = null;
const latestListeners = new Set<() => void>();

function setLatest(value: typeof latest): void {
  latest = value;
  for (const listener of latestListeners) listener();
}

/** From this page's clock, which only goes on, to the console's; NaN before its first answer. */
let offsetMs = NaN;

/**
 * What time it is where the figures come from, in ms since 1970: the reader's own clock may be wrong by
 * hours, and ages would be, too.
 */
export function nowMs(): number {
  return Number.isNaN(offsetMs) ? Date.now() : performance.now() + offsetMs;
}

/** How good the page's figures are at this moment; null where a page has none. */
export function useFreshness(): Freshness | null {
  const [, update] = useState(0);
  useEffect(() => {
    const again = () => update((count) => count + 1);
    latestListeners.add(again);
    const timer = setInterval(again, 1000);
    return () => {
      latestListeners.delete(again);
      clearInterval(timer);
    };
  }, []);
  return latest === null ? null : freshnessOf(latest);
}

function freshnessOf({ bornMs, error }: NonNullable<typeof latest>): Freshness {
  const ageMs = performance.now() - bornMs;
  if (Number.isNaN(bornMs)) return { state: error === "" ? "waiting" : "failed", ageMs: 0 };
  return { state: error !== "" || ageMs > STALE_MS ? "stale" : "live", ageMs };
}

/** Whether the page's figures are too old to be called those of now. Renders when that changes, not each second. */
export function useIsOld(): boolean {
  const [isOld, setOld] = useState(false);
  useEffect(() => {
    const look = () => setOld(latest !== null && freshnessOf(latest).state === "stale");
    look();
    latestListeners.add(look);
    const timer = setInterval(look, 1000);
    return () => {
      latestListeners.delete(look);
      clearInterval(timer);
    };
  }, []);
  return isOld;
}

/**
 * The answer to `path`, again and again while the page is visible. What was shown for another path
 * of the same page stays until the new answer is there, so that sorting does not blink.
 */
export function useLive<T extends Envelope>(path: string): Live<T> {
  const [state, setState] = useState<{ data: T | undefined; error: string }>({
    data: undefined,
    error: "",
  });
  const ask = useRef(() => {});
  useEffect(() => {
    setLatest({ bornMs: NaN, error: "" });
    return () => setLatest(null);
  }, []);
  useEffect(() => {
    const poll = new Poll<T>(path, (change) => setState((old) => ({ ...old, ...change })));
    ask.current = () => poll.ask("fresh");
    poll.ask("now");
    return () => poll.close();
  }, [path]);
  return { ...state, refresh: () => ask.current() };
}

class Poll<T extends Envelope> {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #etag = "";
  /** Questions so far. */
  #asked = 0;
  #nextInMs = RETRY_MS;
  readonly #closing = new AbortController();

  constructor(
    readonly path: string,
    readonly onChange: (change: { data?: T; error: string }) => void,
  ) {
    const { signal } = this.#closing;
    const wake = () => this.ask();
    document.addEventListener("visibilitychange", wake, { signal });
    pauseListeners.add(wake);
    signal.addEventListener("abort", () => pauseListeners.delete(wake));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#closing.abort();
  }

  /**
   * Asks, unless the page is hidden or paused and it may wait. "fresh": something was changed, and
   * the answer has to tell of it.
   */
  ask(when: "now" | "fresh" | "due" = "due"): void {
    clearTimeout(this.#timer);
    if (when === "due" && (document.hidden || isPaused)) return;
    this.#fetch(when === "fresh").then(
      () => this.#wait(this.#nextInMs),
      (error) => {
        if (this.#closing.signal.aborted) return;
        this.onChange({ error: reasonOf(error) });
        setLatest({ bornMs: latest?.bornMs ?? NaN, error: reasonOf(error) });
        this.#wait(RETRY_MS);
      },
    );
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#closing.signal.aborted) this.#timer = setTimeout(() => this.ask(), ms);
  }

  async #fetch(isFresh: boolean): Promise<void> {
    const headers: HeadersInit = this.#etag === "" ? {} : { "If-None-Match": this.#etag };
    const limit = AbortSignal.timeout(PATIENCE_MS);
    const signal = AbortSignal.any([this.#closing.signal, limit]);
    const path = isFresh ? this.path + (this.path.includes("?") ? "&fresh" : "?fresh") : this.path;
    const number = ++this.#asked;
    // A slow proxy makes figures older than the server could know: they may be as old as the question.
    const askedMs = performance.now();
    const response = await request(path, { headers, signal });
    const nextInMs = Number(response.headers.get("X-Next-In-Ms"));
    const bornMs = askedMs - Number(response.headers.get("X-Age-Ms"));
    if (response.status === 304) {
      this.#nextInMs = Math.max(MIN_WAIT_MS, nextInMs);
      setLatest({ bornMs, error: "" });
      this.onChange({ error: "" });
      return;
    }
    const answer = await answerOf<T>(response);
    if (number !== this.#asked) return; // A later question has the newer answer.
    this.#etag = response.headers.get("ETag") ?? "";
    this.#nextInMs = Math.max(MIN_WAIT_MS, answer.nextInMs);
    offsetMs = answer.atMs - bornMs;
    setLatest({ bornMs, error: "" });
    this.onChange({ data: answer, error: "" });
  }
}
