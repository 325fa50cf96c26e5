import type { ChannelRules } from "../../policies/rules.ts";
import type { Kept } from "../../storage/barrier.ts";
import type { BrokerContext } from "../context.ts";
import type { HeldMessage } from "../held_message.ts";
import type { Ledger } from "../ledger.ts";
import type { Alarm } from "../scheduler.ts";
import type { DeadMessage, WhyDead } from "./dead_record.ts";
import { DeadStore } from "./dead_store.ts";

/** How long a message waits that could not go where the dead go, before that is tried again. */
const RETRY_MS = 1000;

/** What keeps those that have to stay. */
interface StayingDead {
  /** `held` stays until it is `dueMs` (as of Clock.nowMs). */
  keepDead(held: HeldMessage, dueMs: number): void;
}

/** What the dead ask of their channel. */
export interface DeadLettersOwner {
  readonly topic: string;
  readonly name: string;
  readonly ephemeral: boolean;
  /** Whether what has become of a message is answered for on the disk. */
  readonly durable: boolean;
  readonly ledger: Ledger;
  readonly rules: ChannelRules;
  /** Where a dead message stays that cannot go where it should. */
  readonly comingBack: StayingDead;
}

/** Messages that wait for the same commit. */
interface Group {
  required: number;
  promise: Kept | null;
  onFailure: (held: HeldMessage) => void;
  messages: HeldMessage[];
}

/** Where a channel's dead messages go: aside, to another topic, or nowhere. The original goes when its copy is safe. */
export class DeadLetters {
  readonly #owner: DeadLettersOwner;
  readonly #context: BrokerContext;
  #store: DeadStore | null = null;
  /** Originals whose copies are on their way to the disk. */
  readonly #pending = new Set<HeldMessage>();
  /** Those that wait for the newest commit. */
  #lastGroup: Group | null = null;
  /** Of these, those whose commit failed: the journal writes them again, and they wait for the next one. */
  #unsafe: HeldMessage[] = [];
  readonly #retryAlarm: Alarm;
  /** When the log last said that messages have to stay. */
  #complainedMs = -Infinity;

  constructor(owner: DeadLettersOwner, context: BrokerContext) {
    this.#owner = owner;
    this.#context = context;
    this.#retryAlarm = { dueMs: 0, heapIndex: -1, ring: () => this.#retry() };
    if (context.hasDead(owner.topic, owner.name)) this.#open();
  }

  /** Messages that are kept aside. */
  get count(): number {
    return this.#store?.count ?? 0;
  }

  /** Messages whose copies are not safe yet. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  /** What is kept aside; null if nothing ever was. */
  get store(): DeadStore | null {
    return this.#store;
  }

  /** Of those kept aside, oldest first, `count` behind the first `offset`. @throws what reading a file throws */
  list(offset: number, count: number): DeadMessage[] {
    return this.#store?.list(offset, count) ?? [];
  }

  /** `held`, which nothing else refers to any more, is dead. */
  take(held: HeldMessage, why: WhyDead): void {
    const { rules: { deadLetter }, ephemeral, ledger, durable } = this.#owner;
    // What has no disk keeps nothing.
    if (deadLetter.kind === "drop" || deadLetter.kind === "bury" && ephemeral) {
      ledger.deadDropped(held);
      return held.gone();
    }
    try {
      if (deadLetter.kind === "topic") {
        const { bodyStart, end } = held;
        const publish = () =>
          this.#context.deadLetterTopic(deadLetter.topic).publish(held.bytes, bodyStart, end);
        this.#whenSafe(held, this.#context.barrier.apart(publish), this.#stay);
      } else {
        const commit = this.#context.barrier.apart(() => this.#bury(held, why));
        if (durable) this.#whenSafe(held, commit, this.#commitAgain);
        else this.#done(held);
      }
    } catch (error) {
      this.#complain(error as Error);
      this.#stay(held);
    }
  }

  /** All are forgotten that are kept aside. */
  empty(): void {
    this.#store?.empty();
  }

  /** The channel was emptied, or sent elsewhere: what is on its way goes too; it was counted. */
  clear(): void {
    for (const held of this.takePending()) held.gone();
  }

  /** What is not safe yet, and stays. */
  pending(): Iterable<HeldMessage> {
    return this.#pending;
  }

  /** Takes out what is not safe yet; nobody waits for that any more. */
  takePending(): HeldMessage[] {
    const all = [...this.#pending];
    this.#pending.clear();
    this.#unsafe = [];
    this.#context.scheduler.cancel(this.#retryAlarm);
    return all;
  }

  /** The broker stops. */
  close(): void {
    this.#store?.end();
  }

  /** The channel is deleted. @throws what removing files throws */
  delete(): void {
    const store = this.#store;
    this.#store = null;
    if (store !== null) this.#context.forgetJournal(store.delete());
  }

  #open(): DeadStore {
    const { topic, name } = this.#owner;
    return this.#store ??= new DeadStore(this.#context.openDead(topic, name));
  }

  #bury(held: HeldMessage, why: WhyDead): void {
    const { clock } = this.#context;
    clock.update();
    const unixMs = (ms: number) => ms === 0 ? 0 : Math.round(ms - clock.nowMs + clock.unixMs);
    this.#open().add(held, {
      why,
      attempts: held.attempts,
      firstDeliveryMs: unixMs(held.firstDeliveredMs),
      lastDeliveryMs: unixMs(held.deliveredMs),
    });
  }

  #whenSafe(
    held: HeldMessage,
    { required, promise }: { required: number; promise: Kept | null },
    onFailure: (held: HeldMessage) => void,
  ): void {
    const { barrier } = this.#context;
    if (barrier.isPassed(required)) return this.#done(held);
    this.#pending.add(held);
    const last = this.#lastGroup;
    if (last?.required === required && last.promise === promise && last.onFailure === onFailure) {
      last.messages.push(held);
      return;
    }
    const group = this.#lastGroup = { required, promise, onFailure, messages: [held] };
    barrier.wait(required, { onPassed: () => this.#passed(group) });
  }

  #passed(group: Group): void {
    if (this.#lastGroup === group) this.#lastGroup = null;
    const error = group.promise?.error ?? null;
    if (error !== null) this.#complain(error);
    for (const held of group.messages) {
      if (!this.#pending.has(held)) continue; // the channel was emptied or closed
      if (error !== null) {
        group.onFailure(held);
        continue;
      }
      this.#pending.delete(held);
      this.#done(held);
    }
  }

  #done(held: HeldMessage): void {
    this.#owner.ledger.died(held);
    held.gone();
  }

  readonly #stay = (held: HeldMessage): void => {
    this.#pending.delete(held);
    this.#owner.comingBack.keepDead(held, this.#context.clock.update() + RETRY_MS);
  };

  readonly #commitAgain = (held: HeldMessage): void => {
    const { scheduler, clock } = this.#context;
    this.#unsafe.push(held);
    scheduler.setAtLatest(this.#retryAlarm, clock.update() + RETRY_MS);
  };

  #retry(): void {
    const unsafe = this.#unsafe;
    this.#unsafe = [];
    const commit = this.#context.barrier.apart(() => this.#open().requireCommit());
    for (const held of unsafe) this.#whenSafe(held, commit, this.#commitAgain);
  }

  #complain({ message }: Error): void {
    const nowMs = this.#context.clock.update();
    if (nowMs < this.#complainedMs + RETRY_MS) return;
    this.#complainedMs = nowMs;
    const { topic, name, rules: { deadLetter } } = this.#owner;
    const where = deadLetter.kind === "topic" ? `to topic ${deadLetter.topic}` : "aside";
    this.#context.logger.error(
      `CHANNEL(${topic}:${name}): dead messages stay, they cannot go ${where} - ${message}`,
    );
  }
}
