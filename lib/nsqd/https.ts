import { createServer, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import type { TLSSocket } from "node:tls";
import { joinHostPort } from "../cli/host_port.ts";
import type { HttpServer, RequestHandler } from "../http/serve.ts";
import type { Logger } from "../log/logger.ts";
import { hasDemandedCertificate, type TlsSettings } from "./tcp/tls_settings.ts";

/** How long `shutdown` waits for requests under way. */
const SHUTDOWN_GRACE_MS = 1000;

/** Methods whose requests cannot have a body for `Request`. */
const BODILESS_METHODS = ["GET", "HEAD"];

/**
 * Serves an API over HTTPS. It is node's server, as `Deno.serve` cannot ask clients for certificates.
 *
 * @throws Error when it cannot listen
 */
export async function serveHttps(
  api: RequestHandler,
  at: { hostname: string; port: number },
  settings: TlsSettings,
  logger: Logger,
): Promise<HttpServer> {
  const server = createServer(settings.server, (incoming, outgoing) => {
    answer(api, settings, incoming, outgoing).catch((error) => {
      logger.error(`HTTPS: ${(error as Error).message}`);
      outgoing.destroy();
    });
  });
  server.on("tlsClientError", (error: Error) => {
    logger.error(`HTTPS: TLS handshake error - ${error.message}`);
  });
  await listen(server, at);
  server.on("error", (error) => logger.error(`HTTPS: ${error.message}`));
  const { address: hostname, port } = server.address() as AddressInfo;
  const address = joinHostPort(hostname, port);
  logger.info(`HTTPS: listening on ${address}`);
  return {
    port,
    shutdown: () => {
      logger.info(`HTTPS: closing ${address}`);
      return close(server);
    },
  };
}

function listen(server: Server, { hostname, port }: { hostname: string; port: number }) {
  return new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, hostname, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Resolves when the requests under way are answered, or after the grace period. */
async function close(server: Server): Promise<void> {
  const closed = Promise.withResolvers<void>();
  server.close(() => closed.resolve());
  server.closeIdleConnections();
  const timer = setTimeout(closed.resolve, SHUTDOWN_GRACE_MS);
  await closed.promise;
  clearTimeout(timer);
  server.closeAllConnections();
}

async function answer(
  api: RequestHandler,
  settings: TlsSettings,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const socket = incoming.socket as TLSSocket;
  if (!hasDemandedCertificate(settings, socket)) {
    socket.destroy();
    return;
  }
  const request = toRequest(incoming);
  if (request === null) {
    outgoing.writeHead(400, { Connection: "close" }).end();
    return;
  }
  const remoteAddress = joinHostPort(socket.remoteAddress ?? "", socket.remotePort ?? 0);
  const response = await api.handle(request, { remoteAddress });
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body === null || incoming.method === "HEAD") {
    outgoing.end();
    return;
  }
  const body = Readable.fromWeb(response.body as NodeReadableStream);
  await new Promise<void>((resolve, reject) => {
    body.on("error", reject);
    outgoing.on("error", reject);
    outgoing.on("close", resolve);
    body.pipe(outgoing);
  });
}

/** Null for a target that is no URL. */
function toRequest(incoming: IncomingMessage): Request | null {
  const { method = "GET", rawHeaders } = incoming;
  const headers = new Headers();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    headers.append(rawHeaders[i]!, rawHeaders[i + 1]!);
  }
  const target = incoming.url ?? "/";
  const url = URL.parse(target.startsWith("/") ? `https://localhost${target}` : target);
  if (url === null) return null;
  const body = BODILESS_METHODS.includes(method)
    ? null
    : Readable.toWeb(incoming) as ReadableStream<Uint8Array>;
  return new Request(url, { method, headers, body });
}
