import { formatDuration } from "../../go/duration.ts";
import type { Logger } from "../../log/logger.ts";
import type { Batch } from "./batch.ts";
import {
  isAboutBatch,
  isAboutBody,
  type PublishAttempt,
  PublishError,
  verdictOn,
} from "./error.ts";
import type { ProducerNode } from "./node.ts";
import type { ResolvedProducerOptions } from "./options.ts";
import { ProducerPool } from "./pool.ts";
import { BatchQueue } from "./queue.ts";

/** How often is looked for what takes too long. */
const SWEEP_INTERVAL_MS = 100;

/** An nsqd is given at least so long to answer before another is tried. */
const MIN_ANSWER_TIMEOUT_MS = 1000;

/** What the sender needs. */
export interface BatchSenderContext {
  readonly options: ResolvedProducerOptions;
  readonly logger: Logger;
  /** A batch has been acknowledged, or has failed for good. */
  readonly onSettled: (batch: Batch) => void;
  readonly nowMs: () => number;
  readonly random: () => number;
}

/** Sends batches to nsqds until each is acknowledged, or all that may be tried was tried. */
export class BatchSender {
  readonly queue: BatchQueue;
  readonly #context: BatchSenderContext;
  readonly #pool: ProducerPool;
  readonly #answerTimeoutMs: number;
  #isStarted = false;
  #isScheduled = false;
  #sweepTimer: ReturnType<typeof setInterval> | undefined;
  #lastSweepMs = 0;
  /** Callers of {@link connected}. */
  #waiting: {
    resolve: () => void;
    reject: (error: Error) => void;
    tries: number;
    createdMs: number;
  }[] = [];
  /** In the turn of microtasks after the next: those that an answer has woken publish first, and go out together. */
  readonly #dispatchLater = () => queueMicrotask(this.#dispatch);
  readonly #dispatch = () => {
    this.#isScheduled = false;
    this.#send();
  };

  constructor(context: BatchSenderContext) {
    this.#context = context;
    const { options, logger, nowMs, random } = context;
    this.queue = new BatchQueue(options.maxBatchBytes);
    this.#answerTimeoutMs = Math.max(
      MIN_ANSWER_TIMEOUT_MS,
      options.publishTimeoutMs / options.maxAttempts,
    );
    this.#pool = new ProducerPool({
      options,
      logger,
      nowMs,
      random,
      events: {
        onReady: () => this.#onReady(),
        onAcknowledged: (node, batch) => this.#onAcknowledged(node, batch),
        onRefused: (node, batch, text) => this.#onRefused(node, batch, text),
        onLost: (node, sent, reason, areUnread) => this.#onLost(node, sent, reason, areUnread),
        onNobody: (failures) => this.#onNobody(failures),
        onUnreachable: () => {
          if (!this.queue.isEmpty) this.schedule();
        },
      },
    });
  }

  /** Sends soon what is in the queue. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    if (!this.#isStarted) this.#start();
    this.#sweepTimer ??= this.#startSweeping();
    queueMicrotask(this.#dispatchLater);
  }

  /** Resolves when an nsqd is connected. @throws PublishError when none can be reached */
  connected(): Promise<void> {
    if (!this.#isStarted) this.#start();
    if (this.#pool.hasConnection) return Promise.resolve();
    this.#sweepTimer ??= this.#startSweeping();
    const createdMs = this.#context.nowMs();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject, tries: 0, createdMs });
    });
  }

  /** Ends all connections at once. */
  async close(): Promise<void> {
    clearInterval(this.#sweepTimer);
    const closed = this.#pool.close();
    for (const { reject } of this.#waiting.splice(0)) reject(new PublishError("closed", []));
    await closed;
  }

  #start(): void {
    this.#isStarted = true;
    this.#pool.start();
  }

  #send(): void {
    const { queue } = this;
    while (!queue.isEmpty) {
      const node = this.#pool.choose(queue.next!.key);
      if (node === undefined) return;
      node.send(queue.take()!);
    }
  }

  #onReady(): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve();
    this.#send();
  }

  #onAcknowledged({ address }: ProducerNode, batch: Batch): void {
    batch.acknowledge(address);
    this.#context.onSettled(batch);
    if (!this.queue.isEmpty) this.schedule();
  }

  #onRefused({ address }: ProducerNode, batch: Batch, reason: string): void {
    if (batch.count > 1 && !batch.isOneUnit && isAboutBody(reason)) {
      // More than nsqd's --max-body-size: the next batches would be, too.
      if (isAboutBatch(reason)) this.queue.shrinkBatches(batch.length >> 1);
      this.queue.giveBack(batch.split());
      return this.schedule();
    }
    const verdict = verdictOn(reason);
    const acknowledged = verdict === "retry-unknown" ? "unknown" : false;
    batch.attempts.push({ nsqd: address, reason, acknowledged });
    if (verdict === "refused") this.#fail(batch);
    else this.#retry([batch]);
  }

  #onLost(
    { address }: ProducerNode,
    sent: readonly Batch[],
    reason: string,
    areUnread: boolean,
  ): void {
    for (const batch of sent) {
      if (areUnread) batch.tries--;
      else batch.attempts.push({ nsqd: address, reason, acknowledged: "unknown" });
    }
    if (sent.length > 0) this.#retry(sent);
  }

  #onNobody(failures: readonly PublishAttempt[]): void {
    const { maxAttempts } = this.#context.options;
    for (const waiting of this.#waiting.splice(0)) {
      if (++waiting.tries < maxAttempts) this.#waiting.push(waiting);
      else waiting.reject(new PublishError("failed to connect", failures));
    }
    const exhausted = this.queue.takeWhere((batch) => {
      batch.attempts.push(...failures);
      return ++batch.tries >= maxAttempts;
    });
    for (const batch of exhausted) this.#fail(batch);
  }

  /** Sends batches again that may be, in their order, and fails the others. */
  #retry(batches: readonly Batch[]): void {
    const { maxAttempts } = this.#context.options;
    const isOver = (batch: Batch) => batch.tries >= maxAttempts || this.#isExpired(batch);
    this.queue.giveBack(batches.filter((batch) => !isOver(batch)));
    for (const batch of batches.filter(isOver)) this.#fail(batch);
    if (!this.queue.isEmpty) this.schedule();
  }

  #fail(batch: Batch): void {
    batch.fail(`failed to publish to ${batch.topic}`);
    this.#context.onSettled(batch);
  }

  #isExpired({ createdMs }: { createdMs: number }): boolean {
    const { options, nowMs } = this.#context;
    return nowMs() - createdMs >= options.publishTimeoutMs;
  }

  #startSweeping(): ReturnType<typeof setInterval> {
    this.#lastSweepMs = this.#context.nowMs();
    return setInterval(() => this.#sweep(), SWEEP_INTERVAL_MS);
  }

  #sweep(): void {
    const nowMs = this.#context.nowMs();
    const wasBlocked = nowMs - this.#lastSweepMs > 2 * SWEEP_INTERVAL_MS;
    this.#lastSweepMs = nowMs;
    // This process was busy or stopped: what came in meanwhile has not been looked at.
    if (wasBlocked) return;
    for (const node of this.#pool.nodes) this.#dropIfSilent(node, nowMs);
    for (const batch of this.queue.takeWhere((batch) => this.#isExpired(batch))) {
      batch.attempts.push(...this.#pool.failures);
      this.#expire(batch);
    }
    this.#expireWaiting();
    const isIdle = this.queue.isEmpty && this.#waiting.length === 0 &&
      this.#pool.nodes.every((node) => node.unanswered.length === 0);
    if (isIdle) {
      clearInterval(this.#sweepTimer);
      this.#sweepTimer = undefined;
    }
  }

  #expire(batch: Batch): void {
    batch.fail(`failed to publish to ${batch.topic} ${this.#withinLimit()}`);
    this.#context.onSettled(batch);
  }

  /** Callers of {@link connected} wait no longer than for a publish. */
  #expireWaiting(): void {
    const isLate = (each: { createdMs: number }) => this.#isExpired(each);
    const late = this.#waiting.filter(isLate);
    if (late.length === 0) return;
    this.#waiting = this.#waiting.filter((each) => !isLate(each));
    const error = new PublishError(
      `failed to connect ${this.#withinLimit()}`,
      this.#pool.failures,
    );
    for (const { reject } of late) reject(error);
  }

  #withinLimit(): string {
    return `within ${formatDuration(this.#context.options.publishTimeoutMs)}`;
  }

  #dropIfSilent(node: ProducerNode, nowMs: number): void {
    const oldest = node.unanswered[0];
    if (oldest === undefined) return;
    const isLate = nowMs - oldest.sentMs >= this.#answerTimeoutMs || this.#isExpired(oldest);
    if (isLate) node.drop(`no answer for ${formatDuration(Math.round(nowMs - oldest.sentMs))}`);
  }
}
