import type { TlsFacts, TlsStream } from "../tls/stream.ts";
import type { PushedStream, StreamReceiver } from "../wire/byte_stream.ts";
import { encodeRead, ToThread, type UpgradeRequest } from "./entries.ts";
import { copyBytes, type RingWriter } from "./ring.ts";

/** The bytes of one entry at most: several connections share a ring. */
const MAX_ENTRY_BYTES = 128 * 1024;

/** So much may be on its way to the client without anybody waiting for it, as in the send buffer of a socket. */
const UNWATCHED_BYTES = 4096;

/** And so much if there is more to come of what is being written: the core keeps all of that until the last of it is written. */
const AHEAD_BYTES = 512 * 1024;

/** Below this the thread tells nothing of what it has written: less than half of {@link UNWATCHED_BYTES}. */
export const REPORT_BYTES = 2048;

/** What a stream asks of the thread that serves it. */
export interface StreamThread {
  readonly toThread: RingWriter;
  /** What was added to the ring is published at the end of this turn. */
  publishSoon(): void;
  /** `resume` is called when the ring has room again. */
  whenRoom(resume: () => void): void;
}

/** Somebody waits. */
interface Waiting<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/** A connection that is served by an I/O thread, as the core sees it. */
export class RemoteStream implements TlsStream, PushedStream {
  /** What was agreed on, once it is TLS. */
  facts: TlsFacts = { cipherSuite: "", version: "", commonName: "" };
  readonly #number: number;
  readonly #thread: StreamThread;
  /** Where the read under way puts what comes. */
  #into: Uint8Array | null = null;
  /** Who gets what comes without reading. */
  #receiver: StreamReceiver | null = null;
  #reading: Waiting<number | null> | null = null;
  #writing: (Waiting<number> & { readonly count: number; readonly limit: number }) | null = null;
  #closingWrite: Waiting<void> | null = null;
  #upgrading: Waiting<void> | null = null;
  /** Bytes given to the thread of which it has not said that they are written. */
  #unwritten = 0;
  #ended = false;
  #failure: Error | null = null;
  #closed = false;

  /** @param onClosed its number means another connection soon */
  constructor(number: number, thread: StreamThread, private readonly onClosed: () => void) {
    this.#number = number;
    this.#thread = thread;
  }

  read(into: Uint8Array): Promise<number | null> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#ended) return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      this.#reading = { resolve, reject };
      this.#ask(into);
    });
  }

  pushTo(receiver: StreamReceiver): void {
    if (this.#failure !== null || this.#ended) return receiver.over();
    this.#receiver = receiver;
    this.#ask(receiver.room());
  }

  writeNow(bytes: Uint8Array): boolean {
    const { length } = bytes;
    const { toThread } = this.#thread;
    if (this.#failure !== null || this.#unwritten + length > UNWATCHED_BYTES) return false;
    if (toThread.room() < length) return false;
    toThread.add(ToThread.Data, this.#number, bytes, 0, length);
    this.#thread.publishSoon();
    this.#unwritten += length;
    return true;
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const { toThread } = this.#thread;
    const count = Math.min(bytes.length, MAX_ENTRY_BYTES, toThread.room());
    if (count <= 0) {
      return new Promise((resolve, reject) =>
        this.#thread.whenRoom(() => void this.write(bytes).then(resolve, reject))
      );
    }
    toThread.add(ToThread.Data, this.#number, bytes, 0, count);
    this.#thread.publishSoon();
    this.#unwritten += count;
    const isLast = count === bytes.length;
    if (this.#unwritten <= (isLast ? UNWATCHED_BYTES : AHEAD_BYTES)) return Promise.resolve(count);
    const limit = isLast ? REPORT_BYTES : AHEAD_BYTES;
    return new Promise((resolve, reject) => this.#writing = { resolve, reject, count, limit });
  }

  closeWrite(): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#closingWrite = { resolve, reject };
      this.#tell(ToThread.CloseWrite);
    });
  }

  /**
   * Has the thread go on over TLS or compressed. Nothing is read meanwhile.
   * @param received what was read already, and belongs to what comes
   * @throws Error that says why not; the stream is of no use then
   */
  upgrade(request: UpgradeRequest, received: Uint8Array): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const words = new TextEncoder().encode(JSON.stringify(request));
    const bytes = new Uint8Array(words.length + 1 + received.length);
    bytes.set(words);
    bytes.set(received, words.length + 1);
    return new Promise((resolve, reject) => {
      this.#upgrading = { resolve, reject };
      this.#send(ToThread.Upgrade, bytes);
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.fail(new Error("closed"));
    this.#tell(ToThread.Close);
    this.onClosed();
  }

  onData(bytes: Uint8Array, start: number, end: number): void {
    const into = this.#into!;
    this.#into = null;
    copyBytes(bytes, start, end, into, 0);
    const receiver = this.#receiver;
    if (receiver === null) return this.#endRead(end - start);
    const goesOn = receiver.received(end - start);
    if (this.#receiver === null) return; // closed meanwhile
    if (goesOn) this.#ask(receiver.room());
    else this.#receiver = null;
  }

  onEnd(): void {
    this.#ended = true;
    if (this.#reading !== null) this.#endRead(null);
    this.#endPushing();
  }

  onWritten(count: number): void {
    this.#unwritten -= count;
    const writing = this.#writing;
    if (writing === null || this.#unwritten > writing.limit) return;
    this.#writing = null;
    writing.resolve(writing.count);
  }

  onWriteClosed(): void {
    this.#closingWrite?.resolve();
    this.#closingWrite = null;
  }

  onUpgraded(facts: TlsFacts | null): void {
    if (facts !== null) this.facts = facts;
    this.#upgrading?.resolve();
    this.#upgrading = null;
  }

  /** Nothing comes and nothing goes any more: whoever waits is told why. */
  fail(error: Error): void {
    this.#failure ??= error;
    for (const each of [this.#reading, this.#writing, this.#closingWrite, this.#upgrading]) {
      each?.reject(error);
    }
    this.#reading =
      this.#writing =
      this.#closingWrite =
      this.#upgrading =
        null;
    this.#into = null;
    this.#endPushing();
  }

  /** Bytes are to come, up to as many as `into` has room for. */
  #ask(into: Uint8Array): void {
    this.#into = into;
    const max = Math.min(into.length, MAX_ENTRY_BYTES);
    this.#tell(ToThread.Read, encodeRead({ max, phase: into.byteOffset & 7 }));
  }

  #endRead(count: number | null): void {
    const reading = this.#reading!;
    this.#reading = null;
    reading.resolve(count);
  }

  #endPushing(): void {
    const receiver = this.#receiver;
    this.#receiver = null;
    receiver?.over();
  }

  #tell(kind: number, value = 0): void {
    const { toThread } = this.#thread;
    if (toThread.room() < 4) return this.#thread.whenRoom(() => this.#tell(kind, value));
    toThread.addNumber(kind, this.#number, value);
    this.#thread.publishSoon();
  }

  #send(kind: number, bytes: Uint8Array): void {
    const { toThread } = this.#thread;
    if (toThread.room() < bytes.length) return this.#thread.whenRoom(() => this.#send(kind, bytes));
    toThread.add(kind, this.#number, bytes, 0, bytes.length);
    this.#thread.publishSoon();
  }
}
