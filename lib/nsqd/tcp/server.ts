import type { ClientStats } from "../../broker/stats.ts";
import { Connection, type ConnectionContext } from "./connection.ts";

/** After a failure, connections are accepted again in this time. */
const ACCEPT_RETRY_MS = 50;

/** A failure that lasts is logged no more often than this. */
const WARNING_INTERVAL_MS = 5000;

/** Accepts connections of the V2 protocol. */
export class TcpServer {
  readonly #listener: Deno.TcpListener;
  readonly #context: ConnectionContext;
  readonly #connections = new Set<Connection>();
  #closed = false;
  #lastWarningMs = -Infinity;
  #done: Promise<void> = Promise.resolve();

  /** Listens, but accepts nothing before {@link start}. @throws if the address cannot be had */
  constructor(address: { hostname: string; port: number }, context: ConnectionContext) {
    this.#listener = Deno.listen({ ...address, transport: "tcp" });
    this.#context = context;
  }

  /** The port really listened on. */
  get port(): number {
    return this.#listener.addr.port;
  }

  get #address(): string {
    return joinHostPort(this.#listener.addr);
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
      let socket: Deno.TcpConn;
      try {
        socket = await this.#listener.accept();
      } catch (error) {
        if (this.#closed) return;
        // Out of file descriptors, or a client that was gone before it was accepted: others may still come.
        this.#warnOfAcceptFailure(error as Error);
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_RETRY_MS));
        continue;
      }
      socket.setNoDelay(true);
      const peer = socket.remoteAddr;
      const connection = new Connection(
        socket,
        joinHostPort(peer),
        peer.hostname,
        this.#context,
      );
      this.#connections.add(connection);
      connection.run().finally(() => this.#connections.delete(connection));
    }
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

function joinHostPort({ hostname, port }: Deno.NetAddr): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
