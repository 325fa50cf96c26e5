import type { ListenAddress } from "../net/listen_address.ts";
import type { Logger } from "../log/logger.ts";
import { addressText, openAll, portOf } from "../net/listeners.ts";
import { peerName } from "../net/peer.ts";
import type { Connection, HttpApi } from "./api.ts";
import { type Answer, LastingServer } from "./lasting_server.ts";

/** What answers the requests. */
export type RequestHandler = Pick<HttpApi, "handle">;

/** How long `shutdown` waits for requests under way. */
const SHUTDOWN_GRACE_MS = 1000;

export interface ServeOptions {
  logger: Logger;
  shutdownGraceMs?: number;
}

/** A listening HTTP server. */
export interface HttpServer {
  /** The port really listened on; -1 for a Unix socket. */
  readonly port: number;
  /**
   * Stops listening at once and closes idle connections; resolves when the requests under way are
   * answered, or after the grace period. What is under way even then ends with the process.
   */
  shutdown(): Promise<void>;
}

/**
 * Serves an API over HTTP.
 *
 * @throws Deno.errors.AddrInUse and its like when it cannot listen
 */
export function serve(api: RequestHandler, at: ListenAddress, options: ServeOptions): HttpServer {
  const { logger, shutdownGraceMs } = options;
  const answer: Answer = (request, info) => api.handle(request, new Client(info));
  const servers = openAll(
    at,
    (each) => new LastingServer(each, answer, logger),
    (server) => void server.shutdown(),
  );
  const { addr } = servers[0]!;
  const address = addressText(addr);
  logger.info(`HTTP: listening on ${address}`);

  async function shutdown(): Promise<void> {
    logger.info(`HTTP: closing ${address}`);
    const ended = Promise.all(servers.map((server) => server.shutdown()));
    await withinGrace(ended, shutdownGraceMs);
  }
  return { port: portOf(addr), shutdown };
}

/** Waits until requests under way are answered, but not for ever. @param graceMs as {@link ServeOptions} has it */
export async function withinGrace(
  ended: Promise<unknown>,
  graceMs = SHUTDOWN_GRACE_MS,
): Promise<void> {
  const grace = Promise.withResolvers<void>();
  const timer = setTimeout(grace.resolve, graceMs);
  await Promise.race([ended, grace.promise]);
  clearTimeout(timer);
}

/** Who has asked. Its address takes the runtime some µs, and is hardly ever looked at. */
class Client implements Connection {
  readonly #info: Parameters<Answer>[1];

  constructor(info: Parameters<Answer>[1]) {
    this.#info = info;
  }

  get remoteAddress(): string {
    return peerName(this.#info.remoteAddr);
  }

  answered(): Promise<void> {
    return this.#info.completed;
  }
}
