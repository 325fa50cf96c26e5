import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { ByteStream } from "../byte_stream.ts";
import { NodeReadable } from "./node_readable.ts";

const NOTHING = new Uint8Array(0);

/** TLS of node's over another stream in the form of a Duplex, after the handshake. */
export class NodeTlsStream implements ByteStream {
  readonly #socket: TLSSocket;
  readonly #duplex: Duplex;
  readonly #readable: NodeReadable;

  constructor(socket: TLSSocket, duplex: Duplex) {
    this.#socket = socket;
    this.#duplex = duplex;
    this.#readable = new NodeReadable(socket);
  }

  async read(into: Uint8Array): Promise<number | null> {
    for (;;) {
      const count = this.#readable.take(into);
      if (count !== 0) return count;
      await this.#readable.changed();
    }
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve(bytes.length));
    });
  }

  closeWrite(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.once("close", resolve);
      this.#socket.end(resolve);
    });
  }

  close(): void {
    this.#socket.destroy();
    this.#duplex.destroy();
  }
}

/**
 * To be called whenever something has been written to the Duplex under a TLS socket. On Deno 2.7 such a socket looks only when
 * something arrives whether what it encrypted has gone out: without this a write would be over, and the next one begin, when the other
 * side next says something.
 */
export function wakeTls(duplex: Duplex): void {
  if (!duplex.destroyed) duplex.emit("data", NOTHING);
}
