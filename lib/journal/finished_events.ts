import type { ByteBuffer } from "./byte_buffer.ts";
import { EVENT_BYTES, EventKind, putBits, putEvent } from "./events.ts";

/** A run that is longer, or a gap, takes less room as an event of its own than as bits. */
const EVENT_BITS = EVENT_BYTES * 8;

/** As many bits as one event has at most: their bytes are counted in 16 bits. */
const MAX_BITS = 0xffff * 8;

/** Puts runs of finished messages, ascending, into as few bytes as are needed: ranges, and bits where they are scattered. */
export class FinishedWriter {
  /** Events so far. */
  count = 0;
  readonly #buffer: ByteBuffer;
  readonly #channel: number;
  /** Begin and end of runs that lie together. */
  #runs: number[] = [];

  constructor(buffer: ByteBuffer, channel: number) {
    this.#buffer = buffer;
    this.#channel = channel;
  }

  /** Adds `[from, to)`, behind all that was added. */
  run(from: number, to: number): void {
    const runs = this.#runs;
    if (runs.length > 0) {
      const isFar = from - runs.at(-1)! > EVENT_BITS || to - runs[0]! > MAX_BITS;
      if (isFar || to - from > EVENT_BITS) this.end();
    }
    runs.push(from, to);
    if (to - from > EVENT_BITS) this.end();
  }

  /** Puts what is left. */
  end(): void {
    const runs = this.#runs;
    if (runs.length === 0) return;
    const first = runs[0]!;
    if (runs.length === 2) {
      putEvent(this.#buffer, EventKind.Finished, 0, 0, this.#channel, first, runs[1]! - first);
    } else {
      const bits = new Uint8Array(Math.ceil((runs.at(-1)! - first) / 8));
      for (let i = 0; i < runs.length; i += 2) {
        for (let bit = runs[i]! - first; bit < runs[i + 1]! - first; bit++) {
          bits[bit >> 3]! |= 1 << (bit & 7);
        }
      }
      putBits(this.#buffer, this.#channel, first, bits);
    }
    this.count++;
    runs.length = 0;
  }
}

/** Calls `visit` for each run of messages that an event of bits says are finished. */
export function forEachRun(
  first: number,
  bits: Uint8Array,
  visit: (first: number, count: number) => void,
): void {
  const isSet = (bit: number): boolean => (bits[bit >> 3]! >> (bit & 7) & 1) === 1;
  for (let from = 0, to = 0; from < bits.length * 8; from = to + 1) {
    for (to = from; to < bits.length * 8 && isSet(to); to++);
    if (to > from) visit(first + from, to - from);
  }
}

/** A short run as one number, its first message times this and how many they are: numbers sort as the runs do. */
const RUN_UNIT = 256;

/** What a channel has finished since its last commit, run by run: a number for each that is short, two for others. */
export class FinishedSince {
  /** The run that goes on. */
  #from = 0;
  #to = 0;
  /** All others: short ones, and long ones as begin, end. */
  #short = new Float64Array(16);
  #size = 0;
  #long: number[] = [];

  /** Adds `[from, to)`, of which nothing was added before. */
  add(from: number, to: number): void {
    if (from !== this.#to) {
      this.#closeRun();
      this.#from = from;
    }
    this.#to = to;
  }

  /** Puts all of it into events and forgets it. @returns how many events */
  putInto(buffer: ByteBuffer, channel: number): number {
    const writer = new FinishedWriter(buffer, channel);
    this.#closeRun();
    for (let i = 0; i < this.#long.length; i += 2) {
      writer.run(this.#long[i]!, this.#long[i + 1]!);
      writer.end();
    }
    this.#putShort(writer);
    writer.end();
    this.clear();
    return writer.count;
  }

  clear(): void {
    this.#from =
      this.#to =
      this.#size =
      this.#long.length =
        0;
  }

  #putShort(writer: FinishedWriter): void {
    const sorted = this.#short.subarray(0, this.#size).sort();
    for (let i = 0; i < sorted.length;) {
      const from = Math.floor(sorted[i]! / RUN_UNIT);
      let to = from;
      for (; i < sorted.length && Math.floor(sorted[i]! / RUN_UNIT) === to; i++) {
        to += sorted[i]! % RUN_UNIT;
      }
      writer.run(from, to);
    }
  }

  #closeRun(): void {
    const count = this.#to - this.#from;
    if (count > EVENT_BITS) this.#long.push(this.#from, this.#to);
    else if (count > 0) this.#push(this.#from * RUN_UNIT + count);
    this.#from = this.#to = 0;
  }

  #push(run: number): void {
    if (this.#size === this.#short.length) {
      const grown = new Float64Array(this.#size * 2);
      grown.set(this.#short);
      this.#short = grown;
    }
    this.#short[this.#size++] = run;
  }
}
