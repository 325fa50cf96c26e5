import type { ByteStream } from "../../byte_stream.ts";

/** A stream for unit tests: gives what it was given, in pieces, and keeps what is written. */
export class MemoryStream implements ByteStream {
  readonly written: number[] = [];
  closed = false;
  writeClosed = false;
  /** Bytes handed out so far. */
  taken = 0;

  /** @param pieceBytes handed out and accepted at once */
  constructor(
    private readonly input: Uint8Array,
    private readonly pieceBytes = 1000,
  ) {}

  read(into: Uint8Array): Promise<number | null> {
    const count = Math.min(into.length, this.pieceBytes, this.input.length - this.taken);
    if (count === 0) return Promise.resolve(null);
    into.set(this.input.subarray(this.taken, this.taken + count));
    this.taken += count;
    return Promise.resolve(count);
  }

  write(bytes: Uint8Array): Promise<number> {
    const part = bytes.subarray(0, this.pieceBytes);
    this.written.push(...part);
    return Promise.resolve(part.length);
  }

  closeWrite(): Promise<void> {
    this.writeClosed = true;
    return Promise.resolve();
  }

  close(): void {
    this.closed = true;
  }
}

/** Reads to the end, `intoBytes` at a time. */
export async function readAll(stream: ByteStream, intoBytes = 777): Promise<Uint8Array> {
  const parts: number[] = [];
  const into = new Uint8Array(intoBytes);
  for (;;) {
    const count = await stream.read(into);
    if (count === null) return Uint8Array.from(parts);
    parts.push(...into.subarray(0, count));
  }
}
