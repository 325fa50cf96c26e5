import { joinHostPort } from "../../lib/cli/host_port.ts";
import { Connection } from "./connection.ts";
import type { SessionContext } from "./session.ts";

/** After a failure, connections are accepted again in this time. */
const ACCEPT_RETRY_MS = 50;

/** A failure that lasts is logged no more often than this. */
const WARNING_INTERVAL_MS = 5000;

/** Accepts connections of the V1 protocol. */
export class TcpServer {
  readonly #listener: Deno.TcpListener;
  readonly #context: SessionContext;
  readonly #connections = new Set<Connection>();
  #closed = false;
  #lastWarningMs = -Infinity;
  #done: Promise<void> = Promise.resolve();

  /** Listens, but accepts nothing before {@link start}. @throws if the address cannot be had */
  constructor(address: { hostname: string; port: number }, context: SessionContext) {
    this.#listener = Deno.listen({ ...address, transport: "tcp" });
    this.#context = context;
  }

  /** The port really listened on. */
  get port(): number {
    return this.#listener.addr.port;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  start(): void {
    this.#context.logger.info(`TCP: listening on ${addressOf(this.#listener.addr)}`);
    this.#done = this.#accept();
  }

  /** Stops listening. Connections go on. */
  stopListening(): void {
    this.#closed = true;
    this.#context.logger.info(`TCP: closing ${addressOf(this.#listener.addr)}`);
    this.#listener.close();
  }

  /** Closes all connections. Resolves when nothing is accepted any more. */
  async close(): Promise<void> {
    for (const connection of this.#connections) connection.close();
    await this.#done;
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
      socket.setKeepAlive(true); // ends the connection of a host that has vanished, in the end
      const connection = new Connection(socket, addressOf(socket.remoteAddr), this.#context);
      this.#connections.add(connection);
      connection.run().finally(() => this.#connections.delete(connection));
    }
  }

  #warnOfAcceptFailure({ message }: Error): void {
    const { clock, logger } = this.#context;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#lastWarningMs < WARNING_INTERVAL_MS) return;
    this.#lastWarningMs = nowMs;
    logger.warn(`temporary Accept() failure - ${message} (is the limit of open files too low?)`);
  }
}

function addressOf({ hostname, port }: Deno.NetAddr): string {
  return joinHostPort(hostname, port);
}
