/** What a thread may send of a new connection before the core has said anything, in bytes: also the least that a connection has. */
export const FIRST_CREDIT_BYTES = 4096;

/** What one connection may have on its way, in bytes, while there are few. */
const MOST_BYTES = 256 * 1024;

/** What all connections together may have on their way, in bytes, as long as that leaves each of them {@link FIRST_CREDIT_BYTES}. */
const ALL_BYTES = 32 * 1024 * 1024;

/**
 * How far I/O threads read ahead of the core: each connection has a credit of bytes that its thread may send; it gets more when the core has taken
 * what came. So a client whose commands are not carried out for now fills its own credit, and is held up by the system then.
 */
export class Credit {
  #connections = 0;
  /** What may come, or has and was not taken. */
  #lentBytes = 0;

  /** There is one more connection, with {@link FIRST_CREDIT_BYTES}. */
  join(): void {
    this.#connections++;
    this.#lentBytes += FIRST_CREDIT_BYTES;
  }

  /** A connection is gone that had so much. */
  leave(bytes: number): void {
    this.#connections--;
    this.#lentBytes -= bytes;
  }

  /** So much was taken of what a connection had. */
  takeBack(bytes: number): void {
    this.#lentBytes -= bytes;
  }

  /** How much to add to what a connection has, in bytes: 0 while that is not worth telling. */
  lend(has: number): number {
    const free = Math.min(ALL_BYTES - this.#lentBytes, ALL_BYTES / this.#connections, MOST_BYTES);
    const allowance = Math.max(FIRST_CREDIT_BYTES, free | 0);
    if (has > allowance >> 1) return 0;
    const more = allowance - has;
    this.#lentBytes += more;
    return more;
  }
}
