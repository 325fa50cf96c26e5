import type { Logger } from "../log/logger.ts";
import { wait } from "../wait.ts";
import { addressText, type Listener, portOf } from "./listeners.ts";
import { missingResource } from "./missing_resource.ts";
import { type Peer, peerOf, type Socket } from "./peer.ts";

/** Where a resource is missing, connections wait in the system's queue and are asked for again in this time. */
const RETRY_MS = 50;

/** A failure that lasts is logged no more often than this. */
const WARNING_INTERVAL_MS = 5000;

/** What accept says when a client has gone before it was accepted. */
const CLIENT_GONE = ["ENOTCONN", "ECONNABORTED", "ECONNRESET"];

/** What an {@link Acceptor} needs. */
export interface AcceptorParts {
  /** In front of log lines: `TCP`, `HTTP`. */
  readonly name: string;
  readonly logger: Logger;
  /** Takes a connection over. If it throws, the connection is closed. */
  take(socket: Socket, peer: Peer): void;
  /** A clock that does not go back, in milliseconds. */
  nowMs(): number;
}

/** Takes connections from listeners until it is stopped, whatever happens to single ones and whatever runs out meanwhile. */
export class Acceptor {
  readonly #listeners: readonly Listener[];
  readonly #parts: AcceptorParts;
  readonly #stopping = new AbortController();
  #lastWarningMs = -Infinity;
  /** Null before the start. */
  #loops: Promise<unknown> | null = null;

  /** @param listeners at least one; all on one port */
  constructor(listeners: readonly Listener[], parts: AcceptorParts) {
    this.#listeners = listeners;
    this.#parts = parts;
  }

  /** The port really listened on; -1 for a Unix socket. */
  get port(): number {
    return portOf(this.#listeners[0]!.addr);
  }

  /** Says where it listens, and begins. */
  start(): void {
    const { name, logger } = this.#parts;
    logger.info(`${name}: listening on ${addressText(this.#listeners[0]!.addr)}`);
    this.#loops = Promise.all(this.#listeners.map((listener) => this.#accept(listener)));
  }

  /** Stops listening, at once. */
  stop(): void {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    for (const listener of this.#listeners) listener.close();
    const { name, logger } = this.#parts;
    if (this.#loops !== null) {
      logger.info(`${name}: closing ${addressText(this.#listeners[0]!.addr)}`);
    }
  }

  /** Resolves when, after {@link stop}, nothing is taken any more. */
  async done(): Promise<void> {
    await this.#loops;
  }

  async #accept(listener: Listener): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        this.#take(await listener.accept());
      } catch (error) {
        if (signal.aborted) return;
        if (this.#reportFailure(error as Error)) await wait(RETRY_MS, signal);
      }
    }
  }

  #take(socket: Socket): void {
    try {
      this.#stopping.signal.throwIfAborted();
      if ("setNoDelay" in socket) {
        socket.setNoDelay(true);
        socket.setKeepAlive(true); // ends the connection of a host that has vanished, in the end
      }
      this.#parts.take(socket, peerOf(socket));
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  /** @returns whether to wait: something is missing that only time can bring */
  #reportFailure(error: Error & { code?: string }): boolean {
    const { name, logger } = this.#parts;
    const missing = missingResource(error);
    if (missing === undefined && CLIENT_GONE.includes(error.code ?? "")) {
      logger.debug(`${name}: a client had gone before it was accepted - ${error.message}`);
      return false;
    }
    const nowMs = this.#parts.nowMs();
    if (nowMs - this.#lastWarningMs >= WARNING_INTERVAL_MS) {
      this.#lastWarningMs = nowMs;
      const reason = missing === undefined ? "" : `: ${missing}; who connects waits for room`;
      logger.warn(`${name}: temporary Accept() failure - ${error.message}${reason}`);
    }
    return missing !== undefined;
  }
}
