import type { Producer, PublishError } from "../../client/mod.ts";
import { LatencyHistogram } from "./histogram.ts";
import type { Stamp } from "./stamp.ts";

const MS_PER_SECOND = 1000;

/** What {@link Publishing} does. */
export interface PublishingPlan {
  readonly producers: readonly Producer[];
  readonly topics: readonly string[];
  readonly sizeBytes: number;
  readonly batch: number;
  readonly concurrency: number;
  /** Messages per second; 0 for the most. */
  readonly rate: number;
  /** 0 for no limit. */
  readonly count: number;
  /** Publishes nothing more when it is aborted. */
  readonly signal: AbortSignal;
  readonly stamp: Stamp;
  readonly nowMs: () => number;
  /** Resolves when one more publish may begin; undefined when it may now. */
  readonly gate: (published: number) => Promise<void> | undefined;
  /** Takes one line for the first publish that fails. */
  readonly onFirstFailure: (text: string) => void;
}

/** Publishes with many workers at once, and measures how long each publish takes. */
export class Publishing {
  readonly latency = new LatencyHistogram();
  /** Messages that were begun, and what came of them. */
  begun = 0;
  acknowledged = 0;
  failed = 0;
  unknown = 0;
  startMs = 0;
  endMs = 0;
  readonly #plan: PublishingPlan;
  readonly #stopped: Promise<void>;

  constructor(plan: PublishingPlan) {
    this.#plan = plan;
    const { signal } = plan;
    this.#stopped = new Promise((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve());
    });
  }

  /** Resolves when all that was begun is acknowledged or has failed. */
  async run(): Promise<void> {
    const { producers, concurrency, nowMs } = this.#plan;
    this.startMs = nowMs();
    const workers: Promise<void>[] = [];
    for (let i = 0; i < concurrency; i++) {
      for (const producer of producers) workers.push(this.#work(producer, workers.length));
    }
    await Promise.all(workers);
    this.endMs = nowMs();
  }

  async #work(producer: Producer, worker: number): Promise<void> {
    const { topics, sizeBytes, count, batch, signal, stamp, nowMs, gate } = this.#plan;
    const bodies = Array.from({ length: batch }, () => stamp.body(sizeBytes));
    for (let turn = worker; !signal.aborted; turn++) {
      const messages = count === 0 ? batch : Math.min(batch, count - this.begun);
      if (messages <= 0) return;
      const dueMs = this.#dueMs();
      this.begun += messages;
      const opening = gate(this.begun);
      if (opening !== undefined) await Promise.race([opening, this.#stopped]);
      const sentMs = await this.#waitFor(dueMs);
      if (signal.aborted) {
        this.begun -= messages;
        return;
      }
      const topic = topics[turn % topics.length]!;
      for (let i = 0; i < messages; i++) stamp.write(bodies[i]!, sentMs);
      try {
        if (batch === 1) await producer.publish(topic, bodies[0]!);
        else await producer.publishMany(topic, bodies.slice(0, messages));
        this.acknowledged += messages;
        this.latency.record(nowMs() - sentMs, messages);
      } catch (error) {
        this.#failed(error as PublishError, messages);
      }
    }
  }

  /** When the next message is to be sent by the rate; 0 for at once. */
  #dueMs(): number {
    const { rate } = this.#plan;
    return rate === 0 ? 0 : this.startMs + this.begun * MS_PER_SECOND / rate;
  }

  /**
   * Waits until a message is due. @returns when it counts as sent: now, but when it was due if all workers were busy then, or else
   * a broker that stalls would be asked less and look quick
   */
  async #waitFor(dueMs: number): Promise<number> {
    const { nowMs } = this.#plan;
    const waitMs = dueMs - nowMs();
    if (dueMs === 0) return nowMs();
    if (waitMs <= 0) return dueMs;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const due = new Promise<void>((resolve) => timer = setTimeout(resolve, waitMs));
    await Promise.race([due, this.#stopped]);
    clearTimeout(timer);
    return nowMs();
  }

  #failed(error: PublishError, messages: number): void {
    if (this.failed + this.unknown === 0) this.#plan.onFirstFailure(error.message);
    if (error.acknowledged === "unknown") this.unknown += messages;
    else this.failed += messages;
  }
}
