import type { ConsumerSink } from "../../broker/consumer_sink.ts";
import type { Alarm } from "../../broker/scheduler.ts";
import type { ClientStats } from "../../broker/stats.ts";
import type { Subscription } from "../../broker/subscription.ts";
import type { Flushable } from "../../broker/turn.ts";
import {
  type ByteStream,
  isPushed,
  type PushedStream,
  type StreamReceiver,
} from "../../wire/byte_stream.ts";
import { DEBUG } from "../../log/level.ts";
import { ClientError, ErrorCode, FatalClientError } from "../../wire/errors.ts";
import { OutputBuffer } from "../../wire/output_buffer.ts";
import { type OutputOwner, OutputWriter } from "../../wire/output_writer.ts";
import { FrameType, HEARTBEAT, MAGIC_BYTES, MAGIC_V2, OK } from "../../wire/protocol.ts";
import { setAttemptsBefore } from "../../wire/record.ts";
import { discardRest } from "../../wire/streams/discard_rest.ts";
import type { ClientAuth } from "../auth/authorizer.ts";
import { type Client, ClientState, clientStats } from "./client.ts";
import type { PublishedTopic, Upgrades } from "./client.ts";
import type { ConnectionContext } from "./connection_context.ts";
import { Heartbeat } from "./heartbeat.ts";
import { OutputHold } from "./output_hold.ts";
import { logDeliveries } from "./debug_log.ts";
import { Parser } from "./parser.ts";
import type { Phase } from "./phase.ts";
import { type ClientSettings, defaultSettings } from "./settings.ts";
import { requiresTls } from "../../tls/server_settings.ts";

/** A client has this long to say which protocol it speaks. (nsqd waits for ever.) */
const MAGIC_TIMEOUT_MS = 5000;

/** A connection that has been silent this long gives its input buffer back. */
const IDLE_MS = 5000;

/** After the last frame a client that still sends may do so this long, so that the frame is not lost to a reset. */
const LINGER_MS = 500;

/** An upgrade (a TLS handshake) is over in this time, or the connection closes. */
const UPGRADE_TIMEOUT_MS = 5000;

/** One client's connection: reads into the parser, has written what commands and channels put into the output, keeps the heartbeat. */
export class Connection implements Client, ConsumerSink, Flushable, OutputOwner, StreamReceiver {
  readonly output: OutputBuffer;
  readonly settings: ClientSettings;
  readonly sink = this;
  readonly published = new Map<string, PublishedTopic>();
  state: ClientState = ClientState.Init;
  subscription: Subscription | null = null;
  readonly upgrades: Upgrades = { tls: null, compression: "none" };
  tlsRequired: boolean;
  readonly auth: ClientAuth | null;

  /** The socket itself, until the client asks for TLS or compression. */
  #stream: ByteStream;
  #phase: Phase = "magic";
  readonly #writer: OutputWriter;
  readonly #parser: Parser;
  readonly #connectedUnixMs: number;
  readonly #alarm: Alarm;
  #lastReadMs: number;
  /** Whether the last read came after a long silence. */
  #wasIdle = false;
  readonly #heartbeat = new Heartbeat();
  #flushScheduled = false;
  #reading = false;
  /** Ends the wait while commands come by themselves: whether there may be more. */
  #onPushEnd: ((isOpen: boolean | Promise<never>) => void) | null = null;
  readonly #hold: OutputHold;
  readonly #onError = (error: ClientError) => this.#onCommandError(error);
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
    this.output = new OutputBuffer(context.outputMemory);
    this.settings = defaultSettings(context.options, address);
    this.tlsRequired = requiresTls(context.options);
    this.auth = context.authorizer?.forClient(name, () => ({
      remoteIp: address,
      tls: this.upgrades.tls !== null,
      commonName: this.upgrades.tls?.commonName ?? "",
    })) ?? null;
    this.#parser = new Parser(this);
    const { clock } = context.broker;
    this.#hold = new OutputHold(context.broker.barrier, {
      onFree: () => this.flush(),
      onBroken: (at, error) => this.#onBrokenPromise(at, error),
    });
    this.#writer = new OutputWriter(stream, this.output, clock, this);
    this.#lastReadMs = clock.update();
    this.#connectedUnixMs = clock.unixMs;
    this.#alarm = { dueMs: 0, heapIndex: -1, ring: (nowMs) => this.#ring(nowMs) };
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
    this.subscription?.close();
    this.#end();
  }

  get roomBytes(): number {
    return this.output.roomBytes;
  }

  send(bytes: Uint8Array, start: number, end: number): void {
    this.output.append(bytes, start, end);
    this.scheduleFlush();
  }

  sendAgain(bytes: Uint8Array, start: number, end: number, attempts: number): void {
    const at = this.output.append(bytes, start, end);
    setAttemptsBefore(this.output.view, at, attempts);
    this.scheduleFlush();
  }

  /** Something was added to the output: it is sent at the end of this turn. */
  scheduleFlush(): void {
    if (this.#flushScheduled || this.#closed) return;
    this.#flushScheduled = true;
    this.context.broker.turn.addFlushable(this);
  }

  flush(): void {
    this.#flushScheduled = false;
    if (!this.#isIn("upgrading")) this.#writer.flush();
  }

  acknowledge(onFailure: ErrorCode): void {
    if (this.context.broker.barrier.required !== 0) {
      this.#hold.require(this.output.length, onFailure);
    }
    this.output.frame(FrameType.Response, OK);
  }

  mayLeave(): boolean {
    return this.#hold.isFree();
  }

  stats(topic: string): ClientStats {
    return clientStats(this, this.#connectedUnixMs, topic);
  }

  async upgrade<S extends ByteStream>(
    make: (stream: ByteStream, received: Uint8Array) => S | Promise<S>,
  ): Promise<S> {
    const { scheduler, broker: { clock } } = this.context;
    await this.#hold.ended();
    this.flush();
    await this.#writer.written();
    this.#enter("upgrading");
    const timeout: Alarm = { dueMs: 0, heapIndex: -1, ring: () => this.#upgradeTimedOut() };
    scheduler.set(timeout, clock.update() + UPGRADE_TIMEOUT_MS);
    try {
      if (this.#closed) throw new Error("connection closed");
      const stream = await make(this.#stream, this.#parser.input.takeAll());
      this.#stream = this.#writer.stream = stream;
      this.#enter("busy");
      this.output.frame(FrameType.Response, OK);
      this.flush();
      await this.#writer.written();
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
    this.#phase = "closed";
    this.#writer.stop();
    this.context.scheduler.cancel(this.#alarm);
    this.output.close();
    this.#onDrained?.();
    try {
      this.#stream.close();
    } catch (error) {
      // The runtime closes a stream itself when the peer resets it.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  onWriting(frames: Uint8Array): void {
    const { logger } = this.context;
    if (logger.enabled(DEBUG)) logDeliveries(logger, this.name, frames);
  }

  onWritten(): void {
    if (this.output.roomBytes >= 0 && this.#onDrained !== null) {
      this.#onDrained();
      this.#onDrained = null;
    }
    this.subscription?.resume();
  }

  onAllWritten(): void {
    if (this.#isIn("ending")) this.#linger();
  }

  onWriteError(error: unknown): void {
    this.context.logger.error(`[${this.name}] - failed to send - ${(error as Error).message}`);
    this.close();
  }

  received(bytes: Uint8Array, start: number, end: number): boolean {
    const { input } = this.#parser, { clock, turn } = this.context.broker;
    input.appendShared(bytes, start, end);
    this.#heard(turn.isAwaited ? clock.nowMs : clock.update());
    try {
      this.#parse();
    } catch (error) {
      this.#reading = false;
      this.#onPushEnd?.(Promise.reject(error));
      return false;
    } finally {
      input.keep();
    }
    if (this.#wasIdle) input.clear();
    if (this.#canGoOn) return true;
    this.#onPushEnd?.(true);
    return false;
  }

  over(): void {
    this.#onPushEnd?.(false);
  }

  get #closed(): boolean {
    return this.#phase === "closed";
  }

  #isIn(phase: Phase): boolean {
    return this.#phase === phase;
  }

  /** What is closed stays so. */
  #enter(phase: Phase): void {
    if (!this.#closed) this.#phase = phase;
  }

  /** Reads the four bytes that say which protocol the client speaks. False if it is not spoken here. */
  async #readMagic(): Promise<boolean> {
    const { logger, scheduler } = this.context;
    scheduler.set(this.#alarm, this.#lastReadMs + MAGIC_TIMEOUT_MS);
    const { input } = this.#parser;
    if (!await this.#readUntil(() => input.end - input.start >= MAGIC_BYTES)) {
      const why = this.#closed
        ? "i/o timeout"
        : input.end === input.start
        ? "EOF"
        : "unexpected EOF";
      logger.error(`failed to read protocol version - ${why}`);
      return false;
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
    this.#enter("serving");
    this.#restartHeartbeat();
    const parser = this.#parser, output = this.output, { shares } = this.context;
    const mustStop = () => {
      this.#parse();
      return !this.#canGoOn;
    };
    this.#parse();
    for (;;) {
      if (this.#isIn("ending")) return;
      if (this.#isIn("lingering")) return await this.#discardInput();
      if (output.roomBytes < 0 && !this.#closed) await this.#drained();
      const continuation = parser.takeContinuation();
      if (continuation !== null) {
        await this.#continue(continuation);
        if (!this.#isIn("serving")) return;
        this.#parse();
      } else if (parser.isWaiting) {
        await this.#continue(() => shares.next(parser.share, () => this.#takeShare()));
        if (!this.#isIn("serving")) return;
      } else if (isPushed(this.#stream)) {
        const isOpen = await this.#takePushed(this.#stream);
        this.#reading = false;
        if (!isOpen && !await this.#readUntil(() => true)) break;
      } else if (!await this.#readUntil(mustStop)) break;
    }
    const error = this.#closed ? null : parser.truncated();
    if (error !== null) this.#onCommandError(error);
  }

  /** Whether nothing has to be done or waited for before more is received. */
  get #canGoOn(): boolean {
    return this.#isIn("serving") && this.output.roomBytes >= 0 && !this.#parser.isWaiting;
  }

  /** Carries out what has been received. */
  #parse(): void {
    if (!this.#isIn("serving") && !this.#isIn("busy")) return;
    const { heartbeatIntervalMs } = this.settings;
    this.#parser.parse(this.#onError);
    if (this.output.length > 0) this.scheduleFlush();
    if (this.settings.heartbeatIntervalMs !== heartbeatIntervalMs) this.#restartHeartbeat();
  }

  /** Carries out a share of what has been received. Whether it is to have another one. */
  #takeShare(): boolean {
    this.#parse();
    return this.#parser.share.isSpent && this.output.roomBytes >= 0;
  }

  /** Carries out what comes, as it comes, until something is to be waited for. False when the stream is over. */
  #takePushed(stream: PushedStream): Promise<boolean> {
    this.#reading = true;
    this.#parser.input.clear();
    return new Promise((resolve) => {
      this.#onPushEnd = resolve;
      stream.pushTo(this);
    });
  }

  #upgradeTimedOut(): void {
    this.context.logger.error(
      `[${this.name}] - ${ErrorCode.IdentifyFailed} IDENTIFY failed i/o timeout`,
    );
    this.close();
  }

  /** Does what a command has left to do. Meanwhile nothing is read. */
  async #continue(continuation: () => Promise<void>): Promise<void> {
    this.#enter("busy");
    try {
      await continuation();
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      if (!this.#closed) this.#onCommandError(error);
    } finally {
      if (this.#isIn("busy")) this.#enter("serving");
      this.#lastReadMs = this.context.broker.clock.update();
    }
  }

  /** Reads until it is enough, which is asked after each read. False at the end of the connection. */
  async #readUntil(isEnough: () => boolean): Promise<boolean> {
    const { readPace, broker: { clock } } = this.context;
    do {
      if (this.#closed) return false;
      let count: number | null, nowMs = 0;
      this.#reading = true; // also while it has to wait: nobody else may read meanwhile
      try {
        count = await this.#stream.read(this.#room());
        if (count === null || this.#closed) return false;
        nowMs = clock.update();
        for (let wait; (wait = readPace.ask(count, nowMs)) !== null; nowMs = clock.update()) {
          await wait;
        }
      } catch (error) {
        if (this.#closed) return false;
        throw new Error(`failed to read command - ${(error as Error).message}`, { cause: error });
      } finally {
        this.#reading = false;
      }
      if (this.#closed) return false;
      this.#parser.input.received(count);
      this.#heard(nowMs);
    } while (!isEnough());
    return true;
  }

  /** Room for what is read next. */
  #room(): Uint8Array {
    const { input } = this.#parser;
    if (this.#wasIdle) { // what it woke up to say has been dealt with: start again with small buffers
      this.#wasIdle = false;
      input.shrink();
    }
    return input.room();
  }

  #heard(nowMs: number): void {
    this.#wasIdle = nowMs - this.#lastReadMs > IDLE_MS;
    this.#lastReadMs = nowMs;
  }

  /** Tells the client. True if the connection goes on. */
  #onCommandError(error: ClientError): boolean {
    const { cause } = error;
    const parent = cause instanceof Error ? ` - ${cause.message}` : "";
    this.context.logger.error(`[${this.name}] - ${error.message}${parent}`);
    this.output.frame(FrameType.Error, error.message);
    if (error.fatal) this.#enter("ending");
    return !error.fatal;
  }

  /** An OK is not true after all. As after every failure to publish, the connection ends: what the client did since may be done or not. */
  #onBrokenPromise(at: number, error: FatalClientError): void {
    this.context.logger.error(`[${this.name}] - ${error.message}`);
    this.output.cut(at);
    this.output.frame(FrameType.Error, error.message);
    this.subscription?.close();
    this.#enter("ending");
  }

  /** Resolves when the client has read most of what it was sent, or is gone. */
  #drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#onDrained = resolve;
    });
  }

  #restartHeartbeat(): void {
    const { heartbeatIntervalMs } = this.settings, { scheduler } = this.context;
    this.#heartbeat.restart(heartbeatIntervalMs, this.#lastReadMs);
    if (heartbeatIntervalMs === 0) return scheduler.cancel(this.#alarm);
    scheduler.set(this.#alarm, this.#lastReadMs + heartbeatIntervalMs);
  }

  #ring(nowMs: number): void {
    if (this.#isIn("serving") || this.#isIn("busy") || this.#isIn("upgrading")) {
      this.#checkHeartbeat(nowMs);
    } else {
      this.close();
    }
  }

  /** Sends the heartbeat, and closes the connection if the client has not been heard of for too long. */
  #checkHeartbeat(nowMs: number): void {
    const heartbeat = this.#heartbeat;
    const stuck = this.#writer.busyMs(nowMs) >= this.settings.heartbeatIntervalMs;
    if (stuck || this.#isIn("serving") && heartbeat.isOverdue(this.#lastReadMs, nowMs)) {
      const what = stuck ? "failed to send" : "failed to read command";
      this.context.logger.error(`client(${this.name}) - ${what} - i/o timeout`);
      return this.close();
    }
    if (heartbeat.isDue(nowMs)) {
      // The client expects nothing before the OK of an upgrade.
      if (!this.#isIn("upgrading")) this.output.frame(FrameType.Response, HEARTBEAT);
      this.scheduleFlush();
    }
    this.context.scheduler.set(this.#alarm, heartbeat.nextLookMs(this.#lastReadMs, nowMs));
  }

  /** Closes the connection once everything is written. */
  #end(): void {
    if (this.#closed) return this.output.close(); // drops what was added meanwhile
    if (this.#isIn("lingering")) return;
    this.#enter("ending");
    if (this.output.length > 0) this.scheduleFlush();
    else if (!this.#writer.writing) this.#linger();
  }

  /** Everything is written: says so, and reads what still comes for a moment before closing. */
  #linger(): void {
    this.#enter("lingering");
    const { scheduler, broker: { clock } } = this.context;
    scheduler.set(this.#alarm, clock.update() + LINGER_MS);
    // Whoever reads at present will go on throwing away.
    const discarded = this.#reading
      ? this.#stream.closeWrite?.() ?? Promise.resolve()
      : this.#discardInput();
    if (this.#reading) return void discarded.catch(() => this.close());
    discarded.catch(() => {}).finally(() => this.close());
  }

  #discardInput(): Promise<void> {
    return discardRest(this.#stream, () => !this.#closed);
  }
}
