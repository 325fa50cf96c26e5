/**
 * What the protocol needs of a transport. `Deno.TcpConn` satisfies it as it is; TLS and compression wrap it.
 */
export interface ByteStream {
  /** Reads up to `into.length` bytes; the count read, or null at the end of the stream. */
  read(into: Uint8Array): Promise<number | null>;
  /** Writes some of `bytes`; the count written. */
  write(bytes: Uint8Array): Promise<number>;
  /** Says that nothing more will be written. */
  closeWrite?(): Promise<void>;
  close(): void;
}
