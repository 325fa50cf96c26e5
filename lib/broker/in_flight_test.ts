import assert from "node:assert/strict";
import { seededRandom } from "../storage/testing/seeded_random.ts";
import { decodeMessageId, FOREIGN_ID } from "../wire/message_id.ts";
import { Cursor } from "./cursor.ts";
import { copyRecord, type HeldMessage } from "./held_message.ts";
import { InFlight } from "./in_flight.ts";
import type { Log } from "./log.ts";
import { idBytes } from "./testing/fake_consumer.ts";
import { append, newLedger, newLog, readOn, TEST_NODE_ID } from "./testing/records.ts";

const TIMEOUT_MS = 100;
const MAX_TIMEOUT_MS = 250;

interface ModelEntry {
  deliveredMs: number;
  deadlineMs: number;
}

/** A ring beside a plain map. */
class Comparison {
  readonly inFlight = new InFlight(TEST_NODE_ID, TIMEOUT_MS, newLedger());
  readonly model = new Map<string, ModelEntry>();
  readonly log: Log;
  readonly pool;
  nowMs = 0;
  /** How many messages were taken out and may be delivered again. */
  taken = () => 0;
  readonly #cursor: Cursor;

  constructor() {
    ({ log: this.log, pool: this.pool } = newLog());
    this.#cursor = Cursor.atEndOf(this.log);
  }

  /** Delivers a new message from the log. */
  deliver(): string {
    append(this.log, "x".repeat(50));
    const cursor = this.#cursor;
    cursor.findNext();
    const { position, offset } = cursor;
    const { id } = readOn(cursor, this.log)[0]!;
    this.inFlight.reserve(1);
    this.inFlight.add(
      decodeMessageId(idBytes(id), 0, TEST_NODE_ID),
      cursor.slab,
      position,
      offset,
      this.nowMs,
    );
    this.noteDelivered(id);
    return id;
  }

  deliverHeld(held: HeldMessage): void {
    this.inFlight.addHeld(held, this.nowMs);
    this.noteDelivered(held.id);
  }

  noteDelivered(id: string): void {
    this.model.set(id, { deliveredMs: this.nowMs, deadlineMs: this.nowMs + TIMEOUT_MS });
  }

  check(): void {
    assert.equal(this.inFlight.count, this.model.size);
    const deadlines = [...this.model.values()].map(({ deadlineMs }) => deadlineMs);
    // It may ring early, for a head that was touched since; never late.
    assert.ok(this.inFlight.nextDeadlineMs() <= Math.min(Infinity, ...deadlines));
    assert.ok(this.pool.liveReferences() <= this.model.size + this.taken());
  }
}

Deno.test("InFlight does what a map does", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seededRandom(seed);
    const both = new Comparison();
    const { inFlight, model } = both;
    const requeued: HeldMessage[] = [];
    both.taken = () => requeued.length;
    const pick = () => {
      const ids = [...model.keys()];
      const far = random() < 0.3 ? random() : random() * random() * random(); // mostly the oldest
      return ids[Math.floor(far * ids.length)];
    };
    const finishing = 0.2 + random() * 0.3;
    const touching = seed % 2 === 0 ? 0.05 : 0.3;
    for (let i = 0; i < 2000; i++) {
      both.nowMs += Math.floor(random() * 2);
      const what = random();
      const id = pick();
      if (what < finishing) {
        if (id === undefined) continue;
        assert.ok(inFlight.has(idBytes(id), 0));
        assert.ok(inFlight.finish(idBytes(id), 0));
        assert.ok(!inFlight.finish(idBytes(id), 0), "only once");
        assert.ok(!inFlight.has(idBytes(id), 0));
        model.delete(id);
      } else if (what < finishing + 0.05 && id !== undefined) {
        const held = inFlight.take(idBytes(id), 0)!;
        assert.equal(held.id, id);
        assert.equal(held.deliveredMs, model.get(id)!.deliveredMs);
        assert.equal(inFlight.take(idBytes(id), 0), undefined);
        model.delete(id);
        if (random() < 0.5) requeued.push(held);
        else held.gone();
      } else if (what < finishing + 0.05 + touching && id !== undefined) {
        assert.ok(inFlight.touch(idBytes(id), 0, both.nowMs, MAX_TIMEOUT_MS));
        const entry = model.get(id)!;
        entry.deadlineMs = Math.min(both.nowMs + TIMEOUT_MS, entry.deliveredMs + MAX_TIMEOUT_MS);
      } else if (what < finishing + 0.1 + touching && requeued.length > 0) {
        both.deliverHeld(requeued.pop()!);
      } else if (what < finishing + 0.15 + touching) {
        for (let held; (held = inFlight.takeTimedOut(both.nowMs));) {
          assert.ok(model.get(held.id)!.deadlineMs <= both.nowMs, "not before its time");
          model.delete(held.id);
          held.gone();
        }
        for (const { deadlineMs } of model.values()) assert.ok(deadlineMs > both.nowMs);
      } else {
        both.deliver();
      }
      both.check();
    }
    const left = inFlight.takeAll();
    assert.deepEqual(left.map((held) => held.id).sort(), [...model.keys()].sort());
    assert.equal(inFlight.count, 0);
    for (const held of [...left, ...requeued]) held.gone();
    assert.equal(both.pool.liveReferences(), 0);
  }
});

Deno.test("InFlight does not let one stuck message pin memory or grow without end", () => {
  const both = new Comparison();
  const stuck = both.deliver();
  for (let i = 0; i < 10_000; i++) both.inFlight.finish(idBytes(both.deliver()), 0);
  assert.equal(both.inFlight.count, 1);
  assert.equal(both.pool.liveReferences(), 0, "it was copied out of its slab");
  assert.equal(both.inFlight.nextDeadlineMs(), TIMEOUT_MS, "with its deadline");
  assert.ok(both.inFlight.finish(idBytes(stuck), 0));
});

Deno.test("InFlight times touched messages out by their new deadlines, between the others", () => {
  const both = new Comparison();
  const { inFlight } = both;
  const [a, b, c] = [both.deliver(), both.deliver(), both.deliver()];
  for (both.nowMs = 1; both.nowMs <= 60; both.nowMs++) {
    assert.ok(inFlight.touch(idBytes(b), 0, both.nowMs, MAX_TIMEOUT_MS));
  }
  assert.ok(inFlight.touch(idBytes(a), 0, 70, MAX_TIMEOUT_MS));
  assert.equal(both.pool.liveReferences(), 3, "none was copied");
  assert.equal(inFlight.nextDeadlineMs(), TIMEOUT_MS);
  assert.equal(inFlight.takeTimedOut(TIMEOUT_MS)?.id, c);
  assert.equal(inFlight.nextDeadlineMs(), 60 + TIMEOUT_MS);
  assert.equal(inFlight.takeTimedOut(60 + TIMEOUT_MS)?.id, b);
  assert.equal(inFlight.takeTimedOut(60 + TIMEOUT_MS), undefined);
  const held = inFlight.takeTimedOut(70 + TIMEOUT_MS)!;
  assert.equal(held.id, a);
  assert.equal(held.deliveredMs, 0, "when it was delivered, not when it was touched");
});

Deno.test("InFlight keeps the attempts and body of what it takes out of the log", () => {
  const both = new Comparison();
  const id = both.deliver();
  const held = both.inFlight.take(idBytes(id), 0)!;
  assert.equal(held.attempts, 1);
  assert.equal(
    new TextDecoder().decode(held.bytes.subarray(held.start + 34, held.end)),
    "x".repeat(50),
  );
});

Deno.test("InFlight gives what it takes out of the log its index there", () => {
  const both = new Comparison();
  const ids = Array.from({ length: 1000 }, () => both.deliver());
  both.log.retireIdleTail();
  for (const index of [0, 1, 255, 256, 700, 999]) {
    assert.equal(both.inFlight.take(idBytes(ids[index]!), 0)!.index, index);
  }
});

Deno.test("InFlight holds ids that are not its node's, and ids that do not grow", () => {
  const { log, pool } = newLog();
  const cursor = Cursor.atEndOf(log);
  const inFlight = new InFlight(TEST_NODE_ID, TIMEOUT_MS, newLedger());
  append(log, "a");
  append(log, "b");
  cursor.findNext();
  const { slab } = cursor;
  const second = slab.start + 4 + slab.view.getUint32(slab.start);
  const [a, b] = readOn(cursor, log).map(({ id }) => idBytes(id)) as [Uint8Array, Uint8Array];
  inFlight.reserve(2);
  inFlight.add(decodeMessageId(b, 0, TEST_NODE_ID), slab, 1, second, 0);
  inFlight.add(decodeMessageId(a, 0, TEST_NODE_ID), slab, 0, slab.start, 0);
  assert.equal(inFlight.count, 2);
  assert.ok(inFlight.finish(b, 0));
  assert.ok(inFlight.finish(a, 0));

  slab.bytes.fill("z".charCodeAt(0), 18, 34); // an id that no node makes
  slab.live++;
  inFlight.add(FOREIGN_ID, slab, 0, 0, 0);
  assert.ok(inFlight.has(idBytes("z".repeat(16)), 0));
  assert.ok(inFlight.finish(idBytes("z".repeat(16)), 0));
  assert.equal(inFlight.count, 0);
  assert.equal(pool.liveReferences(), 0);
});

Deno.test("InFlight takes one answer for both when the same message is there twice", () => {
  const both = new Comparison();
  both.deliver();
  const { slab } = Cursor.atEndOf(both.log);
  const twins = [copyRecord(slab, slab.start, 0), copyRecord(slab, slab.start, 0)] as const;
  both.inFlight.clear();
  for (const twin of twins) both.inFlight.addHeld(twin, 0);
  assert.equal(both.inFlight.count, 1);
  assert.ok(both.inFlight.finish(idBytes(twins[0].id), 0));
  assert.equal(both.inFlight.count, 0);
  assert.equal(both.inFlight.takeTimedOut(Infinity), undefined);
});

Deno.test("InFlight.clear gives all references back, and can go on", () => {
  const both = new Comparison();
  const ids = Array.from({ length: 100 }, () => both.deliver());
  both.inFlight.finish(idBytes(ids[50]!), 0);
  both.inFlight.touch(idBytes(ids[60]!), 0, 0, MAX_TIMEOUT_MS);
  both.inFlight.clear();
  assert.equal(both.inFlight.count, 0);
  assert.equal(both.pool.liveReferences(), 0);
  assert.ok(!both.inFlight.finish(idBytes(ids[0]!), 0));
  assert.equal(both.inFlight.nextDeadlineMs(), Infinity);
  assert.ok(both.inFlight.finish(idBytes(both.deliver()), 0));
});
