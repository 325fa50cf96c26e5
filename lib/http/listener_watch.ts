import type { ListenAddress } from "../net/listen_address.ts";
import type { Logger } from "../log/logger.ts";
import { missingResource } from "../net/missing_resource.ts";
import { wait } from "../wait.ts";

/** How often an address is looked at. That opens a socket, which is refused: some 150 µs. */
const LOOK_INTERVAL_MS = 1000;

/** A failure that lasts is logged no more often than this. */
const WARNING_INTERVAL_MS = 5000;

/** What {@link ListenerWatch} sees. */
export interface WatchedListener {
  /** Nobody listens any more, but somebody could. @throws Error if not */
  renew(): void;
  /** Somebody listens; `wasShort` tells whether, at the look before, the system lacked what a listener needs. */
  listens?(wasShort: boolean): void;
}

/** Looks from outside, again and again, whether an address is still listened on, as nothing tells when a listener of `Deno.serve` has ended. */
export class ListenerWatch {
  readonly #at: ListenAddress;
  readonly #listener: WatchedListener;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  readonly #watching: Promise<void>;
  #wasShort = false;
  #lastWarningMs = -Infinity;

  constructor(at: ListenAddress, listener: WatchedListener, logger: Logger) {
    this.#at = at;
    this.#listener = listener;
    this.#logger = logger;
    this.#watching = this.#watch();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stopping;
    while (await wait(LOOK_INTERVAL_MS, signal)) this.#look();
  }

  #look(): void {
    try {
      listen(this.#at).close(); // cheaper than to serve, which is refused almost always
      this.#listener.renew();
      this.#wasShort = false;
      this.#warn("listening again after a temporary Accept() failure");
    } catch (error) {
      if (error instanceof Deno.errors.AddrInUse) {
        this.#listener.listens?.(this.#wasShort);
        this.#wasShort = false;
        return;
      }
      const missing = missingResource(error);
      this.#wasShort = missing !== undefined;
      const reason = missing === undefined ? "" : `: ${missing}`;
      this.#warn(`temporary Accept() failure - ${(error as Error).message}${reason}`);
    }
  }

  #warn(text: string): void {
    const nowMs = performance.now();
    if (nowMs - this.#lastWarningMs < WARNING_INTERVAL_MS) return;
    this.#lastWarningMs = nowMs;
    this.#logger.warn(`HTTP: ${text}`);
  }
}

/** A Unix socket can be listened on when its listener has gone, which takes the file with it. */
function listen(at: ListenAddress): { close(): void } {
  return at.transport === "tcp" ? Deno.listen(at) : Deno.listen(at);
}
