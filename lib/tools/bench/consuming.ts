import type { Consumer, Message } from "../../client/mod.ts";
import { LatencyHistogram } from "./histogram.ts";
import type { Stamp } from "./stamp.ts";

const NS_PER_MS = 1e6;
/** Looks so often whether anything still comes. */
const CHECK_INTERVAL_MS = 50;

/** What {@link Consuming} does. */
export interface ConsumingPlan {
  readonly consumers: readonly Consumer[];
  readonly stamp: Stamp;
  /** Whether only messages of this run count, as in mode both. */
  readonly onlyOwn: boolean;
  readonly nowMs: () => number;
  /** Milliseconds since 1970, fractions counting. */
  readonly wallMs: () => number;
}

/** Takes messages and finishes them at once, and measures how old they are. */
export class Consuming {
  readonly latency = new LatencyHistogram();
  received = 0;
  bytes = 0;
  /** Messages that came again. */
  redelivered = 0;
  firstMs = 0;
  lastMs = 0;
  readonly #plan: ConsumingPlan;
  readonly #running: Promise<void>[] = [];
  #onReceived: (() => void)[] = [];

  constructor(plan: ConsumingPlan) {
    this.#plan = plan;
  }

  /** Resolves when all consumers are connected. */
  async start(): Promise<void> {
    const { consumers } = this.#plan;
    const take = (message: Message) => this.#take(message);
    this.#running.push(...consumers.map((consumer) => consumer.run(take)));
    await Promise.all(consumers.map((consumer) => consumer.ready));
  }

  /** Resolves when something was received. */
  progressed(): Promise<void> {
    return new Promise((resolve) => this.#onReceived.push(resolve));
  }

  /** Resolves when `count` messages are there, `signal` is aborted, or nothing has come for `quietMs`. */
  async settled(count: number, quietMs: number, signal: AbortSignal): Promise<void> {
    let seen = this.received;
    let seenMs = this.#plan.nowMs();
    while (this.received < count && !signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, CHECK_INTERVAL_MS));
      const nowMs = this.#plan.nowMs();
      if (this.received === seen && nowMs - seenMs >= quietMs) return;
      if (this.received === seen) continue;
      seen = this.received;
      seenMs = nowMs;
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#plan.consumers.map((consumer) => consumer.stop()));
    await Promise.all(this.#running);
  }

  #take(message: Message): void {
    const { stamp, onlyOwn, nowMs, wallMs } = this.#plan;
    const { body } = message;
    const sentMs = stamp.read(body);
    if (sentMs === undefined && onlyOwn) return;
    const timeMs = nowMs();
    if (this.received++ === 0) this.firstMs = timeMs;
    this.lastMs = timeMs;
    this.bytes += body.length;
    if (message.attempts > 1) this.redelivered++;
    const ageMs = sentMs === undefined
      ? wallMs() - Number(message.timestampNs) / NS_PER_MS
      : timeMs - sentMs;
    this.latency.record(Math.max(0, ageMs));
    if (this.#onReceived.length === 0) return;
    for (const tell of this.#onReceived.splice(0)) tell();
  }
}
