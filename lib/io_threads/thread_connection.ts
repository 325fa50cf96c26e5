import type { Socket } from "../net/peer.ts";
import type { TlsUpgrader } from "../tls/upgrader.ts";
import type { ByteStream } from "../wire/byte_stream.ts";
import { copyShared } from "../wire/copy_bytes.ts";
import type { OutputPiece } from "../wire/output_memory.ts";
import { DeflateStream } from "../wire/streams/deflate_stream.ts";
import { SnappyStream } from "../wire/streams/snappy_stream.ts";
import { FromThread, type UpgradeRequest } from "./entries.ts";
import { ReadAhead, type ReadAheadThread } from "./read_ahead.ts";
import { REPORT_BYTES } from "./remote_stream.ts";

/** What was said to the core, or is being said to the client when the core closes, has this long. */
const LAST_WORDS_MS = 100;

const NONE = new Uint8Array(0);

/** What a connection asks of its thread. */
export interface ConnectionThread extends ReadAheadThread {
  readonly tls: TlsUpgrader | null;
  tellNumber(kind: number, connection: number, value: number): Promise<void> | void;
  /** Its number may be another's from now on. */
  onClosed(connection: ThreadConnection): void;
}

/** A connection in the thread that serves it: does to its stream what the core says. */
export class ThreadConnection {
  readonly input: ReadAhead;
  /** What is written to. */
  #stream: ByteStream;
  /** What is to be written, `#pending[0, #pendingBytes)`, and what is being written. */
  #pending: OutputPiece | null = null;
  #pendingBytes = 0;
  #unreported = 0;
  /** What is done in order: writes, and what must come after them. Null while there is nothing to do. */
  #work: Promise<void> | null = null;
  #after: (() => Promise<void>) | null = null;
  #closed = false;

  constructor(
    readonly number: number,
    socket: Socket,
    private readonly thread: ConnectionThread,
  ) {
    this.#stream = socket;
    this.input = new ReadAhead(socket, number, thread);
  }

  /** Writes `bytes[start, end)`, which are copied, together with what else comes this turn. */
  write(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.#pendingBytes + end - start;
    const into = this.#pending !== null && this.#pending.bytes.length >= needed
      ? this.#pending
      : this.#growTo(needed);
    copyShared(bytes, start, end, into.bytes, this.#pendingBytes);
    this.#pendingBytes = needed;
  }

  /** Writes what has been gathered. */
  flush(): void {
    if (this.#closed) return;
    if (this.#work === null && (this.#pendingBytes > 0 || this.#after !== null)) {
      this.#work = this.#doWork();
    }
  }

  closeWrite(): void {
    this.#then(async () => {
      await this.#stream.closeWrite?.();
      await this.thread.tell(FromThread.WriteClosed, this.number, NONE);
    });
  }

  /** @param received what was read already, and belongs to what comes */
  upgrade(request: UpgradeRequest, received: Uint8Array): void {
    this.#then(async () => {
      try {
        const facts = await this.#upgrade(request, received);
        this.input.goOn(this.#stream);
        await this.thread.tell(FromThread.Upgraded, this.number, encode(JSON.stringify(facts)));
      } catch (error) {
        const text = encode((error as Error).message);
        await this.thread.tell(FromThread.UpgradeFailed, this.number, text);
      }
    });
  }

  /** Closes the connection; what was to be written before has a moment. */
  close(): void {
    this.flush();
    if (this.#work === null) return this.#close();
    const timer = setTimeout(() => this.#close(), LAST_WORDS_MS);
    this.#work.finally(() => {
      clearTimeout(timer);
      this.#close();
    });
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.input.stop();
    if (this.#pending !== null) this.thread.memory.giveBack(this.#pending);
    this.#pending = null;
    this.#pendingBytes = 0;
    try {
      this.#stream.close();
    } catch (error) {
      // The runtime closes a stream itself when the peer resets it.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
    this.thread.onClosed(this);
  }

  #then(step: () => Promise<void>): void {
    this.#after = step;
    this.flush();
  }

  async #doWork(): Promise<void> {
    try {
      while (!this.#closed) {
        if (this.#pendingBytes > 0) await this.#writePending();
        else if (this.#after !== null) {
          const step = this.#after;
          this.#after = null;
          await step();
        } else break;
      }
    } catch (error) {
      await this.#fail(error as Error);
    } finally {
      this.#work = null;
    }
  }

  #growTo(bytes: number): OutputPiece {
    const { memory } = this.thread;
    const old = this.#pending;
    const larger = this.#pending = memory.lend(bytes);
    if (old !== null) {
      larger.bytes.set(old.bytes.subarray(0, this.#pendingBytes));
      memory.giveBack(old);
    }
    return larger;
  }

  async #writePending(): Promise<void> {
    const piece = this.#pending!, count = this.#pendingBytes;
    this.#pending = null;
    this.#pendingBytes = 0;
    try {
      for (let at = 0; at < count;) {
        const written = await this.#stream.write(piece.bytes.subarray(at, count));
        at += written;
        const told = this.#report(written);
        if (told !== undefined) await told;
      }
    } finally {
      this.thread.memory.giveBack(piece);
    }
  }

  /** Tells the core how much has been written, if that is worth an entry. */
  #report(written: number): Promise<void> | void {
    this.#unreported += written;
    if (this.#unreported < REPORT_BYTES) return;
    const told = this.#unreported;
    this.#unreported = 0;
    return this.thread.tellNumber(FromThread.Written, this.number, told);
  }

  async #upgrade(request: UpgradeRequest, received: Uint8Array): Promise<unknown> {
    const { stream } = this.input;
    if (request.to === "snappy") this.#stream = new SnappyStream(stream, received);
    else if (request.to === "deflate") {
      this.#stream = new DeflateStream(stream, received, request.level);
    } else {
      const upgraded = await this.thread.tls!.upgrade(stream, received);
      this.#stream = upgraded;
      return { ...upgraded.facts };
    }
    return null;
  }

  async #fail(error: Error): Promise<void> {
    if (this.#closed) return;
    await this.thread.tell(FromThread.Failed, this.number, encode(error.message));
  }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
