import type { Logger } from "../log/logger.ts";
import type { HttpApi } from "./api.ts";

/** How long `shutdown` waits for requests under way. */
const SHUTDOWN_GRACE_MS = 1000;

export interface ServeOptions {
  /** An address or a host name; every interface is "0.0.0.0". */
  hostname: string;
  /** 0 for any free port. */
  port: number;
  logger: Logger;
  shutdownGraceMs?: number;
}

/** A listening HTTP server. */
export interface HttpServer {
  /** The port really listened on. */
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
export function serve(api: HttpApi, options: ServeOptions): HttpServer {
  const { hostname, port, logger, shutdownGraceMs = SHUTDOWN_GRACE_MS } = options;
  const server = Deno.serve(
    { hostname, port, onListen: () => {} },
    (request, { remoteAddr }) =>
      api.handle(request, { remoteAddress: joinHostPort(remoteAddr.hostname, remoteAddr.port) }),
  );
  const address = joinHostPort(server.addr.hostname, server.addr.port);
  logger.info(`HTTP: listening on ${address}`);

  async function shutdown(): Promise<void> {
    logger.info(`HTTP: closing ${address}`);
    const grace = Promise.withResolvers<void>();
    const timer = setTimeout(grace.resolve, shutdownGraceMs);
    await Promise.race([server.shutdown(), grace.promise]);
    clearTimeout(timer);
  }
  return { port: server.addr.port, shutdown };
}

function joinHostPort(hostname: string, port: number): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
