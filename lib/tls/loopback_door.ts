import { wait } from "../wait.ts";

const LOOPBACK = "127.0.0.1";

/** After a failure of accept, such as too many open files, it is tried again in this time. */
const ACCEPT_RETRY_MS = 50;

/** Clients that were gone before they were accepted: nothing is missing, the next may be there already. */
const CLIENT_GONE = ["ENOTCONN", "ECONNABORTED", "ECONNRESET"];

/** With so many more connections than we are making, most are strangers'. */
const MAX_UNEXPECTED = 16;

/** Two ends of one connection that this process has with itself. */
export interface LoopbackPair {
  readonly tls: Deno.TlsConn;
  readonly relay: Deno.TcpConn;
}

/** Accepted when it could not be told yet whether it is ours: `connect` had not said which port it is from. */
interface Unclaimed {
  readonly conn: Deno.TlsConn;
  /** The last attempt to connect that had begun by then: an older connection than an attempt cannot be that attempt's. */
  readonly lastAttempt: number;
}

/**
 * A port of the loopback interface through which this process connects with itself, and which anybody on this machine can
 * reach. Ours are the connections whose address and port are those of one that we have just made. All others are closed,
 * but the runtime lets go of a TLS connection only when the other side has said something: each stranger who was let in costs
 * a descriptor for as long as he likes. Those in the queue go when the door is closed.
 */
export class LoopbackDoor {
  readonly #listener: Deno.TlsListener;
  readonly #closing = new AbortController();
  readonly #onStranger: () => void;
  readonly #attempts = new Set<number>();
  #lastAttempt = 0;
  /** By the port that they come from. */
  readonly #unclaimed = new Map<number, Unclaimed>();
  readonly #awaited = new Map<number, (conn: Deno.TlsConn) => void>();

  /** @param onStranger hears of each who was let in */
  constructor(keyPair: { cert: string; key: string }, onStranger: () => void) {
    this.#onStranger = onStranger;
    this.#listener = Deno.listenTls({ hostname: LOOPBACK, port: 0, ...keyPair });
    void this.#acceptAll(); // ends when the door closes, and never rejects
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Connects. @throws Error when `limit` is aborted, the door closes, or nothing can be opened */
  async connect(limit: AbortSignal): Promise<LoopbackPair> {
    const attempt = ++this.#lastAttempt;
    this.#attempts.add(attempt);
    const signal = AbortSignal.any([limit, this.#closing.signal]);
    let relay: Deno.TcpConn | undefined;
    try {
      const { port } = this.#listener.addr as Deno.NetAddr;
      relay = await Deno.connect({ hostname: LOOPBACK, port, signal });
      relay.setNoDelay();
      return { tls: await this.#acceptedFrom(relay.localAddr.port, attempt, signal), relay };
    } catch (error) {
      relay?.close();
      throw error;
    } finally {
      this.#attempts.delete(attempt);
      this.#refuseStrangers();
    }
  }

  /** Nothing is connected any more. Connections go on. May be called twice. */
  close(): void {
    if (this.isClosed) return;
    this.#closing.abort();
    this.#listener.close();
    for (const { conn } of this.#unclaimed.values()) conn.close();
    this.#unclaimed.clear();
  }

  /** The other end of our connection from `port`, which may be accepted before or after we know of it. */
  #acceptedFrom(port: number, attempt: number, signal: AbortSignal): Promise<Deno.TlsConn> {
    signal.throwIfAborted();
    const unclaimed = this.#unclaimed.get(port);
    this.#unclaimed.delete(port);
    if (unclaimed !== undefined && unclaimed.lastAttempt >= attempt) {
      return Promise.resolve(unclaimed.conn);
    }
    unclaimed?.conn.close(); // somebody who had that port before us, and is gone
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#awaited.delete(port);
        reject(signal.reason);
      };
      signal.addEventListener("abort", giveUp, { once: true });
      this.#awaited.set(port, (conn) => {
        this.#awaited.delete(port);
        signal.removeEventListener("abort", giveUp);
        resolve(conn);
      });
    });
  }

  async #acceptAll(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        this.#receive(await this.#listener.accept());
      } catch (error) {
        const { code = "" } = error as { code?: string };
        if (!CLIENT_GONE.includes(code)) await wait(ACCEPT_RETRY_MS, signal);
      }
    }
  }

  #receive(conn: Deno.TlsConn): void {
    const { hostname, port } = conn.remoteAddr as Deno.NetAddr;
    const claim = hostname === LOOPBACK ? this.#awaited.get(port) : undefined;
    if (claim !== undefined) return claim(conn);
    const { size } = this.#attempts;
    const mayBeOurs = hostname === LOOPBACK && size > 0 && !this.isClosed;
    if (!mayBeOurs || this.#unclaimed.size >= size + MAX_UNEXPECTED) return this.#refuse(conn);
    this.#unclaimed.get(port)?.conn.close();
    this.#unclaimed.set(port, { conn, lastAttempt: this.#lastAttempt });
  }

  /** Refuses what none of the attempts under way can have made. */
  #refuseStrangers(): void {
    const [oldestAttempt = Infinity] = this.#attempts;
    for (const [port, { conn, lastAttempt }] of this.#unclaimed) {
      if (lastAttempt >= oldestAttempt) continue;
      this.#unclaimed.delete(port);
      this.#refuse(conn);
    }
  }

  #refuse(conn: Deno.TlsConn): void {
    conn.close();
    if (!this.isClosed) this.#onStranger();
  }
}
