import { ListenerWatch } from "../../http/listener_watch.ts";
import {
  type HttpServer,
  type RequestHandler,
  type ServeOptions,
  withinGrace,
} from "../../http/serve.ts";
import { addressText } from "../../net/listeners.ts";
import type { SharedAddress } from "../entries.ts";
import { freeAddresses } from "../free_addresses.ts";
import type { IoThreads } from "../io_threads.ts";

/**
 * Serves an API over HTTP, as `serve` does, in I/O threads: they receive requests and send answers.
 *
 * @throws Error when they cannot listen
 */
export async function serveInThreads(
  threads: IoThreads,
  handler: RequestHandler,
  at: SharedAddress,
  { logger, shutdownGraceMs }: ServeOptions,
): Promise<HttpServer> {
  const addresses = freeAddresses(at);
  await threads.openHttp({ addresses, handler });
  const [first] = addresses;
  const address = addressText({ ...first, transport: "tcp" });
  logger.info(`HTTP: listening on ${address}`);

  const renew = (isMeant: (hasEnded: boolean) => boolean) => {
    for (const { http } of threads.threads) {
      if (http !== null && isMeant(http.hasEnded)) http.renew();
    }
  };
  const watch = new ListenerWatch({ ...first, transport: "tcp" }, {
    renew: () => renew(() => true),
    // While others listen, nothing tells which one has ended for want of a descriptor.
    listens: (wasShort) => renew((hasEnded) => wasShort || hasEnded),
  }, logger);

  async function shutdown(): Promise<void> {
    logger.info(`HTTP: closing ${address}`);
    const watched = watch.stop();
    await withinGrace(threads.stopHttp(), shutdownGraceMs);
    await watched;
  }
  return { port: first.port, shutdown };
}
