import type { ListenAddress } from "../net/listen_address.ts";
import type { Logger } from "../log/logger.ts";
import { ListenerWatch } from "./listener_watch.ts";
import { type Answer, RenewableServer } from "./renewable_server.ts";

export type { Answer };

/** `Deno.serve` that goes on listening after accept has failed, as at the limit of open files. */
export class LastingServer {
  /** Where it listens; the port is the real one. */
  readonly addr: Deno.NetAddr | Deno.UnixAddr;
  readonly #server: RenewableServer;
  readonly #watch: ListenerWatch;

  /** @throws Deno.errors.AddrInUse and its like when it cannot listen */
  constructor(at: ListenAddress, answer: Answer, logger: Logger) {
    const server = this.#server = new RenewableServer(at, answer, logger);
    const addr = this.addr = server.addr;
    const again: ListenAddress = addr.transport === "tcp" ? { ...addr, transport: "tcp" } : at;
    this.#watch = new ListenerWatch(again, { renew: () => server.renew(again) }, logger);
  }

  /** Stops listening at once and closes idle connections; resolves when the requests under way are answered. */
  async shutdown(): Promise<void> {
    const watched = this.#watch.stop();
    await this.#server.shutdown();
    await watched;
  }
}
