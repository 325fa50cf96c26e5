import type { Broker } from "../broker/broker.ts";
import { holdsMessages, type Remainder, remainders } from "../broker/remains.ts";
import type { Alarm, Scheduler } from "../broker/scheduler.ts";
import { formatDuration } from "../go/duration.ts";
import type { Logger } from "../log/logger.ts";

/** How often is looked whether all is consumed. */
const LOOK_MS = 100;

/** So many of those that still hold messages are told of. */
const MAX_REMAINDERS = 100;

/** How far a drain has come, as `/info` shows it. */
export interface DrainState {
  /** RFC 3339. */
  since: string;
  /** RFC 3339; null for none. */
  deadline: string | null;
  /** Messages that are not finished, of all channels, and those that wait at topics. */
  message_count: number;
  /** Who holds them, the most first, 100 at most. */
  remaining: Remainder[];
}

/** How a drain ended. With `stopped` the process was told to stop meanwhile. */
export type DrainEnd = "drained" | "deadline" | "cancelled" | "stopped";

/** Takes a broker out of service: clients publish nothing more, consumers go on, and when they are through, or at the deadline, the process ends. */
export class Drain {
  readonly #broker: Broker;
  readonly #scheduler: Scheduler;
  readonly #logger: Logger;
  readonly #end: (why: string) => void;
  readonly #alarm: Alarm;
  #since = new Date();
  #deadline: Date | null = null;
  /** As of Clock.nowMs. */
  #deadlineMs = Infinity;
  /** Those who wait for the end. */
  #waiting: ((end: DrainEnd) => void)[] = [];

  /** @param end called when the process is to stop, with why */
  constructor(broker: Broker, scheduler: Scheduler, logger: Logger, end: (why: string) => void) {
    this.#broker = broker;
    this.#scheduler = scheduler;
    this.#logger = logger;
    this.#end = end;
    this.#alarm = { dueMs: 0, heapIndex: -1, ring: (nowMs) => this.#look(nowMs) };
  }

  /** Begins, or goes on with another deadline. @param deadlineMs from now; Infinity for none */
  begin(deadlineMs: number): void {
    const nowMs = this.#broker.clock.update();
    if (!this.#broker.draining) this.#since = new Date();
    this.#deadlineMs = nowMs + deadlineMs;
    this.#deadline = deadlineMs === Infinity ? null : new Date(Date.now() + deadlineMs);
    this.#broker.draining = true;
    const limit = deadlineMs === Infinity ? "without a deadline" : formatDuration(deadlineMs);
    this.#logger.info(
      `DRAIN: nothing more is published here; ends when all is consumed (${limit})`,
    );
    this.#scheduler.set(this.#alarm, nowMs + LOOK_MS);
  }

  /** Clients may publish again. Does nothing unless the broker drains. */
  cancel(): void {
    if (!this.#broker.draining) return;
    this.#scheduler.cancel(this.#alarm);
    this.#tell("cancelled");
    this.#broker.draining = false;
    this.#logger.info("DRAIN: cancelled");
  }

  /** Resolves when the drain ends. */
  over(): Promise<DrainEnd> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The process stops: nobody is kept waiting. */
  stop(): void {
    this.#tell("stopped");
  }

  /** Null unless the broker drains. */
  state(): DrainState | null {
    if (!this.#broker.draining) return null;
    const all = remainders(this.#broker.topics.values())
      .sort((a, b) => countOf(b) - countOf(a));
    return {
      since: this.#since.toISOString(),
      deadline: this.#deadline?.toISOString() ?? null,
      message_count: all.reduce((sum, each) => sum + countOf(each), 0),
      remaining: all.slice(0, MAX_REMAINDERS),
    };
  }

  #look(nowMs: number): void {
    if (!holdsMessages(this.#broker.topics.values())) {
      this.#logger.info("DRAIN: all is consumed");
      this.#tell("drained");
      return this.#end("drained");
    }
    if (nowMs < this.#deadlineMs) return this.#scheduler.set(this.#alarm, nowMs + LOOK_MS);
    const { message_count, remaining } = this.state()!;
    this.#logger.warn(`DRAIN: the deadline has come with ${message_count} messages not consumed`);
    for (const each of remaining) this.#logger.warn(`DRAIN: ${describe(each)}`);
    this.#tell("deadline");
    this.#end("drain deadline");
  }

  #tell(end: DrainEnd): void {
    for (const tell of this.#waiting.splice(0)) tell(end);
  }
}

function countOf({ depth, in_flight_count, deferred_count }: Remainder): number {
  return depth + in_flight_count + deferred_count;
}

function describe(remainder: Remainder): string {
  const { topic, channel, depth, in_flight_count, deferred_count, waits_for } = remainder;
  const where = channel === undefined ? topic : `${topic}:${channel}`;
  const counts = `${depth} queued, ${in_flight_count} in flight, ${deferred_count} deferred`;
  return `${where} has ${counts}: waits for ${waits_for}`;
}
