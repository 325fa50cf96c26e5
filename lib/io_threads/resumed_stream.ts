import type { ByteStream } from "../wire/byte_stream.ts";

/** How a read ended: what it brought, null at the end of the stream. @throws what it failed with */
export type ReadOutcome = () => Uint8Array | null;

const NONE = new Uint8Array(0);

/** A stream of which a read is under way that somebody else began: what that brings comes first. */
export class ResumedStream implements ByteStream {
  /** Null once it is over. */
  #first: PromiseWithResolvers<ReadOutcome> | null = Promise.withResolvers();
  /** Of what that brought. */
  #rest: Uint8Array = NONE;

  constructor(private readonly inner: ByteStream) {}

  /** The read that was under way is over. */
  bring(outcome: ReadOutcome): void {
    this.#first?.resolve(outcome);
  }

  async read(into: Uint8Array): Promise<number | null> {
    if (this.#first !== null) {
      const outcome = await this.#first.promise;
      this.#first = null;
      const bytes = outcome();
      if (bytes === null) return null;
      this.#rest = bytes;
    }
    if (this.#rest.length === 0) return await this.inner.read(into);
    const count = Math.min(this.#rest.length, into.length);
    into.set(this.#rest.subarray(0, count));
    this.#rest = this.#rest.subarray(count);
    return count;
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.inner.write(bytes);
  }

  async closeWrite(): Promise<void> {
    await this.inner.closeWrite?.();
  }

  close(): void {
    this.inner.close();
  }
}
