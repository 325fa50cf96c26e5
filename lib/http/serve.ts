import { joinHostPort } from "../cli/host_port.ts";
import type { Logger } from "../log/logger.ts";
import type { HttpApi } from "./api.ts";

/** What answers the requests. */
export type RequestHandler = Pick<HttpApi, "handle">;

/** How a client that came over a Unix socket is called, as it has no address. */
const UNIX_PEER_NAME = "@";

/** How long `shutdown` waits for requests under way. */
const SHUTDOWN_GRACE_MS = 1000;

export interface ServeOptions {
  /** An address or a host name; every interface is "0.0.0.0". */
  hostname?: string;
  /** 0 for any free port. */
  port?: number;
  /** Path of a Unix socket, instead of hostname and port. */
  path?: string;
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
export function serve(api: RequestHandler, options: ServeOptions): HttpServer {
  const { hostname = "0.0.0.0", port = 0, path, logger, shutdownGraceMs = SHUTDOWN_GRACE_MS } =
    options;
  const onListen = () => {};
  const server = path !== undefined
    ? Deno.serve(
      { path, onListen },
      (request) => api.handle(request, { remoteAddress: UNIX_PEER_NAME }),
    )
    : Deno.serve(
      { hostname, port, onListen },
      (request, { remoteAddr }) =>
        api.handle(request, { remoteAddress: joinHostPort(remoteAddr.hostname, remoteAddr.port) }),
    );
  const { addr } = server;
  const address = "path" in addr ? addr.path : joinHostPort(addr.hostname, addr.port);
  logger.info(`HTTP: listening on ${address}`);

  async function shutdown(): Promise<void> {
    logger.info(`HTTP: closing ${address}`);
    const grace = Promise.withResolvers<void>();
    const timer = setTimeout(grace.resolve, shutdownGraceMs);
    await Promise.race([server.shutdown(), grace.promise]);
    clearTimeout(timer);
  }
  return { port: "path" in addr ? -1 : addr.port, shutdown };
}
