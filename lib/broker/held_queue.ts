import { RECORD_OVERHEAD_BYTES } from "../wire/record.ts";
import { Fifo } from "./fifo.ts";
import type { HeldMessage } from "./held_message.ts";

/** Held messages, first in first out. */
export class HeldQueue extends Fifo<HeldMessage> {
  /** Of their bodies. */
  bodyBytes = 0;

  override push(held: HeldMessage): void {
    this.bodyBytes += bodyBytes(held);
    super.push(held);
  }

  override shift(): HeldMessage | undefined {
    return this.#without(super.shift());
  }

  override pop(): HeldMessage | undefined {
    return this.#without(super.pop());
  }

  override clear(): void {
    this.bodyBytes = 0;
    super.clear();
  }

  #without(held: HeldMessage | undefined): HeldMessage | undefined {
    if (held !== undefined) this.bodyBytes -= bodyBytes(held);
    return held;
  }
}

function bodyBytes({ start, end }: HeldMessage): number {
  return end - start - RECORD_OVERHEAD_BYTES;
}
