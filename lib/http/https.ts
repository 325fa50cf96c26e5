import type { Logger } from "../log/logger.ts";
import { Acceptor } from "../net/acceptor.ts";
import type { ListenAddress } from "../net/listen_address.ts";
import { openListeners } from "../net/listeners.ts";
import type { Peer, Socket } from "../net/peer.ts";
import type { TlsUpgrader } from "../tls/upgrader.ts";
import type { ByteStream } from "../wire/byte_stream.ts";
import { pump } from "../wire/streams/pump.ts";
import { writeAll } from "../wire/streams/write_all.ts";
import { type Answer, LastingServer } from "./lasting_server.ts";
import type { HttpServer, RequestHandler } from "./serve.ts";

const LOOPBACK = "127.0.0.1";

/** A handshake is over in this time. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** A client that has got its last answer may be slow to close for so long. */
const LINGER_MS = 500;

/** The answer to a client that sends no more is complete when nothing has come for so long. */
const QUIET_MS = 100;

/** For the answer to a client that sends no more. */
const ANSWER_TIMEOUT_MS = 10_000;

/** Asks the HTTP server whether it is ours, which takes a moment, or longer on a busy machine. */
const PROOF = new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
const PROOF_TIMEOUT_MS = 30_000;

/** How long `shutdown` waits for requests under way. */
const SHUTDOWN_GRACE_MS = 1000;

/** What every TLS client sends first: the type of a handshake's record. */
const HANDSHAKE_RECORD = 22;

/** Go's answer, word for word. */
const PLAIN_HTTP =
  "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";

/**
 * Serves an API over HTTPS. TLS ends here, whatever is asked for in it, and the same HTTP server as for plain connections
 * answers, on a port of the loopback interface: only to the connections that are made here.
 *
 *     client ⇄ TLS ⇄ (pump) ⇄ loopback ⇄ HTTP server
 *
 * @throws Deno.errors.AddrInUse and its like when it cannot listen
 */
export function serveHttps(
  api: RequestHandler,
  at: ListenAddress,
  tls: TlsUpgrader,
  logger: Logger,
): HttpServer {
  /** Who is behind a connection of ours, by its port. */
  const clients = new Map<number, string>();
  /** Ports of connections of ours of which the HTTP server has not heard yet. */
  const unproved = new Set<number>();
  const answer: Answer = (request, info) => {
    const { remoteAddr } = info;
    const isLocal = "hostname" in remoteAddr && remoteAddr.hostname === LOOPBACK;
    if (isLocal && unproved.delete(remoteAddr.port)) {
      return Promise.resolve(new Response(null, { status: 204 }));
    }
    const remoteAddress = isLocal ? clients.get(remoteAddr.port) : undefined;
    if (remoteAddress !== undefined) {
      return api.handle(request, { remoteAddress, tls: true, answered: () => info.completed });
    }
    const headers = { Connection: "close" };
    return Promise.resolve(new Response("this port is not for you\n", { status: 403, headers }));
  };
  const inner = new LastingServer(
    { transport: "tcp", hostname: LOOPBACK, port: 0 },
    answer,
    logger,
  );
  const { port: innerPort } = inner.addr as Deno.NetAddr;
  const sockets = new Set<Socket>();

  async function run(socket: Socket, name: string): Promise<void> {
    const stream = await acceptTls(socket, name, tls, logger);
    if (stream === null) return;
    try {
      const relay = await Deno.connect({ hostname: LOOPBACK, port: innerPort });
      relay.setNoDelay();
      const { port } = relay.localAddr;
      unproved.add(port);
      // Whoever listens there while ours has no file left to do so gets nothing of a client.
      let isOurs = false;
      try {
        await askForProof(relay);
      } finally {
        isOurs = !unproved.delete(port);
      }
      if (!isOurs) {
        closeQuietly(relay);
        throw new Error("another process listens on the port of the server");
      }
      clients.set(port, name);
      await passOn(stream, relay);
      clients.delete(port);
    } catch (error) {
      logger.error(`HTTPS: client ${name} - ${(error as Error).message}`);
      closeQuietly(stream);
    }
  }

  let acceptor: Acceptor;
  try {
    acceptor = new Acceptor(openListeners(at), {
      name: "HTTPS",
      logger,
      nowMs: () => performance.now(),
      take(socket: Socket, { name }: Peer) {
        sockets.add(socket);
        void run(socket, name).finally(() => sockets.delete(socket));
      },
    });
  } catch (error) {
    void inner.shutdown();
    throw error;
  }
  acceptor.start();

  async function shutdown(): Promise<void> {
    acceptor.stop();
    const grace = Promise.withResolvers<void>();
    const timer = setTimeout(grace.resolve, SHUTDOWN_GRACE_MS);
    await Promise.race([Promise.all([acceptor.done(), inner.shutdown()]), grace.promise]);
    clearTimeout(timer);
    for (const socket of sockets) closeQuietly(socket);
  }
  return { port: acceptor.port, shutdown };
}

/** Has the HTTP server answer once. @throws Error when it does not, and the connection is closed */
async function askForProof(relay: Deno.Conn): Promise<void> {
  const timer = setTimeout(() => closeQuietly(relay), PROOF_TIMEOUT_MS);
  try {
    await writeAll(relay, PROOF);
    const buffer = new Uint8Array(1024);
    for (let text = ""; !text.endsWith("\r\n\r\n");) {
      const count = await relay.read(buffer);
      if (count === null || text.length > buffer.length) throw new Error("no answer of the server");
      text += new TextDecoder().decode(buffer.subarray(0, count));
    }
  } catch (error) {
    closeQuietly(relay);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Passes on in both directions until the server has closed its side; both are closed then. Never rejects. */
async function passOn(client: ByteStream, server: ByteStream): Promise<void> {
  const close = () => {
    closeQuietly(client);
    closeQuietly(server);
  };
  let isAnswered = true;
  let quietSinceMs = 0;
  // The HTTP server drops a request whose client sends no more: it need not hear of that before it has answered.
  const asked: ByteStream = {
    read: (into) => server.read(into),
    write: (bytes) => server.write(bytes),
    async closeWrite() {
      const giveUpMs = performance.now() + ANSWER_TIMEOUT_MS;
      while (!isAnswered || performance.now() - quietSinceMs < QUIET_MS) {
        if (performance.now() > giveUpMs) break;
        await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
      }
      await server.closeWrite?.();
    },
    close: () => server.close(),
  };
  const up = pump(client, asked, () => {
    isAnswered = false;
  }).catch(async () => {
    // The server may have refused before it had read all: its answer still has to get through.
    await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
    close();
  });
  await pump(server, client, () => {
    isAnswered = true;
    quietSinceMs = performance.now();
  }).catch(close);
  isAnswered = true;
  const timer = setTimeout(close, LINGER_MS);
  await up;
  clearTimeout(timer);
  close();
}

/** Makes TLS of a connection, as its server. Whoever speaks plain HTTP is told so. @returns null if that fails; it is closed then */
async function acceptTls(
  socket: ByteStream,
  name: string,
  tls: TlsUpgrader,
  logger: Logger,
): Promise<ByteStream | null> {
  const timer = setTimeout(() => closeQuietly(socket), HANDSHAKE_TIMEOUT_MS);
  try {
    const first = new Uint8Array(1024);
    const count = await socket.read(first);
    if (count === null) throw new Error("EOF");
    if (first[0] !== HANDSHAKE_RECORD) {
      await writeAll(socket, new TextEncoder().encode(PLAIN_HTTP));
      await socket.closeWrite?.();
      throw new Error("client sent an HTTP request to an HTTPS server");
    }
    return await tls.upgrade(socket, first.subarray(0, count));
  } catch (error) {
    logger.error(`HTTPS: TLS handshake error from ${name} - ${(error as Error).message}`);
    closeQuietly(socket);
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** Closes what its peer, or the runtime, may have closed already. */
function closeQuietly(stream: { close(): void }): void {
  try {
    stream.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
