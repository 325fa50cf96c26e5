/** Keeps a page's figures fresh: asks again when the server says that it is worth it. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Envelope } from "../../console/contract.ts";
import { reasonOf } from "./api.ts";

const MIN_WAIT_MS = 1_000;
const RETRY_MS = 5_000;

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
  return [paused, (value) => {
    isPaused = value;
    for (const listener of pauseListeners) listener();
  }];
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
    const poll = new Poll<T>(path, (change) => setState((old) => ({ ...old, ...change })));
    ask.current = () => poll.ask("fresh");
    poll.ask("now");
    return () => poll.close();
  }, [path]);
  return { ...state, refresh: () => ask.current() };
}

class Poll<T extends Envelope> {
  #timer: number | undefined;
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
    const { signal } = this.#closing;
    // The browser's own cache would answer 304 with a full body again.
    const path = isFresh ? this.path + (this.path.includes("?") ? "&fresh" : "?fresh") : this.path;
    const number = ++this.#asked;
    const response = await fetch(path, { headers, signal, cache: "no-store" });
    const nextInMs = Number(response.headers.get("X-Next-In-Ms"));
    if (response.status === 304) {
      this.#nextInMs = Math.max(MIN_WAIT_MS, nextInMs);
      this.onChange({ error: "" });
      return;
    }
    const answer = await response.json();
    if (number !== this.#asked) return; // A later question has the newer answer.
    if (!response.ok) throw new Error(answer.message ?? `status ${response.status}`);
    this.#etag = response.headers.get("ETag") ?? "";
    this.#nextInMs = Math.max(MIN_WAIT_MS, answer.nextInMs);
    this.onChange({ data: answer, error: "" });
  }
}
