import type { Channel } from "../../broker/channel.ts";
import type { Consumer, ConsumerSink } from "../../broker/consumer.ts";
import type { Alarm, Scheduler } from "../../broker/scheduler.ts";
import type { ClientStats } from "../../broker/stats.ts";
import type { Flushable } from "../../broker/turn.ts";
import type { ByteStream } from "../../wire/byte_stream.ts";
import { ClientError, ErrorCode, FatalClientError } from "../../wire/errors.ts";
import { OutputBuffer } from "../../wire/output_buffer.ts";
import { FrameType, HEARTBEAT, MAGIC_BYTES, MAGIC_V2, OK } from "../../wire/protocol.ts";
import type { ClientAuth } from "../auth/authorizer.ts";
import { type Client, type ClientContext, ClientState, clientStats } from "./client.ts";
import type { PublishedTopic, Upgrades } from "./client.ts";
import { Parser } from "./parser.ts";
import { type ClientSettings, defaultSettings } from "./settings.ts";
import { requiresTls } from "./tls_settings.ts";

/** A client has this long to say which protocol it speaks. (nsqd waits for ever.) */
const MAGIC_TIMEOUT_MS = 5000;

/** Nothing is read from a client that leaves more than this unread of what it is sent, in bytes. */
const MAX_UNREAD_OUTPUT_BYTES = 1024 * 1024;

/** A connection that has been silent this long gives its buffers back. */
const IDLE_MS = 5000;

/** After the last frame a client that still sends may do so this long, so that the frame is not lost to a reset. */
const LINGER_MS = 500;

/** An upgrade (a TLS handshake) is over in this time, or the connection closes. */
const UPGRADE_TIMEOUT_MS = 5000;

/** What all connections of a server share, beyond what commands need. */
export interface ConnectionContext extends ClientContext {
  readonly scheduler: Scheduler;
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
  readonly upgrades: Upgrades = { tls: null, compression: "none" };
  tlsRequired: boolean;
  readonly auth: ClientAuth | null;

  /** The socket itself, until the client asks for TLS or compression. */
  #stream: ByteStream;
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
  #written: Promise<void> = Promise.resolve();
  /** The stream is being replaced: nothing is written. */
  #upgrading = false;
  /** A command has something left to do: nothing is read, so the client is not silent. */
  #continuing = false;
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
    stream: ByteStream,
    readonly name: string,
    address: string,
    readonly context: ConnectionContext,
  ) {
    this.#stream = stream;
    this.settings = defaultSettings(context.options, address);
    this.tlsRequired = requiresTls(context.options);
    this.auth = context.authorizer?.forClient(name, () => ({
      remoteIp: address,
      tls: this.upgrades.tls !== null,
      commonName: this.upgrades.tls?.commonName ?? "",
    })) ?? null;
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
    if (this.#writing || this.#upgrading || this.#closed || this.output.length === 0) return;
    this.#written = this.#write();
  }

  stats(topic: string): ClientStats {
    return clientStats(this, this.#connectedUnixMs, topic);
  }

  async upgrade<S extends ByteStream>(
    make: (stream: ByteStream, received: Uint8Array) => S | Promise<S>,
  ): Promise<S> {
    const { scheduler, broker: { clock } } = this.context;
    this.flush();
    await this.#written;
    this.#upgrading = true;
    const timeout: Alarm = { dueMs: 0, heapIndex: -1, ring: () => this.#upgradeTimedOut() };
    scheduler.set(timeout, clock.update() + UPGRADE_TIMEOUT_MS);
    try {
      if (this.#closed) throw new Error("connection closed");
      const stream = await make(this.#stream, this.#parser.input.takeAll());
      this.#stream = stream;
      this.#upgrading = false;
      this.output.frame(FrameType.Response, OK);
      this.flush();
      await this.#written;
      return stream;
    } catch (error) {
      const text = `IDENTIFY failed ${(error as Error).message}`;
      const failure = new FatalClientError(ErrorCode.IdentifyFailed, text, { cause: error });
      if (!this.#closed) this.context.logger.error(`[${this.name}] - ${failure.message}`);
      this.close(); // no frame could reach the client: neither side knows where the stream stands
      throw failure;
    } finally {
      scheduler.cancel(timeout);
    }
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
    for (;;) {
      const { heartbeatIntervalMs } = this.settings;
      parser.parse(onError);
      if (output.length > 0) this.scheduleFlush();
      if (this.#ending) return;
      if (this.settings.heartbeatIntervalMs !== heartbeatIntervalMs) this.#restartHeartbeat();
      if (output.pending > MAX_UNREAD_OUTPUT_BYTES) await this.#drained();
      const continuation = parser.takeContinuation();
      if (continuation !== null) {
        await this.#continue(continuation);
        if (this.#ending || this.#closed) return;
      } else if (!await this.#read()) break;
    }
    const error = this.#closed ? null : parser.truncated();
    if (error !== null) this.#onCommandError(error);
  }

  #upgradeTimedOut(): void {
    this.context.logger.error(
      `[${this.name}] - ${ErrorCode.IdentifyFailed} IDENTIFY failed i/o timeout`,
    );
    this.close();
  }

  /** Does what a command has left to do. Meanwhile nothing is read. */
  async #continue(continuation: () => Promise<void>): Promise<void> {
    this.#continuing = true;
    try {
      await continuation();
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      if (!this.#closed) this.#onCommandError(error);
    } finally {
      this.#continuing = false;
      this.#lastReadMs = this.context.broker.clock.update();
    }
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
    if (nowMs >= readDeadlineMs && !this.#continuing || stuck) {
      const what = stuck ? "failed to send" : "failed to read command";
      this.context.logger.error(`client(${this.name}) - ${what} - i/o timeout`);
      return this.close();
    }
    if (nowMs - this.#lastReadMs > IDLE_MS) this.output.shrink();
    if (nowMs >= this.#nextHeartbeatMs) {
      this.#nextHeartbeatMs += heartbeatIntervalMs *
        Math.ceil((nowMs - this.#nextHeartbeatMs + 1) / heartbeatIntervalMs);
      // The client expects nothing before the OK of an upgrade.
      if (!this.#upgrading) this.output.frame(FrameType.Response, HEARTBEAT);
      this.scheduleFlush();
    }
    const deadlineMs = readDeadlineMs > nowMs ? readDeadlineMs : Infinity;
    this.context.scheduler.set(this.#alarm, Math.min(this.#nextHeartbeatMs, deadlineMs));
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
