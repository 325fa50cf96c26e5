import type { ByteBuffer } from "./byte_buffer.ts";
import { ChannelState } from "./channel_state.ts";
import {
  EVENT_BYTES,
  EventKind,
  type JournalEvent,
  putEvent,
  putKeyed,
  putMade,
} from "./events.ts";
import { Exceptions } from "./exceptions.ts";
import { FinishedWriter, forEachRun } from "./finished_events.ts";
import { KeyTable, lastDeferred } from "./key_table.ts";

/** Nothing waits in the topic itself. */
export const NOTHING_WAITS = -1;

/** What is known of a topic beside its messages. Events change it, and a snapshot is the events that make it. */
export class TopicState {
  readonly channels = new Map<string, ChannelState>();
  paused = false;
  /** The first message that no channel was given, as there was none, or the topic was paused. */
  waitingFrom = 0;
  /** The deferred ones among those that wait. */
  readonly waitingDeferred = new Exceptions();
  /** Those of the deferred that are finished when they are handed on. */
  readonly cancelled = new Set<number>();
  readonly keys = new KeyTable();
  /** Those among the waiting that a power cut has left no whole block of: nobody was told that they are there. */
  readonly waitingGone = new Set<number>();
  readonly #byId: (ChannelState | undefined)[] = [];
  #nextId = 1;

  /** @param floor the first message that it is to get */
  make(name: string, floor: number, id = this.#nextId): ChannelState {
    const channel = new ChannelState(id, name, floor);
    this.#nextId = Math.max(this.#nextId, id + 1);
    this.channels.set(name, channel);
    this.#byId[id] = channel;
    this.waitingDeferred.forEach((index, attempts, dueMs) =>
      channel.except(index, attempts, dueMs)
    );
    for (const index of this.waitingGone) channel.finish(index);
    return channel;
  }

  delete(channel: ChannelState): void {
    this.channels.delete(channel.name);
    delete this.#byId[channel.id];
  }

  /** A message that was published with a delay: every channel has to wait. */
  defer(index: number, dueMs: number): void {
    for (const channel of this.channels.values()) channel.except(index, 0, dueMs);
    // A snapshot may know already that those before it wait no more.
    const waits = this.waitingFrom !== NOTHING_WAITS && index >= this.waitingFrom;
    if (waits) this.waitingDeferred.set(index, 0, dueMs);
  }

  /** @param index {@link NOTHING_WAITS} when all was handed on */
  setWaitingFrom(index: number): void {
    this.waitingFrom = index;
    if (index !== NOTHING_WAITS) return;
    for (const each of this.cancelled) {
      for (const channel of this.channels.values()) channel.finish(each);
    }
    this.cancelled.clear();
    this.waitingDeferred.clear();
    this.waitingGone.clear();
  }

  /** Messages are not there, and nobody was told that they are: they count as finished. */
  lose(first: number, count: number): void {
    for (const channel of this.channels.values()) channel.finishRange(first, count);
    this.keys.forget(first, first + count);
    if (this.waitingFrom === NOTHING_WAITS) return;
    for (let index = Math.max(first, this.waitingFrom); index < first + count; index++) {
      this.waitingDeferred.delete(index);
      this.cancelled.delete(index);
      this.waitingGone.add(index);
    }
  }

  /** The first message that somebody may still need; `end` if nobody needs any. */
  firstNeeded(end: number): number {
    let first = this.waitingFrom === NOTHING_WAITS ? end : Math.min(this.waitingFrom, end);
    for (const { finished } of this.channels.values()) first = Math.min(first, finished.floor);
    return first;
  }

  /** The first message in `[from, end)` that somebody needs; `end` if nobody needs any. */
  nextNeeded(from: number, end: number): number {
    let next = end;
    if (this.waitingFrom !== NOTHING_WAITS) next = Math.min(next, Math.max(from, this.waitingFrom));
    for (const { finished } of this.channels.values()) {
      next = Math.min(next, finished.nextMissing(from, next));
      if (next === from) break;
    }
    return next;
  }

  /** The first message in `[from, end)` that nobody needs; `end` if all are needed. */
  nextUnneeded(from: number, end: number): number {
    for (let at = from; at < end;) {
      if (this.nextNeeded(at, end) > at) return at;
      at = this.#longestNeeded(at, end);
    }
    return end;
  }

  /** Events tell of messages that are not there: none is left from `end` on. */
  cutAt(end: number): void {
    for (const channel of this.channels.values()) channel.cutAt(end);
    if (this.waitingFrom > end) this.waitingFrom = end;
    const gone: number[] = [];
    this.waitingDeferred.forEach((index) => {
      if (index >= end) gone.push(index);
    });
    for (const index of gone) {
      this.waitingDeferred.delete(index);
      this.cancelled.delete(index);
    }
    this.keys.forget(end, Infinity);
    for (const index of this.waitingGone) if (index >= end) this.waitingGone.delete(index);
  }

  /** Does what an event says. Events about channels that are gone do nothing. */
  apply(event: JournalEvent): void {
    const { kind, a, b } = event;
    if (kind === EventKind.Made) return this.#applyMade(event);
    if (kind === EventKind.Deferred) return this.defer(a, b);
    if (kind === EventKind.Waiting) return this.setWaitingFrom(a);
    if (kind === EventKind.Keyed) return this.#applyKeyed(event);
    if (kind === EventKind.Cancelled) {
      this.cancelled.add(a);
      return;
    }
    if (kind === EventKind.Finished && event.channel === 0) return this.lose(a, b);
    if (kind === EventKind.Paused && event.channel === 0) {
      this.paused = event.flag === 1;
      return;
    }
    const channel = this.#byId[event.channel];
    if (channel === undefined) return;
    if (kind === EventKind.Finished) channel.finishRange(a, b);
    else if (kind === EventKind.FinishedBits) {
      forEachRun(a, event.bits, (first, count) => channel.finishRange(first, count));
    } else if (kind === EventKind.Excepted) channel.except(a, event.small, b);
    else if (kind === EventKind.Delivered) channel.delivered = Math.max(channel.delivered, a);
    else if (kind === EventKind.Moved) channel.moveTo(a);
    else if (kind === EventKind.Paused) channel.paused = event.flag === 1;
    else if (kind === EventKind.Deleted) this.delete(channel);
  }

  /** About how long the snapshot is: most of it are exceptions. */
  get snapshotBytes(): number {
    const { waitingDeferred, cancelled, waitingGone, keys } = this;
    let events = 64 + waitingDeferred.size + cancelled.size + waitingGone.size + 3 * keys.size;
    for (const { exceptions } of this.channels.values()) events += 8 + exceptions.size;
    return events * EVENT_BYTES;
  }

  /** Adds the events that make this state. @returns how many. @param end behind the last message */
  snapshot(buffer: ByteBuffer, end: number): number {
    let count = 2;
    putEvent(buffer, EventKind.Paused, Number(this.paused), 0, 0, 0, 0);
    putEvent(buffer, EventKind.Waiting, 0, 0, 0, this.waitingFrom, 0);
    this.waitingDeferred.forEach((index, _attempts, dueMs) => {
      putEvent(buffer, EventKind.Deferred, 0, 0, 0, index, dueMs);
      count++;
    });
    for (const index of this.cancelled) putEvent(buffer, EventKind.Cancelled, 0, 0, 0, index, 0);
    for (const [key, { index, unixMs, dueMs }] of this.keys.entries()) {
      putKeyed(buffer, false, key, dueMs === 0 ? 0 : dueMs - unixMs, index, unixMs);
      count++;
    }
    count += this.cancelled.size;
    for (const index of this.waitingGone) {
      putEvent(buffer, EventKind.Finished, 0, 0, 0, index, 1);
      count++;
    }
    for (const channel of this.channels.values()) count += snapshotChannel(buffer, channel, end);
    return count;
  }

  #applyKeyed({ flag, name, channel: delayMs, a: index, b: unixMs }: JournalEvent): void {
    if (flag === 1) return this.keys.delete(name);
    const dueMs = delayMs === 0 ? 0 : unixMs + delayMs;
    const before = this.keys.get(name) ?? null;
    // A snapshot may know it already.
    for (let each = before; each !== null; each = each.earlier) {
      if (each.index === index) return;
    }
    const earlier = lastDeferred(before, unixMs);
    const kept = { promise: null, number: 0, id: NaN };
    this.keys.set(name, { index, unixMs, dueMs, earlier, ...kept });
  }

  #applyMade(event: JournalEvent): void {
    if (this.#byId[event.channel] !== undefined) return;
    const channel = this.make(event.name, event.a, event.channel);
    channel.delivered = event.b;
    channel.paused = event.flag === 1;
  }

  /** Behind the longest run from `at` on that one of them needs. */
  #longestNeeded(at: number, end: number): number {
    if (this.waitingFrom !== NOTHING_WAITS && this.waitingFrom <= at) return end;
    let longest = at + 1;
    for (const { finished } of this.channels.values()) {
      if (!finished.has(at)) longest = Math.max(longest, finished.nextPresent(at, end));
    }
    return longest;
  }
}

function snapshotChannel(buffer: ByteBuffer, channel: ChannelState, end: number): number {
  const { id, name, paused, finished, exceptions, delivered } = channel;
  let count = 1;
  putMade(buffer, paused, id, finished.floor, delivered, name);
  if (finished.size > 0) {
    const writer = new FinishedWriter(buffer, id);
    for (let from = finished.nextPresent(finished.floor, end); from < end;) {
      const to = finished.nextMissing(from, end);
      writer.run(from, to);
      from = finished.nextPresent(to, end);
    }
    writer.end();
    count += writer.count;
  }
  exceptions.forEach((index, attempts, dueMs) => {
    putEvent(buffer, EventKind.Excepted, 0, attempts, id, index, dueMs);
    count++;
  });
  return count;
}
