import type { ClientStats } from "../../broker/stats.ts";
import { joinHostPort } from "../../cli/host_port.ts";
import type { ListenAddress } from "../../cli/listen_address.ts";
import { Connection, type ConnectionContext } from "./connection.ts";

/** After a failure, connections are accepted again in this time. */
const ACCEPT_RETRY_MS = 50;

/** A failure that lasts is logged no more often than this. */
const WARNING_INTERVAL_MS = 5000;

/** How a client that came over a Unix socket is called, as it has no address. */
const UNIX_PEER_NAME = "@";

/** Accepts connections of the V2 protocol. */
export class TcpServer {
  readonly #listener: Deno.Listener<Deno.TcpConn | Deno.UnixConn>;
  readonly #context: ConnectionContext;
  readonly #connections = new Set<Connection>();
  #closed = false;
  #lastWarningMs = -Infinity;
  #done: Promise<void> = Promise.resolve();

  /** Listens, but accepts nothing before {@link start}. @throws if the address cannot be had */
  constructor(address: ListenAddress, context: ConnectionContext) {
    this.#listener = address.transport === "tcp" ? Deno.listen(address) : Deno.listen(address);
    this.#context = context;
  }

  /** The port really listened on; -1 for a Unix socket. */
  get port(): number {
    const { addr } = this.#listener;
    return addr.transport === "tcp" ? addr.port : -1;
  }

  get #address(): string {
    const { addr } = this.#listener;
    if (addr.transport === "unix") return addr.path;
    const { hostname, port } = addr as Deno.NetAddr;
    return joinHostPort(hostname, port);
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  start(): void {
    this.#context.logger.info(`TCP: listening on ${this.#address}`);
    this.#done = this.#accept();
  }

  /** Stops listening. Connections go on. */
  stopListening(): void {
    this.#closed = true;
    this.#listener.close();
    this.#context.logger.info(`TCP: closing ${this.#address}`);
  }

  /** Closes all connections. Resolves when nothing is accepted any more. */
  async close(): Promise<void> {
    for (const connection of this.#connections) connection.close();
    await this.#done;
  }

  /** The connections that have published (to `topic`, unless that is empty: then to any). */
  producers(topic: string): ClientStats[] {
    return [...this.#connections]
      .filter((connection) => connection.published.size > 0)
      .map((connection) => connection.stats(topic));
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
      const connection = this.#connect(socket);
      this.#connections.add(connection);
      connection.run().finally(() => this.#connections.delete(connection));
    }
  }

  #connect(socket: Deno.TcpConn | Deno.UnixConn): Connection {
    if (!("setNoDelay" in socket)) return new Connection(socket, UNIX_PEER_NAME, "", this.#context);
    socket.setNoDelay(true);
    const peer = socket.remoteAddr;
    return new Connection(
      socket,
      joinHostPort(peer.hostname, peer.port),
      peer.hostname,
      this.#context,
    );
  }

  #warnOfAcceptFailure({ message }: Error): void {
    const nowMs = this.#context.broker.clock.update();
    if (nowMs - this.#lastWarningMs < WARNING_INTERVAL_MS) return;
    this.#lastWarningMs = nowMs;
    this.#context.logger.warn(
      `temporary Accept() failure - ${message} (is the limit of open files too low?)`,
    );
  }
}
