import { Batch } from "./batch.ts";

/**
 * Batches that wait to be sent, first come first sent. The last of each topic that is not full yet is open: publishes that come
 * before it is sent join it.
 */
export class BatchQueue {
  #maxBatchBytes: number;
  #batches: Batch[] = [];
  readonly #open = new Map<string, Batch>();

  /** @param maxBatchBytes a batch is closed when it would become larger */
  constructor(maxBatchBytes: number) {
    this.#maxBatchBytes = maxBatchBytes;
  }

  /** The open batch of a topic, with room for `bodyBytes` more; a new one if need be. */
  collect(topic: string, bodyBytes: number, nowMs: () => number): Batch {
    const open = this.#open.get(topic);
    if (open !== undefined && open.length + bodyBytes <= this.#maxBatchBytes) return open;
    const batch = new Batch(topic, -1, false, nowMs());
    this.#open.set(topic, batch);
    this.#batches.push(batch);
    return batch;
  }

  /** Makes new batches no larger than this. */
  shrinkBatches(maxBatchBytes: number): void {
    this.#maxBatchBytes = Math.min(this.#maxBatchBytes, maxBatchBytes);
  }

  /** Adds a batch that nothing joins. */
  push(batch: Batch): void {
    this.#batches.push(batch);
  }

  /** Puts batches that were taken out back in front of all others. */
  giveBack(batches: readonly Batch[]): void {
    this.#batches.unshift(...batches);
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  /** The next to be sent. */
  get next(): Batch | undefined {
    return this.#batches[0];
  }

  /** Takes out the next to be sent. Nothing joins it any more. */
  take(): Batch | undefined {
    const batch = this.#batches.shift();
    if (batch !== undefined && this.#open.get(batch.topic) === batch) {
      this.#open.delete(batch.topic);
    }
    return batch;
  }

  /** Takes out those that `isWanted`, to be failed. */
  takeWhere(isWanted: (batch: Batch) => boolean): Batch[] {
    const taken = this.#batches.filter(isWanted);
    if (taken.length === 0) return taken;
    const gone = new Set(taken);
    this.#batches = this.#batches.filter((batch) => !gone.has(batch));
    for (const batch of taken) {
      if (this.#open.get(batch.topic) === batch) this.#open.delete(batch.topic);
    }
    return taken;
  }
}
