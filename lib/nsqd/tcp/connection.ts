import type { Channel } from "../../broker/channel.ts";
import type { Consumer, ConsumerSink } from "../../broker/consumer.ts";
import type { Alarm, Scheduler } from "../../broker/scheduler.ts";
import type { ClientStats } from "../../broker/stats.ts";
import type { Flushable } from "../../broker/turn.ts";
import type { ByteStream } from "../../wire/byte_stream.ts";
import { ClientError, ErrorCode } from "../../wire/errors.ts";
import { OutputBuffer } from "../../wire/output_buffer.ts";
import { FrameType, HEARTBEAT, MAGIC_BYTES, MAGIC_V2 } from "../../wire/protocol.ts";
import { type Client, type ClientContext, ClientState, clientStats } from "./client.ts";
import type { PublishedTopic } from "./client.ts";
import { Parser } from "./parser.ts";
import { type ClientSettings, defaultSettings } from "./settings.ts";

/** A client has this long to say which protocol it speaks. (nsqd waits for ever.) */
const MAGIC_TIMEOUT_MS = 5000;

/** Nothing is read from a client that leaves more than this unread of what it is sent, in bytes. */
const MAX_UNREAD_OUTPUT_BYTES = 1024 * 1024;

/** A connection that has been silent this long gives its buffers back. */
const IDLE_MS = 5000;

/** After the last frame a client that still sends may do so this long, so that the frame is not lost to a reset. */
const LINGER_MS = 500;

/** What all connections of a server share, beyond what commands need. */
export interface ConnectionContext extends ClientContext {
  readonly scheduler: Scheduler;
}

/** A transport that can also say that nothing more will be written. */
export interface ClosableStream extends ByteStream {
  closeWrite?(): Promise<void>;
}

/** One client's connection: reads into the parser, writes what commands and channels have put into the output, keeps the heartbeat. */
export class Connection implements Client, ConsumerSink, Flushable {
  readonly output = new OutputBuffer();
  readonly settings: ClientSettings;
  readonly sink = this;
  readonly published = new Map<string, PublishedTopic>();
  state: ClientState = ClientState.Init;
  consumer: Consumer | null = null;
  channel: Channel | null = null;

  readonly #stream: ClosableStream;
  readonly #parser: Parser;
  readonly #connectedUnixMs: number;
  readonly #alarm: Alarm;
  #lastReadMs: number;
  /** Whether the last read came after a long silence. */
  #wasIdle = false;
  #nextHeartbeatMs = Infinity;
  /** When the write under way began. */
  #writeStartedMs = 0;
  #writing = false;
  #flushScheduled = false;
  /** The connection closes once all output is written. */
  #ending = false;
  #closed = false;
  /** Resolves the wait for the client to read what it was sent. */
  #onDrained: (() => void) | null = null;

  /**
   * @param name the client's address, as it stands in the log
   * @param address the same without port
   */
  constructor(
    stream: ClosableStream,
    readonly name: string,
    address: string,
    readonly context: ConnectionContext,
  ) {
    this.#stream = stream;
    this.settings = defaultSettings(context.options, address);
    this.#parser = new Parser(this);
    const { clock } = context.broker;
    this.#lastReadMs = clock.update();
    this.#connectedUnixMs = clock.unixMs;
    this.#alarm = { dueMs: 0, heapIndex: -1, ring: (nowMs) => this.#checkTime(nowMs) };
  }

  /** Serves the connection until it ends. */
  async run(): Promise<void> {
    const { logger } = this.context;
    logger.info(`TCP: new client(${this.name})`);
    try {
      if (await this.#readMagic()) {
        await this.#readCommands();
        logger.info(`PROTOCOL(V2): [${this.name}] exiting ioloop`);
      }
    } catch (error) {
      if (!this.#closed) logger.error(`client(${this.name}) - ${(error as Error).message}`);
    }
    this.#leaveChannel();
    this.#end();
  }

  scheduleFlush(): void {
    if (this.#flushScheduled || this.#closed) return;
    this.#flushScheduled = true;
    this.context.broker.turn.addFlushable(this);
  }

  flush(): void {
    this.#flushScheduled = false;
    if (!this.#writing && this.output.length > 0 && !this.#closed) this.#write();
  }

  stats(topic: string): ClientStats {
    return clientStats(this, this.#connectedUnixMs, topic);
  }

  /** Closes the connection at once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.context.scheduler.cancel(this.#alarm);
    this.#onDrained?.();
    try {
      this.#stream.close();
    } catch (error) {
      // The runtime closes a stream itself when the peer resets it.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  /** Reads the four bytes that say which protocol the client speaks. False if it is not spoken here. */
  async #readMagic(): Promise<boolean> {
    const { logger, scheduler } = this.context;
    scheduler.set(this.#alarm, this.#lastReadMs + MAGIC_TIMEOUT_MS);
    const { input } = this.#parser;
    while (input.end - input.start < MAGIC_BYTES) {
      if (!await this.#read()) {
        const why = this.#closed
          ? "i/o timeout"
          : input.end === input.start
          ? "EOF"
          : "unexpected EOF";
        logger.error(`failed to read protocol version - ${why}`);
        return false;
      }
    }
    const magic = String.fromCharCode(
      ...input.bytes.subarray(input.start, input.start + MAGIC_BYTES),
    );
    input.start += MAGIC_BYTES;
    logger.info(`CLIENT(${this.name}): desired protocol magic '${magic}'`);
    if (magic === MAGIC_V2) return true;
    logger.error(`client(${this.name}) bad protocol magic '${magic}'`);
    this.output.frame(FrameType.Error, ErrorCode.BadProtocol);
    return false;
  }

  async #readCommands(): Promise<void> {
    this.#restartHeartbeat();
    const onError = (error: ClientError) => this.#onCommandError(error);
    const parser = this.#parser, output = this.output;
    do {
      const { heartbeatIntervalMs } = this.settings;
      parser.parse(onError);
      if (output.length > 0) this.scheduleFlush();
      if (this.#ending) return;
      if (this.settings.heartbeatIntervalMs !== heartbeatIntervalMs) this.#restartHeartbeat();
      if (output.pending > MAX_UNREAD_OUTPUT_BYTES) await this.#drained();
    } while (await this.#read());
    const error = this.#closed ? null : parser.truncated();
    if (error !== null) this.#onCommandError(error);
  }

  /** Reads once. False at the end of the connection. */
  async #read(): Promise<boolean> {
    if (this.#closed) return false;
    const { input } = this.#parser;
    if (this.#wasIdle) { // what it woke up to say has been dealt with: start again with small buffers
      this.#wasIdle = false;
      input.shrink();
      this.output.shrink();
    }
    let count: number | null;
    try {
      count = await this.#stream.read(input.room());
    } catch (error) {
      if (this.#closed) return false;
      throw new Error(`failed to read command - ${(error as Error).message}`, { cause: error });
    }
    if (count === null || this.#closed) return false;
    const nowMs = this.context.broker.clock.update();
    this.#wasIdle = nowMs - this.#lastReadMs > IDLE_MS;
    this.#lastReadMs = nowMs;
    input.received(count);
    return true;
  }

  /** Tells the client. True if the connection goes on. */
  #onCommandError(error: ClientError): boolean {
    const { cause } = error;
    const parent = cause instanceof Error ? ` - ${cause.message}` : "";
    this.context.logger.error(`[${this.name}] - ${error.message}${parent}`);
    this.output.frame(FrameType.Error, error.message);
    if (error.fatal) this.#ending = true;
    return !error.fatal;
  }

  /** Resolves when the client has read most of what it was sent, or is gone. */
  #drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#onDrained = resolve;
    });
  }

  async #write(): Promise<void> {
    this.#writing = true;
    const { output } = this;
    const { clock } = this.context.broker;
    try {
      while (output.length > 0 && !this.#closed) {
        this.#writeStartedMs = clock.nowMs;
        const bytes = output.take();
        let written = await this.#stream.write(bytes);
        while (written < bytes.length) {
          this.#writeStartedMs = clock.update();
          written += await this.#stream.write(bytes.subarray(written));
        }
        output.release();
        this.#afterWrite();
      }
    } catch (error) {
      if (!this.#closed) {
        this.context.logger.error(`[${this.name}] - failed to send - ${(error as Error).message}`);
      }
      this.close();
    } finally {
      this.#writing = false;
    }
    if (this.#ending) this.#linger();
  }

  #afterWrite(): void {
    if (this.output.pending <= MAX_UNREAD_OUTPUT_BYTES && this.#onDrained !== null) {
      this.#onDrained();
      this.#onDrained = null;
    }
    const { consumer, channel } = this;
    if (consumer !== null && channel !== null && !consumer.queued) channel.offer(consumer);
  }

  #restartHeartbeat(): void {
    const { heartbeatIntervalMs } = this.settings;
    if (heartbeatIntervalMs === 0) return this.context.scheduler.cancel(this.#alarm);
    this.#nextHeartbeatMs = this.#lastReadMs + heartbeatIntervalMs;
    this.context.scheduler.set(this.#alarm, this.#nextHeartbeatMs);
  }

  /** Sends the heartbeat, and closes the connection if the client has not been heard of for too long. */
  #checkTime(nowMs: number): void {
    const { heartbeatIntervalMs } = this.settings;
    if (this.#nextHeartbeatMs === Infinity || this.#ending) return this.close();
    const readDeadlineMs = this.#lastReadMs + 2 * heartbeatIntervalMs;
    const stuck = this.#writing && nowMs - this.#writeStartedMs >= heartbeatIntervalMs;
    if (nowMs >= readDeadlineMs || stuck) {
      const what = stuck ? "failed to send" : "failed to read command";
      this.context.logger.error(`client(${this.name}) - ${what} - i/o timeout`);
      return this.close();
    }
    if (nowMs - this.#lastReadMs > IDLE_MS) this.output.shrink();
    if (nowMs >= this.#nextHeartbeatMs) {
      this.#nextHeartbeatMs += heartbeatIntervalMs *
        Math.ceil((nowMs - this.#nextHeartbeatMs + 1) / heartbeatIntervalMs);
      this.output.frame(FrameType.Response, HEARTBEAT);
      this.scheduleFlush();
    }
    this.context.scheduler.set(this.#alarm, Math.min(this.#nextHeartbeatMs, readDeadlineMs));
  }

  #leaveChannel(): void {
    if (this.consumer !== null) this.channel!.removeConsumer(this.consumer);
  }

  /** Closes the connection once everything is written. */
  #end(): void {
    if (this.#closed) return;
    this.#ending = true;
    if (this.output.length > 0) this.scheduleFlush();
    else if (!this.#writing) this.#linger();
  }

  /** Everything is written: says so, and reads what still comes for a moment before closing. */
  #linger(): void {
    if (this.#closed) return;
    const { scheduler, broker: { clock } } = this.context;
    scheduler.set(this.#alarm, clock.update() + LINGER_MS);
    this.#discardInput().catch(() => {}).finally(() => this.close());
  }

  async #discardInput(): Promise<void> {
    await this.#stream.closeWrite?.();
    const discarded = new Uint8Array(4096);
    while (!this.#closed && await this.#stream.read(discarded) !== null);
  }
}
