import { connect, type Socket } from "node:net";
import { NodeReadable, writeToNode } from "../../wire/streams/node_stream.ts";
import type { HostPort } from "../host_port.ts";
import type { TcpSocket } from "./runtime.ts";

/** Connects to an address. @throws Error with the system's reason; the reason of `signal` */
export function connectNodeSocket(
  { hostname, port, signal }: HostPort & { readonly signal: AbortSignal },
): Promise<TcpSocket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connect({ host: hostname, port });
    const stop = () => {
      socket.destroy();
      reject(signal.reason);
    };
    signal.addEventListener("abort", stop, { once: true });
    socket.once("error", (error) => reject(plain(error)));
    socket.once("connect", () => {
      signal.removeEventListener("abort", stop);
      resolve(new NodeSocket(socket));
    });
  });
}

/** A socket of node's that is read on demand, as Deno's are. */
class NodeSocket implements TcpSocket {
  readonly #socket: Socket;
  readonly #readable: NodeReadable;

  constructor(socket: Socket) {
    this.#socket = socket;
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
      this.#socket.once("close", () => resolve());
      this.#socket.end(() => resolve());
    });
  }

  setNoDelay(): void {
    this.#socket.setNoDelay();
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Node names what failed by a code with the call and the address: the words that whoever reads it knows are the system's. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset by peer",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
  ETIMEDOUT: "i/o timeout",
};

function plain(error: Error): Error {
  const words = WORDS[(error as NodeJS.ErrnoException).code ?? ""];
  return words === undefined ? error : new Error(words, { cause: error });
}
