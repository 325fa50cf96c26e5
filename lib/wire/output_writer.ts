import { type ByteStream, isPushed, type PushedStream } from "./byte_stream.ts";
import type { OutputBuffer } from "./output_buffer.ts";

/** One for all writers that have not written yet: idle connections must cost little. */
const NOTHING_WRITTEN: Promise<void> = Promise.resolve();

/** Time for {@link OutputWriter}: as it was last read, and read anew, in ms. */
interface WriterClock {
  readonly nowMs: number;
  update(): number;
}

/** Whose output is written. */
export interface OutputOwner {
  /** Whether what stands in the output may be written now; if not, {@link OutputWriter.flush} is called when it may. */
  mayLeave?(): boolean;
  /** These whole frames are about to be written. Left out by who does not care. */
  onWriting?(frames: Uint8Array): void;
  /** Something has been written. */
  onWritten(): void;
  /** Everything has been written. */
  onAllWritten(): void;
  /** A write failed: the stream is of no use any more. */
  onWriteError(error: unknown): void;
}

/** Writes what stands in an output buffer to a stream, all that is there with one write, and one write at a time. */
export class OutputWriter {
  #stream!: ByteStream;
  /** The same, if bytes can be handed over to it at once. */
  #pushed: PushedStream | null = null;
  readonly #output: OutputBuffer;
  readonly #clock: WriterClock;
  readonly #owner: OutputOwner;
  #writing = false;
  #stopped = false;
  /** When the write under way began. */
  #startedMs = 0;
  #written = NOTHING_WRITTEN;

  constructor(stream: ByteStream, output: OutputBuffer, clock: WriterClock, owner: OutputOwner) {
    this.stream = stream;
    this.#output = output;
    this.#clock = clock;
    this.#owner = owner;
  }

  /** Where it is written to. Replaced only between writes: see {@link written}. */
  set stream(stream: ByteStream) {
    this.#stream = stream;
    this.#pushed = isPushed(stream) ? stream : null;
  }

  get writing(): boolean {
    return this.#writing;
  }

  /** How long the write under way has taken, in ms; 0 if there is none. */
  busyMs(nowMs: number): number {
    return this.#writing ? nowMs - this.#startedMs : 0;
  }

  /** Writes everything, and what is added meanwhile. Nothing happens if that is being done. */
  flush(): void {
    if (this.#writing || this.#stopped || !this.#hasWork()) return;
    if (this.#pushed !== null && this.#writeNow(this.#pushed)) return;
    this.#writing = true;
    this.#written = this.#write();
  }

  /** Resolves when nothing is being written. Does not reject. */
  written(): Promise<void> {
    return this.#written;
  }

  /** Nothing more is written, and the owner hears nothing more: the stream is being closed. */
  stop(): void {
    this.#stopped = true;
  }

  /** False if the stream does not take it over at once: it is still to be written. */
  #writeNow(stream: PushedStream): boolean {
    const output = this.#output, { length } = output;
    const bytes = output.bytes.subarray(0, length);
    if (!stream.writeNow(bytes)) return false;
    this.#owner.onWriting?.(bytes);
    output.take();
    output.release();
    this.#owner.onWritten();
    if (!this.#stopped && output.length === 0) this.#owner.onAllWritten();
    return true;
  }

  async #write(): Promise<void> {
    const output = this.#output;
    try {
      while (!this.#stopped && this.#hasWork()) {
        this.#startedMs = this.#clock.nowMs;
        const bytes = output.take();
        this.#owner.onWriting?.(bytes);
        let written = await this.#stream.write(bytes);
        while (written < bytes.length) {
          this.#startedMs = this.#clock.update();
          written += await this.#stream.write(bytes.subarray(written));
        }
        output.release();
        if (!this.#stopped) this.#owner.onWritten();
      }
    } catch (error) {
      if (!this.#stopped) this.#owner.onWriteError(error);
      return;
    } finally {
      output.release();
      this.#writing = false;
    }
    if (!this.#stopped && output.length === 0) this.#owner.onAllWritten();
  }

  #hasWork(): boolean {
    return this.#output.length > 0 && (this.#owner.mayLeave?.() ?? true);
  }
}
