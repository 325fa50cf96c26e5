import type { ListenAddress } from "../net/listen_address.ts";
import type { Logger } from "../log/logger.ts";
import { ACCEPT_QUEUE } from "../net/listeners.ts";
import { missingResource } from "../net/missing_resource.ts";
import { wait } from "../wait.ts";

/** How often an address is looked at. That opens a socket, which is refused: some 150 µs. */
const LOOK_INTERVAL_MS = 1000;

/** A failure that lasts is logged no more often than this. */
const WARNING_INTERVAL_MS = 5000;

type Address = Deno.NetAddr | Deno.UnixAddr;

/** Answers one request. */
export type Answer = (
  request: Request,
  info: { remoteAddr: Address; completed: Promise<void> },
) => Promise<Response>;

/**
 * `Deno.serve` that goes on listening. When accept fails once, as at the limit of open files, `Deno.serve` gives its listener
 * up for good, serves the connections that it has, and says so (`finished`) only when all of those have ended. So it is looked
 * at from outside, whether the address can be listened on again. Then another one does.
 */
export class LastingServer {
  /** Where it listens; the port is the real one. */
  readonly addr: Address;
  readonly #at: ListenAddress;
  readonly #answer: Answer;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  readonly #watching: Promise<void>;
  #listening!: Deno.HttpServer<Address>;
  /** Each ends a server that listens no more and has connections. */
  readonly #retired = new Set<AbortController>();
  #end = new AbortController();
  #lastWarningMs = -Infinity;

  /** @throws Deno.errors.AddrInUse and its like when it cannot listen */
  constructor(at: ListenAddress, answer: Answer, logger: Logger) {
    this.#answer = answer;
    this.#logger = logger;
    this.#open(at);
    this.addr = this.#listening.addr;
    this.#at = this.addr.transport === "tcp" ? { ...this.addr, transport: "tcp" } : at;
    this.#watching = this.#watch();
  }

  /** Stops listening at once and closes idle connections; resolves when the requests under way are answered. */
  async shutdown(): Promise<void> {
    this.#stopping.abort();
    for (const end of this.#retired) end.abort();
    await this.#listening.shutdown();
    await this.#watching;
  }

  #open(at: ListenAddress): void {
    const end = new AbortController();
    const options = { signal: end.signal, onListen() {} };
    this.#listening = at.transport === "tcp"
      ? Deno.serve(
        { ...options, hostname: at.hostname, port: at.port, tcpBacklog: ACCEPT_QUEUE },
        this.#answer,
      )
      : Deno.serve({ ...options, path: at.path }, this.#answer);
    this.#end = end;
    this.#listening.finished
      .catch((error: Error) => this.#logger.debug(`HTTP: a listener ended - ${error.message}`))
      .finally(() => this.#retired.delete(end));
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stopping;
    while (await wait(LOOK_INTERVAL_MS, signal)) this.#look();
  }

  #look(): void {
    const retired = this.#end;
    try {
      listen(this.#at).close(); // cheaper than to serve, which is refused almost always
      this.#open(this.#at);
      this.#retired.add(retired);
      this.#warn("listening again after a temporary Accept() failure");
    } catch (error) {
      if (error instanceof Deno.errors.AddrInUse) return; // it still listens
      const missing = missingResource(error);
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
