/**
 * The seam between the client library and what it runs on. Everything that Deno and Node do each in their own way is here; the rest is
 * from the web platform and from `node:` modules, which both have.
 */
import type { ByteStream } from "../../wire/byte_stream.ts";
import type { HostPort } from "../host_port.ts";

/** A TCP connection. */
export interface TcpSocket extends ByteStream {
  closeWrite(): Promise<void>;
  /** Sends small pieces at once. */
  setNoDelay(): void;
}

/** What the client library needs of its runtime. */
export interface Runtime {
  /** Name of this machine. */
  hostname(): string;
  /** Connects to an address, not to a name. @throws Error with the system's reason; the reason of `signal` */
  connect(to: HostPort & { readonly signal: AbortSignal }): Promise<TcpSocket>;
  /**
   * Makes TLS of a connection faster than `node:tls` does, with the system's authorities and no wishes; null where there is no such way.
   * @throws Error that says why the handshake failed
   */
  readonly startTls: ((socket: TcpSocket, hostname: string) => Promise<ByteStream>) | null;
  /** Whether `error` says that what was to be closed is closed already. */
  isClosed(error: unknown): boolean;
  /** @throws Error with the system's reason */
  readFile(path: string): Uint8Array;
  /** Writes some of `bytes`, at once. @returns how many */
  writeStderr(bytes: Uint8Array): number;
}
