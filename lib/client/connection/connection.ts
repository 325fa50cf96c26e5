import type { Logger } from "../../log/logger.ts";
import type { ByteStream } from "../../wire/byte_stream.ts";
import { OutputBuffer } from "../../wire/output_buffer.ts";
import { OutputMemory } from "../../wire/output_memory.ts";
import { OutputWriter } from "../../wire/output_writer.ts";
import { FRAME_HEADER_BYTES, FrameType, HEARTBEAT } from "../../wire/protocol.ts";
import { type Chunk, FrameError, FrameReader } from "./chunk.ts";
import { closeQuietly, type Established, shakeHands } from "./handshake.ts";
import type { ResolvedConnectionOptions } from "../options/options.ts";
import type { ServerInfo } from "./server_info.ts";

/** A read or write that takes too long is noticed with this part of its limit as tolerance. */
const CHECKS_PER_TIMEOUT = 4;

/** A connection on which nothing has happened for so long gives back buffers that it does not use. */
const IDLE_MS = 5000;

const decoder = new TextDecoder();

/** What a connection tells whoever opened it. Nothing comes before `open` has resolved, and nothing after `onClose`. */
export interface ConnectionEvents {
  /** `chunk.bytes[at, end)` is a message frame. */
  onMessage(chunk: Chunk, at: number, end: number): void;
  /** Data of a response frame. Heartbeats are answered by the connection itself. */
  onResponse(text: string): void;
  /** Data of an error frame. After a fatal one the server closes. */
  onError(text: string): void;
  /** Once, whoever closed. */
  onClose(reason: Error): void;
}

/** What else {@link Connection.open} takes. */
export interface ConnectionContext {
  readonly logger: Logger;
  /** Gives up the attempt to connect; without effect later. */
  readonly signal?: AbortSignal;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs?: () => number;
}

/** One connection to one nsqd, after all that is settled at its beginning: frames come in, commands go out. */
export class Connection {
  /** What will be sent: write commands here, then {@link scheduleFlush}. */
  readonly #outputMemory = new OutputMemory();
  readonly output: OutputBuffer = new OutputBuffer(this.#outputMemory);
  readonly info: ServerInfo;
  isClosed = false;
  /** When something was read last, by the connection's clock. */
  lastReadMs: number;

  readonly #stream: ByteStream;
  readonly #events: ConnectionEvents;
  readonly #options: ResolvedConnectionOptions;
  readonly #nowMs: () => number;
  readonly #frames = new FrameReader();
  readonly #writer: OutputWriter;
  readonly #checkTimer: ReturnType<typeof setInterval>;
  #flushScheduled = false;
  /** Resolves {@link drained}. */
  #onDrained: (() => void)[] = [];
  /** Frames are being handed on: what this adds to the output is sent after all of them. */
  #inPass = false;
  readonly #flush = () => {
    this.#flushScheduled = false;
    this.#writer.flush();
  };

  private constructor(
    readonly address: string,
    established: Established,
    options: ResolvedConnectionOptions,
    events: ConnectionEvents,
    nowMs: () => number,
  ) {
    this.#stream = established.stream;
    this.info = established.info;
    this.#options = options;
    this.#events = events;
    this.#nowMs = nowMs;
    this.lastReadMs = nowMs();
    const clock = {
      get nowMs() {
        return nowMs();
      },
      update: nowMs,
    };
    this.#writer = new OutputWriter(established.stream, this.output, clock, {
      onWritten: () => {},
      onAllWritten: () => this.#tellDrained(),
      onWriteError: (error) => this.close(error as Error),
    });
    const checkMs = Math.min(options.readTimeoutMs, options.writeTimeoutMs) / CHECKS_PER_TIMEOUT;
    this.#checkTimer = setInterval(() => this.#checkTime(), checkMs);
    this.#take(established.received);
  }

  /**
   * Dials, and settles what IDENTIFY and AUTH settle: then commands may be sent.
   * @throws Error that says which step failed
   */
  static async open(
    address: string,
    options: ResolvedConnectionOptions,
    events: ConnectionEvents,
    { logger, signal, nowMs = () => performance.now() }: ConnectionContext,
  ): Promise<Connection> {
    const established = await shakeHands(address, options, logger, signal);
    const connection = new Connection(address, established, options, events, nowMs);
    // In the next turn, so that the caller has the connection before its first event.
    setTimeout(() => void connection.#readFrames());
    return connection;
  }

  /** Adds a command to the output: `line` (one byte per character, no newline) and perhaps a body with its size. Sent soon. */
  send(line: string, body?: Uint8Array): void {
    if (this.isClosed) return;
    const { output } = this;
    let at = output.reserve(line.length + 1 + (body === undefined ? 0 : 4 + body.length));
    const { bytes, view } = output;
    for (let i = 0; i < line.length; i++) bytes[at++] = line.charCodeAt(i);
    bytes[at++] = 0x0a;
    if (body !== undefined) {
      view.setInt32(at, body.length);
      bytes.set(body, at + 4);
      at += 4 + body.length;
    }
    output.length = at;
    this.scheduleFlush();
  }

  /** Everything in the output is sent at the end of this turn, or when the write under way is over. */
  scheduleFlush(): void {
    if (this.#flushScheduled || this.#inPass || this.#writer.writing) return;
    this.#flushScheduled = true;
    queueMicrotask(this.#flush);
  }

  /** Resolves when everything in the output has been handed to the system, or the connection is closed. */
  drained(): Promise<void> {
    if (this.isClosed || this.output.pending === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onDrained.push(resolve));
  }

  /** Closes at once: what is in the output is lost. */
  close(reason: Error = new Error("closed")): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#writer.stop();
    clearInterval(this.#checkTimer);
    closeQuietly(this.#stream);
    this.#tellDrained();
    this.#events.onClose(reason);
  }

  async #readFrames(): Promise<void> {
    const frames = this.#frames;
    try {
      while (!this.isClosed) {
        this.#handOn();
        if (this.isClosed) return;
        const count = await this.#stream.read(frames.room());
        if (count === null) throw new Error("connection closed by nsqd");
        this.lastReadMs = this.#nowMs();
        frames.received(count);
      }
    } catch (error) {
      this.close(error as Error);
    }
  }

  /** Hands on all frames that are there, then sends what that brought about in one write. */
  #handOn(): void {
    const frames = this.#frames;
    const { chunk } = frames;
    this.#inPass = true;
    try {
      for (let end = frames.frameEnd(); end > 0 && !this.isClosed; end = frames.frameEnd()) {
        const at = frames.start;
        frames.start = end;
        const type = chunk.view.getInt32(at + 4);
        if (type === FrameType.Message) this.#events.onMessage(chunk, at, end);
        else this.#onText(type, decoder.decode(chunk.bytes.subarray(at + FRAME_HEADER_BYTES, end)));
      }
    } finally {
      this.#inPass = false;
    }
    this.#flush();
  }

  #onText(type: number, text: string): void {
    if (type === FrameType.Error) this.#events.onError(text);
    else if (type !== FrameType.Response) throw new FrameError(`unknown frame type ${type}`);
    else if (text === HEARTBEAT) this.send("NOP");
    else this.#events.onResponse(text);
  }

  #tellDrained(): void {
    const waiting = this.#onDrained;
    this.#onDrained = [];
    for (const resolve of waiting) resolve();
  }

  /** Adds what was received with the answers of the handshake. */
  #take(received: Uint8Array): void {
    for (let at = 0; at < received.length;) {
      const room = this.#frames.room();
      const part = received.subarray(at, at + room.length);
      room.set(part);
      this.#frames.received(part.length);
      at += part.length;
    }
  }

  #checkTime(): void {
    const nowMs = this.#nowMs();
    const { readTimeoutMs, writeTimeoutMs, heartbeatIntervalMs } = this.#options;
    if (heartbeatIntervalMs >= 0 && nowMs - this.lastReadMs >= readTimeoutMs) {
      this.close(new Error(`nothing received for ${readTimeoutMs} ms`));
    } else if (this.#writer.busyMs(nowMs) >= writeTimeoutMs) {
      this.close(new Error(`failed to send for ${writeTimeoutMs} ms`));
    } else if (nowMs - this.lastReadMs > IDLE_MS) {
      this.#outputMemory.trim();
      this.#frames.shrink();
    }
  }
}
