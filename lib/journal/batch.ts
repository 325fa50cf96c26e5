import { type BufferPool, ByteBuffer } from "./byte_buffer.ts";
import { BlockKind, HEADER_BYTES, sealBlock } from "./format.ts";

/** A block is closed when it holds so many bytes. */
const BLOCK_BYTES = 256 * 1024;

/** Events that are put together when the batch is finished. */
export interface PendingEvents {
  /** @returns how many events it has put into `buffer` */
  putPending(buffer: ByteBuffer): number;
}

/** What one commit writes of one topic: blocks of messages, then one of events. */
export class Batch {
  /** Blocks that are closed, and the beginning of the one that is not. */
  readonly blocks: ByteBuffer;
  readonly events: ByteBuffer;
  eventCount = 0;
  /** Index of the first message that is new; of the next one if there is none yet. */
  readonly firstIndex: number;
  #pool: BufferPool;
  #epoch: number;
  /** Where the open block begins; -1 if none is open. */
  #openAt = -1;
  #openKind = 0;
  #openFirst = 0;
  #openCount = 0;
  #openTimeMs = 0;
  readonly #pending: PendingEvents[] = [];

  constructor(pool: BufferPool, epoch: number, firstIndex: number) {
    this.blocks = pool.take();
    this.events = pool.take();
    this.#pool = pool;
    this.#epoch = epoch;
    this.firstIndex = firstIndex;
  }

  get bytes(): number {
    return this.blocks.length + this.events.length + 2 * HEADER_BYTES;
  }

  /**
   * Adds a run of records, `src[start, end)`.
   * @param kind {@link BlockKind.Messages}, or {@link BlockKind.Moved} for those from an older segment
   */
  append(
    kind: number,
    src: Uint8Array,
    start: number,
    end: number,
    count: number,
    firstIndex: number,
    nowMs: number,
  ): void {
    const { blocks } = this;
    if (
      this.#openAt < 0 || kind !== this.#openKind ||
      firstIndex !== this.#openFirst + this.#openCount ||
      blocks.length - this.#openAt + end - start > BLOCK_BYTES
    ) this.#open(kind, firstIndex, nowMs);
    blocks.append(src, start, end);
    this.#openCount += count;
  }

  /** Closes the block that is open, so that all can be read. */
  seal(): void {
    if (this.#openAt < 0) return;
    this.#seal(this.#openAt, this.#openKind, this.#openCount, this.#openFirst, this.#openTimeMs);
    this.#openAt = -1;
  }

  /** `pending` has events for this batch: asked once for them, at its end. */
  expect(pending: PendingEvents): void {
    this.#pending.push(pending);
  }

  /** Puts the events that are pending. */
  putPending(): void {
    for (const pending of this.#pending) this.eventCount += pending.putPending(this.events);
    this.#pending.length = 0;
  }

  /** Nothing more will be added. @param nextIndex of the next message */
  finish(nextIndex: number, nowMs: number): void {
    this.seal();
    this.putPending();
    if (this.eventCount === 0) return;
    const at = this.blocks.extend(HEADER_BYTES);
    this.blocks.append(this.events.bytes, 0, this.events.length);
    this.#seal(at, BlockKind.Events, this.eventCount, nextIndex, nowMs);
    this.events.length = this.eventCount = 0;
  }

  /** Gives its memory back. */
  release(): void {
    this.#pool.give(this.blocks);
    this.#pool.give(this.events);
  }

  #open(kind: number, firstIndex: number, nowMs: number): void {
    this.seal();
    this.#openAt = this.blocks.extend(HEADER_BYTES);
    this.#openKind = kind;
    this.#openFirst = firstIndex;
    this.#openCount = 0;
    this.#openTimeMs = nowMs;
  }

  #seal(at: number, kind: number, count: number, firstIndex: number, timeMs: number): void {
    const { blocks } = this;
    sealBlock(blocks.bytes, blocks.view, at, {
      kind,
      payloadBytes: blocks.length - at - HEADER_BYTES,
      count,
      epoch: this.#epoch,
      firstIndex,
      timeMs,
    });
  }
}
