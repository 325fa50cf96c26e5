import { dial } from "../../net/dial.ts";
import type { TcpSocket } from "../../net/runtime/runtime.ts";
import { MAGIC_V1 } from "./protocol.ts";

const SIZE_BYTES = 4;

/** What {@link LookupConnection.open} needs. */
export interface LookupConnectionOptions {
  readonly hostname: string;
  readonly port: number;
  /** For connecting, and for each exchange. */
  readonly timeoutMs: number;
  /** No answer is longer, in bytes. */
  readonly maxAnswerBytes: number;
}

/**
 * One connection to a lookupd. It answers every command with a size and that many bytes, in order.
 * Source: https://nsq.io/components/nsqlookupd.html
 */
export class LookupConnection {
  /** Resolves when the connection has ended. */
  readonly ended: Promise<void>;
  readonly #socket: TcpSocket;
  readonly #options: LookupConnectionOptions;
  readonly #answers: Uint8Array[] = [];
  #received: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #wake: () => void = () => {};
  #error: Error | null = null;
  #closed = false;

  private constructor(socket: TcpSocket, options: LookupConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.ended = this.#receive();
  }

  /** Connects, and says which protocol is spoken. @throws Error if that takes too long or fails */
  static async open(
    options: LookupConnectionOptions,
    signal: AbortSignal,
  ): Promise<LookupConnection> {
    const { hostname, port, timeoutMs } = options;
    const socket = await dial({ hostname, port }, { timeoutMs, signal });
    const connection = new LookupConnection(socket, options);
    try {
      await connection.#write(MAGIC_V1);
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** Sends `count` commands at once; their answers. @throws Error if they do not all come in time; the connection is of no use then */
  async exchange(commands: Uint8Array, count: number): Promise<Uint8Array[]> {
    const timer = setTimeout(() => this.#fail(new Error("i/o timeout")), this.#options.timeoutMs);
    try {
      await this.#write(commands);
      while (this.#answers.length < count) {
        if (this.#error !== null) throw this.#error;
        await new Promise<void>((resolve) => this.#wake = resolve);
      }
      if (this.#answers.length > count) throw new Error("more answers than commands");
      return this.#answers.splice(0);
    } catch (error) {
      throw this.#error ?? error;
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#fail(new Error("connection closed"));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#socket.write(bytes.subarray(at));
  }

  /** Reads all the time, so that the end of the connection is seen when it comes. */
  async #receive(): Promise<void> {
    const buffer = new Uint8Array(4096);
    try {
      for (;;) {
        const count = await this.#socket.read(buffer);
        if (count === null) throw new Error("EOF");
        this.#take(buffer.subarray(0, count));
      }
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #take(bytes: Uint8Array): void {
    const all = new Uint8Array(this.#received.length + bytes.length);
    all.set(this.#received);
    all.set(bytes, this.#received.length);
    const view = new DataView(all.buffer);
    let at = 0;
    while (all.length - at >= SIZE_BYTES) {
      const size = view.getInt32(at), { maxAnswerBytes } = this.#options;
      if (size < 0 || size > maxAnswerBytes) {
        throw new Error(`response body size (${size}) is not in range 0-${maxAnswerBytes}`);
      }
      if (all.length - at < SIZE_BYTES + size) break;
      this.#answers.push(all.slice(at + SIZE_BYTES, at + SIZE_BYTES + size));
      at += SIZE_BYTES + size;
    }
    this.#received = all.slice(at);
    this.#wake();
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.#wake();
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#socket.close();
    } catch (error) {
      // The runtime closes a socket itself when the peer resets it.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }
}
