import type { ByteStream } from "../wire/byte_stream.ts";
import { COPY_ALIGNMENT, phaseOf } from "../wire/copy_bytes.ts";
import type { OutputMemory, OutputPiece } from "../wire/output_memory.ts";
import { FIRST_CREDIT_BYTES } from "./credit.ts";
import { FromThread, MAX_ENTRY_BYTES } from "./entries.ts";
import { type ReadOutcome, ResumedStream } from "./resumed_stream.ts";

/** A read that may have to wait has a buffer of its own, of one of these sizes: the more a client has said at a time lately, the larger. */
const BUFFER_BYTES = [512, 4 * 1024, 64 * 1024] as const;

/** After so many reads in a row that would have fitted, a buffer becomes smaller again. */
const SMALL_READS = 8;

const NONE = new Uint8Array(0);

/** What reading needs of the thread. */
export interface ReadAheadThread {
  /** Lends what is read into while much comes. */
  readonly memory: OutputMemory;
  /** Tells the core, soon. */
  tell(kind: number, connection: number, bytes: Uint8Array): Promise<void> | void;
}

/** What reads one after the other. */
interface Reading {
  /** Whether what was read is being told, and not the next read under way. */
  isTelling: boolean;
  /** Who gets what the read under way brings, in place of the core. */
  heir: ((outcome: ReadOutcome) => void) | null;
}

/** Reads from a client for the core, as far as the credit goes that the core gives. */
export class ReadAhead {
  #stream: ByteStream;
  #creditBytes = FIRST_CREDIT_BYTES;
  #buffer = NONE;
  /** Of {@link BUFFER_BYTES}. */
  #size = 0;
  #smallReads = 0;
  /** Whether the last read brought all that there was room for: the next one has the largest buffer, which is lent. */
  #wantsMore = false;
  #lent: OutputPiece | null = null;
  /** How many bytes have come, modulo {@link COPY_ALIGNMENT}: they stand like that all the way to where they are parsed. */
  #phase = 0;
  /** Null while nothing is read. */
  #reading: Reading | null = null;
  #isHeld = false;
  /** The stream is over, or the connection. */
  #isOver = false;

  constructor(
    stream: ByteStream,
    private readonly connection: number,
    private readonly thread: ReadAheadThread,
  ) {
    this.#stream = stream;
  }

  /** Reads, if it may. */
  start(): void {
    if (this.#reading === null && this.#mayRead) void this.#readOn();
  }

  /** The core takes so many bytes more. */
  addCredit(bytes: number): void {
    this.#creditBytes += bytes;
    this.start();
  }

  /** Sends the core nothing of what comes from now on, and tells it so, behind all that has come. */
  hold(): void {
    this.#isHeld = true;
    const reading = this.#reading;
    if (reading?.isTelling) return; // it is told behind that
    if (reading !== null) this.#handOver(reading);
    this.#tellHeld();
  }

  /** What is to be read, for whoever goes on with it after {@link hold}. */
  get stream(): ByteStream {
    return this.#stream;
  }

  /** Reads this from now on, after {@link hold}. */
  goOn(stream: ByteStream): void {
    this.#stream = stream;
    this.#isHeld = false;
    this.start();
  }

  /** The connection is closed: nothing is told any more. */
  stop(): void {
    this.#isOver = true;
  }

  get #mayRead(): boolean {
    return this.#creditBytes > 0 && !this.#isHeld && !this.#isOver;
  }

  /** Reads until the credit is used up, the stream is over, or the core has reading held. */
  async #readOn(): Promise<void> {
    const reading: Reading = this.#reading = { isTelling: false, heir: null };
    while (this.#mayRead) {
      const room = this.#room();
      let told;
      try {
        const count = await this.#stream.read(room);
        if (reading.heir !== null) return reading.heir(brought(room, count));
        told = count === null ? this.#tellOver(FromThread.End, NONE) : this.#tellData(room, count);
      } catch (error) {
        if (reading.heir !== null) return reading.heir(failed(error));
        told = this.#tellOver(FromThread.ReadFailed, encode((error as Error).message));
      }
      if (told !== undefined) {
        reading.isTelling = true;
        await told;
        reading.isTelling = false;
      }
    }
    this.#reading = null;
    this.#giveBack();
    if (this.#isHeld) this.#tellHeld();
  }

  /** The read under way, and its buffer, are another's. */
  #handOver(reading: Reading): void {
    const resumed = this.#stream = new ResumedStream(this.#stream);
    const lent = this.#lent;
    reading.heir = (outcome) => {
      resumed.bring(outcome);
      if (lent !== null) this.thread.memory.giveBack(lent);
    };
    this.#reading = this.#lent = null;
    this.#buffer = NONE;
  }

  #tellData(room: Uint8Array, count: number): Promise<void> | void {
    if (this.#isOver) return;
    this.#creditBytes -= count;
    this.#phase = phaseOf(this.#phase + count);
    const told = this.thread.tell(
      FromThread.Data,
      this.connection,
      count === room.length ? room : room.subarray(0, count),
    );
    this.#fitBuffer(count, room.length);
    return told;
  }

  #tellOver(kind: number, bytes: Uint8Array): Promise<void> | void {
    if (this.#isOver) return;
    this.#isOver = true;
    return this.thread.tell(kind, this.connection, bytes);
  }

  #tellHeld(): void {
    void this.thread.tell(FromThread.Held, this.connection, NONE);
  }

  /** Where the next read goes to. */
  #room(): Uint8Array {
    let buffer;
    if (this.#wantsMore) {
      buffer = (this.#lent ??= this.thread.memory.lend(MAX_ENTRY_BYTES)).bytes;
    } else {
      this.#giveBack();
      const bytes = BUFFER_BYTES[this.#size]!;
      if (this.#buffer.length !== bytes) this.#buffer = new Uint8Array(bytes);
      buffer = this.#buffer;
    }
    return buffer.subarray(
      this.#phase,
      Math.min(this.#phase + this.#creditBytes, buffer.length),
    );
  }

  #fitBuffer(count: number, room: number): void {
    this.#wantsMore = count === room;
    const smaller = BUFFER_BYTES[this.#size - 1] ?? 0;
    const isSmall = count <= smaller - COPY_ALIGNMENT;
    if (isSmall && ++this.#smallReads < SMALL_READS) return;
    this.#smallReads = 0;
    if (isSmall) this.#size--;
    else if (this.#wantsMore && this.#size < BUFFER_BYTES.length - 1) this.#size++;
  }

  #giveBack(): void {
    if (this.#lent !== null) this.thread.memory.giveBack(this.#lent);
    this.#lent = null;
  }
}

function brought(room: Uint8Array, count: number | null): ReadOutcome {
  const bytes = count === null ? null : room.slice(0, count);
  return () => bytes;
}

function failed(error: unknown): ReadOutcome {
  return () => {
    throw error;
  };
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
