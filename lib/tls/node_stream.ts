import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { ByteStream } from "../wire/byte_stream.ts";
import { NodeReadable, writeToNode } from "../wire/streams/node_stream.ts";

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

  read(into: Uint8Array): Promise<number | null> {
    return this.#readable.read(into);
  }

  write(bytes: Uint8Array): Promise<number> {
    return writeToNode(this.#socket, bytes);
  }

  closeWrite(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.once("close", resolve);
      this.#socket.end(resolve);
      setTimeout(() => wakeTls(this.#duplex), 0); // else what says so would wait for the other side, too
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
