import type { ListenAddress } from "./listen_address.ts";
import type { Logger } from "../log/logger.ts";
import { Acceptor } from "./acceptor.ts";
import { openListeners } from "./listeners.ts";
import type { Peer, Socket } from "./peer.ts";

/** A connection of one of our protocols. */
export interface ServedConnection {
  /** Serves it until its end. Never rejects. */
  run(): Promise<void>;
  /** Ends it. */
  close(): void;
}

/** Where connections come from. */
export interface Arrivals<S> {
  /** The port really listened on; -1 for a Unix socket. */
  readonly port: number;
  /** Begins; nothing has been accepted before. */
  start(take: (socket: S, peer: Peer) => void): void;
  /** Listens no more, at once. */
  stop(): void;
  /** Resolves when, after {@link stop}, nothing is taken any more. */
  done(): Promise<void>;
}

/** What {@link acceptHere} needs. */
export interface AcceptingParts {
  readonly logger: Logger;
  /** A clock that does not go back, in milliseconds. */
  nowMs(): number;
}

/** Accepts connections in this thread. @throws if the address cannot be had */
export function acceptHere(at: ListenAddress, parts: AcceptingParts): Arrivals<Socket> {
  const { logger } = parts;
  let take: (socket: Socket, peer: Peer) => void;
  const acceptor = new Acceptor(openListeners(at), {
    name: "TCP",
    logger,
    nowMs: () => parts.nowMs(),
    take: (socket, peer) => take(socket, peer),
  });
  return {
    port: acceptor.port,
    start(taker) {
      take = taker;
      acceptor.start();
    },
    stop: () => acceptor.stop(),
    done: () => acceptor.done(),
  };
}

/** Serves the connections of one protocol, on a TCP port or a Unix socket. */
export class TcpServer<C extends ServedConnection, S = Socket> {
  readonly #arrivals: Arrivals<S>;
  readonly #connect: (socket: S, peer: Peer) => C;
  readonly #connections = new Set<C>();

  /** Serves nobody before {@link start}. */
  constructor(arrivals: Arrivals<S>, connect: (socket: S, peer: Peer) => C) {
    this.#arrivals = arrivals;
    this.#connect = connect;
  }

  /** The port really listened on; -1 for a Unix socket. */
  get port(): number {
    return this.#arrivals.port;
  }

  /** The connections that have not ended. */
  get connections(): ReadonlySet<C> {
    return this.#connections;
  }

  start(): void {
    this.#arrivals.start((socket, peer) => {
      const connection = this.#connect(socket, peer);
      this.#connections.add(connection);
      connection.run().finally(() => this.#connections.delete(connection));
    });
  }

  /** Stops listening. Connections go on. */
  stopListening(): void {
    this.#arrivals.stop();
  }

  /** Closes all connections. Resolves when nothing is accepted any more. */
  async close(): Promise<void> {
    for (const connection of this.#connections) connection.close();
    await this.#arrivals.done();
  }
}
