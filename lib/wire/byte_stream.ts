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

/** Who takes what a {@link PushedStream} receives, at once. */
export interface StreamReceiver {
  /** Takes all of `bytes[start, end)`, valid during the call only. False if no more is taken for now: what comes then waits for `read`. */
  received(bytes: Uint8Array, start: number, end: number): boolean;
  /** The stream has ended or failed: `read` says how. */
  over(): void;
}

/** A stream whose bytes come without being asked for one by one: that costs no promises. */
export interface PushedStream extends ByteStream {
  /** From now on `receiver` gets what comes, until it says no or the stream is over. Nothing is read meanwhile. */
  pushTo(receiver: StreamReceiver): void;
  /** Takes over all of `bytes` at once, or nothing: then they are to be written by `write`. */
  writeNow(bytes: Uint8Array): boolean;
}

/** Whether a stream is a {@link PushedStream}. */
export function isPushed(stream: ByteStream): stream is PushedStream {
  return "pushTo" in stream;
}
