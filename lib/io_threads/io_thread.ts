import type { Logger } from "../log/logger.ts";
import type { Peer } from "../net/peer.ts";
import type { TlsSettings } from "../tls/server_settings.ts";
import type { Credit } from "./credit.ts";
import {
  FromThread,
  type SharedAddress,
  type ThreadNews,
  type ThreadOrder,
  type ThreadSetup,
} from "./entries.ts";
import { FIRST_HTTP_KIND } from "./http/entries.ts";
import { HttpInThread, type HttpService } from "./http/http_in_thread.ts";
import { RemoteStream, type StreamThread } from "./remote_stream.ts";
import { NextTurn } from "./next_turn.ts";
import { newRingMemory, numberAt, type RingMemory, RingReader, RingWriter } from "./ring.ts";
import { SleepWatch } from "./sleep_watch.ts";
import { workerUrl } from "./worker_url.ts";

/** Each direction of a thread. What does not fit waits, on either side. */
const RING_BYTES = 1024 * 1024;

/** What a thread has to do with the core. */
export interface IoThreadParts {
  readonly logger: Logger;
  /** What connections may have on their way, of this thread and the others. */
  readonly credit: Credit;
  /** Serves a connection that has come. */
  take(stream: RemoteStream, peer: Peer): void;
  /** The thread has ended without having been told to, and so many connections with it. */
  onLost(error: Error, connections: number): void;
}

/** What is told of a thread. */
export interface IoThreadFigures {
  /** Connections that it serves. */
  readonly connections: number;
  /** The share of its rings that is filled, from 0 to 1: from the thread, and to it. */
  readonly fill: { readonly from: number; readonly to: number };
}

/** One I/O thread, as the core sees it: accepts, reads, writes, encrypts and compresses for connections of its own. */
export class IoThread implements StreamThread, IoThreadFigures {
  readonly toThread: RingWriter;
  readonly #fromThread: RingReader;
  readonly #worker: Worker;
  readonly #parts: IoThreadParts;
  readonly #streams = new Map<number, RemoteStream>();
  readonly #waitingForRoom: (() => void)[] = [];
  readonly #decoder = new TextDecoder();
  readonly #sleeps: SleepWatch;
  readonly #stopped = Promise.withResolvers<void>();
  #http: HttpInThread | null = null;
  #isOver = false;

  private constructor(
    memory: { from: RingMemory; to: RingMemory },
    worker: Worker,
    parts: IoThreadParts,
  ) {
    this.#fromThread = new RingReader(memory.from);
    this.toThread = new RingWriter(memory.to);
    this.#worker = worker;
    this.#parts = parts;
    this.#sleeps = new SleepWatch(() =>
      parts.logger.error("I/O thread: a wake-up of the core was lost")
    );
  }

  /** Starts a thread that listens, and accepts nothing before {@link start}. @throws Error if it cannot */
  static async open(
    at: SharedAddress,
    tls: TlsSettings | null,
    parts: IoThreadParts,
  ): Promise<{ thread: IoThread; port: number; address: string }> {
    const memory = { from: newRingMemory(RING_BYTES), to: newRingMemory(RING_BYTES) };
    const worker = new Worker(workerUrl(), { type: "module", name: "io" });
    const thread = new IoThread(memory, worker, parts);
    const listening = Promise.withResolvers<{ port: number; address: string }>();
    worker.onmessage = ({ data }: MessageEvent<ThreadNews>) => {
      if (data.kind === "listening") listening.resolve(data);
      else if (data.kind === "refused") listening.reject(new Error(data.message));
      else thread.#onNews(data);
    };
    worker.onerror = (event) => {
      event.preventDefault(); // it ends that thread, not us
      const error = new Error(`I/O thread failed - ${event.message}`);
      listening.reject(error);
      thread.#onLost(error);
    };
    const setup: ThreadSetup<TlsSettings, RingMemory> = {
      kind: "setup",
      hostname: at.hostname,
      port: at.port,
      fromThread: memory.from,
      toThread: memory.to,
      tls,
    };
    worker.postMessage(setup);
    try {
      const where = await listening.promise;
      thread.#serve();
      return { thread, ...where };
    } catch (error) {
      thread.end();
      throw error;
    }
  }

  get fill(): { from: number; to: number } {
    return { from: this.#fromThread.fill, to: this.toThread.fill };
  }

  get credit(): Credit {
    return this.#parts.credit;
  }

  get connections(): number {
    return this.#streams.size;
  }

  /** HTTP in this thread; null where it serves none. */
  get http(): HttpInThread | null {
    return this.#http;
  }

  start(): void {
    this.#order({ kind: "start" });
  }

  /** Serves HTTP, too. @throws Error if it cannot listen */
  openHttp(service: HttpService): Promise<void> {
    this.#http = new HttpInThread(
      {
        ring: this.toThread,
        whenRoom: (resume) => this.whenRoom(resume),
      },
      (order) => this.#order(order),
      service,
      this.#parts.logger,
    );
    return this.#http.opened;
  }

  /** Who comes from now on gets this certificate. */
  useTls(settings: TlsSettings): void {
    this.#order({ kind: "tls", settings });
  }

  giveMemoryBack(): void {
    this.#order({ kind: "give memory back" });
  }

  /** Listens no more; resolves when its connections are closed, too. */
  stop(): Promise<void> {
    this.#order({ kind: "stop" });
    return this.#stopped.promise;
  }

  /** Ends the thread, whatever it does. */
  end(): void {
    this.#isOver = true;
    this.#worker.terminate();
    this.#sleeps.stop();
    this.#stopped.resolve();
    this.#http?.lost(new Error("I/O thread ended"));
  }

  /** For tests: the thread fails. */
  breakIt(): void {
    this.#order({ kind: "fail" });
  }

  forget(number: number): void {
    this.#streams.delete(number);
  }

  whenRoom(resume: () => void): void {
    this.#waitingForRoom.push(resume);
    if (this.#waitingForRoom.length === 1) void this.#resumeWhenRoom();
  }

  async #resumeWhenRoom(): Promise<void> {
    const turn = new NextTurn(this.#sleeps);
    while (this.#waitingForRoom.length > 0 && !this.#isOver) {
      this.toThread.publish();
      await turn.after(this.toThread.waitForRoom());
      for (const resume of this.#waitingForRoom.splice(0)) resume();
    }
  }

  async #serve(): Promise<void> {
    const handle = this.#onEntry.bind(this), turn = new NextTurn(this.#sleeps);
    while (!this.#isOver) {
      this.#fromThread.read(handle);
      await turn.after(this.#fromThread.waitForEntries());
    }
  }

  #onEntry(
    kind: number,
    number: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (kind >= FIRST_HTTP_KIND) return this.#http?.onEntry(kind, number, bytes, start, end);
    if (kind === FromThread.Opened) return this.#onOpened(number, this.#text(bytes, start, end));
    const stream = this.#streams.get(number);
    if (stream === undefined) return; // closed meanwhile
    switch (kind) {
      case FromThread.Data:
        return stream.onData(bytes, start, end);
      case FromThread.Written:
        return stream.onWritten(numberAt(bytes, start));
      case FromThread.End:
        return stream.onEnd();
      case FromThread.ReadFailed:
        return stream.onReadFailed(new Error(this.#text(bytes, start, end)));
      case FromThread.Held:
        return stream.onHeld();
      case FromThread.WriteClosed:
        return stream.onWriteClosed();
      case FromThread.Upgraded:
        return stream.onUpgraded(JSON.parse(this.#text(bytes, start, end)));
      default:
        return stream.fail(new Error(this.#text(bytes, start, end)));
    }
  }

  #onOpened(number: number, peer: string): void {
    const stream = new RemoteStream(number, this);
    this.#streams.set(number, stream);
    this.#parts.take(stream, JSON.parse(peer));
  }

  #onNews(news: ThreadNews): void {
    if (news.kind === "log") this.#parts.logger[news.level](news.text);
    else if (news.kind === "stopped") this.#stopped.resolve();
    else this.#http?.onNews(news);
  }

  #onLost(error: Error): void {
    if (this.#isOver) return;
    this.end();
    const streams = [...this.#streams.values()];
    for (const stream of streams) stream.fail(error);
    this.#streams.clear();
    this.#parts.onLost(error, streams.length);
  }

  #order(order: ThreadOrder<TlsSettings>): void {
    this.#worker.postMessage(order);
  }

  #text(bytes: Uint8Array, start: number, end: number): string {
    return this.#decoder.decode(bytes.slice(start, end));
  }
}
