import { recordEnd } from "../wire/record.ts";
import type { Receiver } from "./receiver.ts";
import type { Clock } from "./clock.ts";
import type { ConsumerSettings, ConsumerSink } from "./consumer_sink.ts";
import type { Cursor } from "./cursor.ts";
import type { HeldMessage } from "./held_message.ts";
import { InFlight } from "./in_flight.ts";
import type { Ledger } from "./ledger.ts";
import type { Collector } from "./peek/collector.ts";
import type { Alarm, Scheduler } from "./scheduler.ts";
import type { ClientStats } from "./stats.ts";
import { touchAhead, WORTH_TOUCHING } from "./touch_ahead.ts";

/** So many time out in one call; the scheduler decides when it is called again. */
const TIMED_OUT_AT_ONCE = 500;

/** Why a message could not be finished, requeued or touched. Texts as nsqd's. */
export type NotInFlight = "ID not in flight" | "client does not own message";

/** What a subscription needs of its broker. */
interface SubscriptionContext {
  nodeId: number;
  clock: Clock;
  scheduler: Scheduler;
  maxMsgTimeoutMs: number;
}

/** What a subscription asks of its channel. */
export interface SubscriptionOwner {
  readonly ledger: Ledger;
  /** It can take messages: it stands in line until {@link Subscription.staysInLine} says otherwise. */
  enterLine(subscription: Subscription): void;
  /** It cannot take any more, for good. */
  leaveLine(subscription: Subscription): void;
  /** It wants no more messages, though it still answers for those it has. */
  standsDown(subscription: Subscription): void;
  /** Whether others get the messages, as only one may. */
  keepsWaiting(subscription: Subscription): boolean;
  /** REQ of a message that was in flight. @param delayMs until it is queued again; 0 for now */
  requeued(held: HeldMessage, delayMs: number): void;
  /** A message was not answered in time. */
  timedOut(held: HeldMessage): void;
  /** The connection is gone; messages may still be in flight. */
  left(subscription: Subscription): void;
  /** A message was in flight, and nobody is to have it. */
  deletedInFlight(held: HeldMessage): void;
  /** The last message in flight is gone too. */
  forget(subscription: Subscription): void;
  whyNotInFlight(bytes: Uint8Array, at: number): NotInFlight;
}

/** So long another channel finds in the cache what one had fetched. */
const STAYS_TOUCHED_MS = 1;

/**
 * One connection's reading of a channel: its ready count, what is in flight to it, and its counters. The connection answers for its messages here;
 * the channel delivers through it. Made by {@link Channel.subscribe}.
 */
export class Subscription implements Receiver {
  readonly sink: ConsumerSink;
  readonly settings: ConsumerSettings;
  readonly #owner: SubscriptionOwner;
  readonly #context: SubscriptionContext;
  readonly #inFlight: InFlight;
  /** The last RDY: no more than this many may be in flight. */
  #ready = 0;
  /** Whether it stands in the channel's line of those that can take messages. */
  #inLine = false;
  /** Whether it still gets messages. If not, what is in flight waits for its timeout. */
  #open = true;
  /** Rings when a message in flight may have timed out. There from the first RDY on: not every client that subscribes sends one. */
  #timeoutAlarm: Alarm | null = null;
  #messageCount = 0;
  #finishCount = 0;
  #requeueCount = 0;

  constructor(
    sink: ConsumerSink,
    settings: ConsumerSettings,
    owner: SubscriptionOwner,
    context: SubscriptionContext,
  ) {
    this.sink = sink;
    this.settings = settings;
    this.#owner = owner;
    this.#context = context;
    this.#inFlight = new InFlight(context.nodeId, settings.msgTimeoutMs, owner.ledger);
  }

  get inFlightCount(): number {
    return this.#inFlight.count;
  }

  /** How many messages it can take now. */
  get capacity(): number {
    if (!this.#open || this.sink.roomBytes < 0) return 0;
    return this.#ready - this.#inFlight.count;
  }

  /** Its part of the connection's statistics. */
  stats(): Pick<
    ClientStats,
    | "ready_count"
    | "in_flight_count"
    | "message_count"
    | "finish_count"
    | "requeue_count"
    | "standby"
  > {
    return {
      ready_count: this.#ready,
      in_flight_count: this.#inFlight.count,
      message_count: this.#messageCount,
      finish_count: this.#finishCount,
      requeue_count: this.#requeueCount,
      ...(this.#owner.keepsWaiting(this) && { standby: true as const }),
    };
  }

  /** RDY; with 0 nothing more is delivered. */
  setReady(count: number): void {
    this.#ready = count;
    this.#timeoutAlarm ??= { dueMs: 0, heapIndex: -1, ring: (nowMs) => this.#ringTimeouts(nowMs) };
    this.resume();
  }

  /** CLS: nothing more is delivered. */
  standDown(): void {
    this.#ready = 0;
    this.#owner.standsDown(this);
  }

  /** Whether it wants messages. */
  get isReady(): boolean {
    return this.#open && this.#ready > 0;
  }

  /** FIN of the message whose id stands at `bytes[at]`. False if it is not in flight here: see {@link whyNotInFlight}. */
  finish(bytes: Uint8Array, at: number): boolean {
    return this.#inFlight.finish(bytes, at) && this.#finished();
  }

  /** FIN of the message whose id stands at `at` in `view`, the quick way. False if it must be {@link finish}ed the other way. */
  finishQuickly(view: DataView, at: number): boolean {
    return this.#inFlight.finishInRing(view, at) && this.#finished();
  }

  /** REQ. @param delayMs until the message is queued again; 0 for now */
  requeue(bytes: Uint8Array, at: number, delayMs: number): boolean {
    const held = this.#inFlight.take(bytes, at);
    if (held === undefined) return false;
    this.#requeueCount++;
    this.#owner.requeued(held, delayMs);
    this.resume();
    return true;
  }

  /** TOUCH. */
  touch(bytes: Uint8Array, at: number): boolean {
    const { clock, maxMsgTimeoutMs } = this.#context;
    const touched = this.#inFlight.touch(bytes, at, clock.update(), maxMsgTimeoutMs);
    if (touched) this.#watchTimeouts();
    return touched;
  }

  /** Drops the message whose id stands at `bytes[at]`. False if it is not in flight here. */
  delete(bytes: Uint8Array, at: number): boolean {
    const held = this.#inFlight.take(bytes, at);
    if (held === undefined) return false;
    this.#owner.deletedInFlight(held);
    this.resume();
    return true;
  }

  /** Why `finish`, `requeue` or `touch` said no. */
  whyNotInFlight(bytes: Uint8Array, at: number): NotInFlight {
    return this.#owner.whyNotInFlight(bytes, at);
  }

  /** Whether the message whose id stands at `bytes[at]` is in flight here. */
  has(bytes: Uint8Array, at: number): boolean {
    return this.#inFlight.has(bytes, at);
  }

  /** The ids of all that is in flight here, of 16 characters each. */
  inFlightIds(): string[] {
    return this.#inFlight.allIds();
  }

  /** All that is in flight here, which stays so: each on its own, outside the log. */
  inFlightOutOfLog(): Iterable<HeldMessage> {
    return this.#inFlight.outOfLog();
  }

  /** What becomes of its messages is entered here from now on. */
  set ledger(ledger: Ledger) {
    this.#inFlight.ledger = ledger;
  }

  /** Looks at what is in flight here, from message `offset` on, and changes nothing. */
  peek(offset: number, into: Collector): void {
    const { clock } = this.#context;
    const holder = this.#open ? this.sink.stats("") : null;
    this.#inFlight.peek(offset, into, (attempts, dueMs) => ({
      attempts,
      dueUnixMs: clock.unixAt(dueMs),
      holder,
    }));
  }

  /** It may be able to take messages again: the sink has room, or something was answered. */
  resume(): void {
    if (this.#inLine || this.capacity <= 0) return;
    this.#inLine = true;
    this.#owner.enterLine(this);
  }

  /** The connection is gone. What is in flight stays so until its timeout. */
  close(): void {
    this.#open = false;
    if (this.#inLine) this.#owner.leaveLine(this);
    this.#inLine = false;
    if (this.#inFlight.count === 0) this.#cancelTimeout();
    this.#owner.left(this);
  }

  /** The channel is closing: nothing more is delivered, and the connection ends. */
  end(): void {
    this.#open = false;
    this.sink.close();
  }

  /** Whether it still gets messages. */
  get open(): boolean {
    return this.#open;
  }

  /** Whether it goes on standing in line, now that it was its turn. */
  staysInLine(): boolean {
    return this.#inLine = this.capacity > 0;
  }

  /** Drops what is in flight. */
  drop(): void {
    this.#inFlight.clear();
    if (!this.#open) this.#cancelTimeout();
  }

  /** Takes out all that is in flight; nothing will be answered any more. */
  takeAll(): HeldMessage[] {
    this.#cancelTimeout();
    return this.#inFlight.takeAll();
  }

  /** Delivers from `cursor`. */
  deliverRun(cursor: Cursor, max: number, nowMs: number): number {
    const count = this.#sendRun(cursor, max, nowMs);
    this.#watchTimeouts(); // here, as its first call would make the compiler start again with the loop
    return count;
  }

  /** The frames are copied as they stand, in one piece. */
  #sendRun(cursor: Cursor, max: number, nowMs: number): number {
    const { slab, position } = cursor;
    const { view } = slab;
    const from = cursor.offset;
    const last = Math.min(position + max, slab.count);
    const room = this.sink.roomBytes;
    const { runStarts, runFirsts } = slab;
    let run = slab.runOf(position);
    let id = runFirsts[run]! + position - runStarts[run]!;
    let runEnd = runStarts[run + 1] ?? slab.count;
    const inFlight = this.#inFlight;
    inFlight.reserve(last - position);
    let offset = from, at = position;
    // An exception in `add` gives up its reference to the slab: keep the slab until it has been copied.
    slab.live++;
    let touched = nowMs - slab.touchedMs < STAYS_TOUCHED_MS ? slab.touchedEnd : from;
    while (at < last && (offset - from <= room || at === position)) {
      if (offset >= touched && last - at >= WORTH_TOUCHING) {
        touched = slab.touchedEnd = touchAhead(view, offset, slab.end);
        slab.touchedMs = nowMs;
      }
      if (at === runEnd) {
        id = runFirsts[++run]!;
        runEnd = runStarts[run + 1] ?? slab.count;
      }
      inFlight.add(id, slab, at, offset, nowMs);
      offset = recordEnd(view, offset);
      id++;
      at++;
    }
    this.sink.send(slab.bytes, from, offset);
    slab.release(1);
    cursor.offset = offset;
    cursor.position = at;
    this.#messageCount += at - position;
    return at - position;
  }

  deliverHeld(held: HeldMessage, nowMs: number): boolean {
    this.sink.sendAgain(held.bytes, held.start, held.end, held.attempts);
    this.#inFlight.addHeld(held, nowMs);
    this.#messageCount++;
    this.#watchTimeouts();
    return this.sink.roomBytes >= 0;
  }

  #finished(): true {
    this.#finishCount++;
    if (!this.#inLine) this.resume();
    return true;
  }

  /** Sees to it that a timeout will be noticed: one alarm, which rings at the earliest deadline or before. */
  #watchTimeouts(): void {
    this.#context.scheduler.setAtLatest(this.#timeoutAlarm!, this.#inFlight.nextDeadlineMs());
  }

  #cancelTimeout(): void {
    if (this.#timeoutAlarm !== null) this.#context.scheduler.cancel(this.#timeoutAlarm);
  }

  #ringTimeouts(nowMs: number): void {
    const inFlight = this.#inFlight;
    for (let left = TIMED_OUT_AT_ONCE; left > 0; left--) {
      const held = inFlight.takeTimedOut(nowMs);
      if (held === undefined) break;
      this.#owner.timedOut(held);
    }
    inFlight.trim();
    if (inFlight.count > 0) this.#watchTimeouts();
    else if (!this.#open) this.#owner.forget(this);
    this.resume();
  }
}
