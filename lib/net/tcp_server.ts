import { joinHostPort } from "../cli/host_port.ts";
import type { ListenAddress } from "../cli/listen_address.ts";
import type { Logger } from "../log/logger.ts";

/** After a failure, connections are accepted again in this time. */
const ACCEPT_RETRY_MS = 50;

/** A failure that lasts is logged no more often than this. */
const WARNING_INTERVAL_MS = 5000;

/** How a client that came over a Unix socket is called, as it has no address. */
const UNIX_PEER_NAME = "@";

/** A connection of one of our protocols. */
export interface ServedConnection {
  /** Serves it until its end. Never rejects. */
  run(): Promise<void>;
  /** Ends it. */
  close(): void;
}

/** Who has connected. */
export interface Peer {
  /** `<addr>:<port>`, or `@` for a Unix socket. */
  readonly name: string;
  /** The address without port, "" for a Unix socket. */
  readonly hostname: string;
}

/** What a server does with connections, and what it needs. */
export interface TcpServerParts<C extends ServedConnection> {
  connect(socket: Deno.TcpConn | Deno.UnixConn, peer: Peer): C;
  readonly logger: Logger;
  /** A clock that does not go back, in milliseconds. */
  nowMs(): number;
}

/** Accepts the connections of one protocol, on a TCP port or a Unix socket. */
export class TcpServer<C extends ServedConnection> {
  readonly #listener: Deno.Listener<Deno.TcpConn | Deno.UnixConn>;
  readonly #parts: TcpServerParts<C>;
  readonly #connections = new Set<C>();
  #closed = false;
  #lastWarningMs = -Infinity;
  #done: Promise<void> = Promise.resolve();

  /** Listens, but accepts nothing before {@link start}. @throws if the address cannot be had */
  constructor(at: ListenAddress, parts: TcpServerParts<C>) {
    this.#listener = at.transport === "tcp" ? Deno.listen(at) : Deno.listen(at);
    this.#parts = parts;
  }

  /** The port really listened on; -1 for a Unix socket. */
  get port(): number {
    const { addr } = this.#listener;
    return addr.transport === "tcp" ? addr.port : -1;
  }

  /** The connections that have not ended. */
  get connections(): ReadonlySet<C> {
    return this.#connections;
  }

  start(): void {
    this.#parts.logger.info(`TCP: listening on ${this.#address}`);
    this.#done = this.#accept();
  }

  /** Stops listening. Connections go on. */
  stopListening(): void {
    this.#closed = true;
    this.#listener.close();
    this.#parts.logger.info(`TCP: closing ${this.#address}`);
  }

  /** Closes all connections. Resolves when nothing is accepted any more. */
  async close(): Promise<void> {
    for (const connection of this.#connections) connection.close();
    await this.#done;
  }

  get #address(): string {
    const { addr } = this.#listener;
    if (addr.transport === "unix") return addr.path;
    const { hostname, port } = addr as Deno.NetAddr;
    return joinHostPort(hostname, port);
  }

  async #accept(): Promise<void> {
    while (!this.#closed) {
      let socket: Deno.TcpConn | Deno.UnixConn;
      try {
        socket = await this.#listener.accept();
      } catch (error) {
        if (this.#closed) return;
        // Out of file descriptors, or a client that was gone before it was accepted: others may still come.
        this.#warnOfAcceptFailure(error as Error);
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_RETRY_MS));
        continue;
      }
      const connection = this.#parts.connect(socket, prepare(socket));
      this.#connections.add(connection);
      connection.run().finally(() => this.#connections.delete(connection));
    }
  }

  #warnOfAcceptFailure({ message }: Error): void {
    const { logger } = this.#parts;
    const nowMs = this.#parts.nowMs();
    if (nowMs - this.#lastWarningMs < WARNING_INTERVAL_MS) return;
    this.#lastWarningMs = nowMs;
    logger.warn(`temporary Accept() failure - ${message} (is the limit of open files too low?)`);
  }
}

/** Sets what every connection needs of its socket, and says who is at the other end. */
function prepare(socket: Deno.TcpConn | Deno.UnixConn): Peer {
  if (!("setNoDelay" in socket)) return { name: UNIX_PEER_NAME, hostname: "" };
  socket.setNoDelay(true);
  socket.setKeepAlive(true); // ends the connection of a host that has vanished, in the end
  const { hostname, port } = socket.remoteAddr;
  return { name: joinHostPort(hostname, port), hostname };
}
