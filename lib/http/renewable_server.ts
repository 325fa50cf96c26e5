import type { ListenAddress } from "../net/listen_address.ts";
import { ACCEPT_QUEUE } from "../net/listeners.ts";
import type { Logger } from "../log/logger.ts";

type Address = Deno.NetAddr | Deno.UnixAddr;

/** Answers one request. */
export type Answer = (
  request: Request,
  info: { remoteAddr: Address; completed: Promise<void> },
) => Promise<Response>;

/**
 * `Deno.serve` that can be told to listen again. When accept fails once, as at the limit of open files, `Deno.serve` gives its
 * listener up for good, serves the connections that it has, and says so (`finished`) only when all of those have ended.
 */
export class RenewableServer {
  /** Where it listens; the port is the real one. */
  readonly addr: Address;
  readonly #answer: Answer;
  readonly #logger: Logger;
  readonly #onEnd: () => void;
  #listening!: Deno.HttpServer<Address>;
  /** Each ends a server that has been replaced and has connections; the oldest first. */
  readonly #retired = new Map<AbortController, Deno.HttpServer<Address>>();
  #end = new AbortController();

  /**
   * @param onEnd called when a listener is found to have ended
   * @throws Deno.errors.AddrInUse and its like when it cannot listen
   */
  constructor(at: ListenAddress, answer: Answer, logger: Logger, onEnd = () => {}) {
    this.#answer = answer;
    this.#logger = logger;
    this.#onEnd = onEnd;
    this.#open(at);
    this.addr = this.#listening.addr;
  }

  /**
   * Listens anew. Connections of the listener that was there go on, and so does that listener if it has not ended.
   * @param most so many former ones are kept; what is over closes its idle connections, and answers the requests under way
   * @throws as the constructor
   */
  renew(at: ListenAddress, most = Infinity): void {
    const end = this.#end, retired = this.#listening;
    this.#open(at);
    this.#retired.set(end, retired);
    const [oldest] = this.#retired.values();
    if (this.#retired.size > most) oldest!.shutdown().catch((error) => this.#onFailure(error));
  }

  /** Stops listening at once and closes idle connections; resolves when the requests under way are answered. */
  async shutdown(): Promise<void> {
    for (const end of this.#retired.keys()) end.abort();
    await this.#listening.shutdown();
  }

  #open(at: ListenAddress): void {
    const end = new AbortController();
    const options = { signal: end.signal, onListen() {} };
    this.#listening = at.transport === "tcp"
      ? Deno.serve({ ...options, ...at, tcpBacklog: ACCEPT_QUEUE }, this.#answer)
      : Deno.serve({ ...options, path: at.path }, this.#answer);
    this.#end = end;
    this.#listening.finished
      .catch((error: Error) => {
        this.#onFailure(error);
        if (!this.#retired.has(end)) this.#onEnd();
      })
      .finally(() => this.#retired.delete(end));
  }

  #onFailure({ message }: Error): void {
    this.#logger.debug(`HTTP: a listener ended - ${message}`);
  }
}
