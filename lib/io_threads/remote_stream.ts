import type { TlsFacts, TlsStream } from "../tls/stream.ts";
import type { PushedStream, StreamReceiver } from "../wire/byte_stream.ts";
import { joined } from "../wire/joined.ts";
import type { Credit } from "./credit.ts";
import { MAX_ENTRY_BYTES, ToThread, type UpgradeRequest } from "./entries.ts";
import { RemoteInput } from "./remote_input.ts";
import type { RingWriter } from "./ring.ts";

/** So much may be on its way to the client without anybody waiting for it, as in the send buffer of a socket. */
const UNWATCHED_BYTES = 4096;

/** And so much if there is more to come of what is being written: the core keeps all of that until the last of it is written. */
const AHEAD_BYTES = 512 * 1024;

/** Below this the thread tells nothing of what it has written: less than half of {@link UNWATCHED_BYTES}. */
export const REPORT_BYTES = 2048;

const NO_FACTS: TlsFacts = { cipherSuite: "", version: "", commonName: "" };

/** What a stream asks of the thread that serves it. */
export interface StreamThread {
  readonly toThread: RingWriter;
  /** What its connections may have on their way. */
  readonly credit: Credit;
  /** `resume` is called when the ring has room again. */
  whenRoom(resume: () => void): void;
  /** The connection of this number is closed. */
  forget(number: number): void;
}

/** Somebody waits. */
interface Waiting<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/** A connection that is served by an I/O thread, as the core sees it. */
export class RemoteStream implements TlsStream, PushedStream {
  /** What was agreed on, once it is TLS. */
  facts: TlsFacts = NO_FACTS;
  readonly #number: number;
  readonly #thread: StreamThread;
  readonly #input: RemoteInput;
  #writing: (Waiting<number> & { readonly count: number; readonly limit: number }) | null = null;
  #closingWrite: Waiting<void> | null = null;
  /** For the thread to hold its reading, then for the upgrade. */
  #upgrading: Waiting<void> | null = null;
  /** Bytes given to the thread of which it has not said that they are written. */
  #unwritten = 0;
  #failure: Error | null = null;
  #closed = false;

  constructor(number: number, thread: StreamThread) {
    this.#number = number;
    this.#thread = thread;
    this.#input = new RemoteInput(thread.credit, this);
  }

  read(into: Uint8Array): Promise<number | null> {
    return this.#input.read(into);
  }

  pushTo(receiver: StreamReceiver): void {
    this.#input.pushTo(receiver);
  }

  giveCredit(bytes: number): void {
    this.#tell(ToThread.Credit, bytes);
  }

  writeNow(bytes: Uint8Array): boolean {
    const { length } = bytes;
    const { toThread } = this.#thread;
    if (this.#failure !== null || this.#unwritten + length > UNWATCHED_BYTES) return false;
    if (toThread.room() < length) return false;
    toThread.add(ToThread.Data, this.#number, bytes, 0, length);
    toThread.publishSoon();
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
    toThread.publishSoon();
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
  async upgrade(request: UpgradeRequest, received: Uint8Array): Promise<void> {
    await this.#whenUpgrading(() => this.#tell(ToThread.Hold));
    const words = new TextEncoder().encode(JSON.stringify(request));
    const bytes = joined([words, Uint8Array.of(0), received, ...this.#input.takeKept()]);
    await this.#whenUpgrading(() => this.#send(ToThread.Upgrade, bytes));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.fail(new Error("closed"));
    this.#tell(ToThread.Close);
    this.#thread.forget(this.#number);
  }

  onData(bytes: Uint8Array, start: number, end: number): void {
    this.#input.onData(bytes, start, end);
  }

  onEnd(): void {
    this.#input.onEnd();
  }

  /** As without threads, what was carried out before is answered all the same. */
  onReadFailed(error: Error): void {
    this.#input.fail(error);
  }

  onHeld(): void {
    this.#endUpgrading();
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
    this.#endUpgrading();
  }

  /** Nothing comes and nothing goes any more: whoever waits is told why. */
  fail(error: Error): void {
    this.#failure ??= error;
    for (const each of [this.#writing, this.#closingWrite, this.#upgrading]) each?.reject(error);
    this.#writing = this.#closingWrite = this.#upgrading = null;
    this.#input.fail(error);
  }

  /** Resolves when the thread has done the next step of an upgrade. */
  #whenUpgrading(ask: () => void): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#upgrading = { resolve, reject };
      ask();
    });
  }

  #endUpgrading(): void {
    const upgrading = this.#upgrading;
    this.#upgrading = null;
    upgrading?.resolve();
  }

  #tell(kind: number, value = 0): void {
    const { toThread } = this.#thread;
    if (toThread.room() < 4) return this.#thread.whenRoom(() => this.#tell(kind, value));
    toThread.addNumber(kind, this.#number, value);
    toThread.publishSoon();
  }

  #send(kind: number, bytes: Uint8Array): void {
    const { toThread } = this.#thread;
    if (toThread.room() < bytes.length) return this.#thread.whenRoom(() => this.#send(kind, bytes));
    toThread.add(kind, this.#number, bytes, 0, bytes.length);
    toThread.publishSoon();
  }
}
