import type { Receiver } from "../receiver.ts";
import type { Cursor } from "../cursor.ts";
import type { HeldMessage } from "../held_message.ts";
import { InFlight } from "../in_flight.ts";
import { newLedger, type ReadRecord, readRecord, TEST_NODE_ID } from "./records.ts";
import { decodeMessageId } from "../../wire/message_id.ts";
import { idBytes } from "./fake_consumer.ts";

/** Notes what a backlog delivers, one message at a time. */
export class FakeReceiver implements Receiver {
  readonly inFlight = new InFlight(TEST_NODE_ID, 1000, newLedger());
  readonly delivered: ReadRecord[] = [];

  deliverRun(cursor: Cursor, max: number, nowMs: number): number {
    let count = 0;
    while (count < max && cursor.position < cursor.slab.count) {
      const { slab, position, offset } = cursor;
      const record = readRecord(slab.bytes, offset);
      this.delivered.push(record);
      cursor.offset = record.end;
      cursor.position++;
      this.inFlight.reserve(1);
      const id = decodeMessageId(idBytes(record.id), 0, TEST_NODE_ID);
      this.inFlight.add(id, slab, position, offset, nowMs);
      count++;
    }
    return count;
  }

  deliverHeld(held: HeldMessage, nowMs: number): boolean {
    this.inFlight.addHeld(held, nowMs);
    this.delivered.push({ ...readRecord(held.bytes, held.start), attempts: held.attempts });
    return true;
  }
}
