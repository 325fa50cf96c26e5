import { isEphemeralName } from "../wire/names.ts";
import { Backlog } from "./backlog.ts";
import { NO_DISK } from "./backlog_disk.ts";
import type { KeyEntry } from "../journal/key_table.ts";
import type { ChannelStore } from "./channel_store.ts";
import type { BrokerContext } from "./context.ts";
import { Deferred } from "./deferred.ts";
import type { HeldMessage } from "./held_message.ts";
import { LastWrites } from "./last_writes.ts";
import { Ledger } from "./ledger.ts";
import type { Log } from "./log.ts";

/** A channel whose messages are in memory, and what does not fit there in a disk queue, if it has one. */
export class QueuedChannel implements ChannelStore {
  readonly ledger: Ledger;
  readonly backlog: Backlog;
  readonly deferred: Deferred;
  readonly paused = false;
  readonly #name: string;
  readonly #diskName: string;
  readonly #context: BrokerContext;

  /** @param onDue given each deferred message when its time has come */
  constructor(
    topic: string,
    name: string,
    log: Log,
    context: BrokerContext,
    onDue: (held: HeldMessage) => void,
  ) {
    this.#name = name;
    this.#context = context;
    // A channel of an ephemeral topic may well have files itself, as in nsqd.
    this.#diskName = `${topic}:${name}`;
    this.ledger = new Ledger(context.clock, context.latency);
    const disk = isEphemeralName(name) ? NO_DISK : context.openDisk(this.#diskName);
    this.backlog = new Backlog(log, disk, context);
    this.deferred = new Deferred(context, onDue);
  }

  get deferredCount(): number {
    return this.deferred.count;
  }

  setPaused(): void {
    // The metadata file knows.
  }

  takeWaiting(): boolean {
    return false;
  }

  putBack(bytes: Uint8Array, end: number, count: number, sinceMs: number): void {
    this.backlog.putBack(bytes, end, count, sinceMs);
  }

  waitingDropped(): void {
    // It has none of that.
  }

  cancelDeferred({ id }: KeyEntry): boolean {
    return this.deferred.cancel((held) => held.key(this.#context.nodeId) === id);
  }

  unfinishedBefore(): never {
    return this.moveTo();
  }

  moveTo(): never {
    throw new Error("only channels of durable topics can be moved");
  }

  /** First what is there, then what was in flight, what waited, what was deferred. */
  close(inFlight: HeldMessage[]): LastWrites {
    const { backlog } = this, { logger } = this.#context;
    const deferred = this.deferred.takeAll(), memory = backlog.memoryDepth;
    if (inFlight.length + memory + deferred.length > 0) {
      logger.info(
        `CHANNEL(${this.#name}): flushing ${memory} memory ${inFlight.length} in-flight ` +
          `${deferred.length} deferred messages to backend`,
      );
    }
    const last = new LastWrites(
      `channel ${this.#diskName}`,
      backlog,
      inOrder(inFlight, this.#context.nodeId),
      deferred,
    );
    const unwritten = last.write();
    if (unwritten !== null) {
      logger.error(
        `CHANNEL(${this.#name}): failed to write message to backend - ${unwritten.error.message}`,
      );
    }
    return last;
  }

  delete(): void {
    try {
      this.backlog.delete();
    } finally {
      this.#context.forgetDisk(this.#diskName);
    }
  }
}

/** By id, and so by age; those of other nodes last. */
function inOrder(messages: HeldMessage[], nodeId: number): HeldMessage[] {
  const own: { key: number; held: HeldMessage }[] = [];
  const foreign: { key: string; held: HeldMessage }[] = [];
  for (const held of messages) {
    const key = held.key(nodeId);
    if (typeof key === "number") own.push({ key, held });
    else foreign.push({ key, held });
  }
  own.sort((a, b) => a.key - b.key);
  foreign.sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
  return [...own, ...foreign].map(({ held }) => held);
}
